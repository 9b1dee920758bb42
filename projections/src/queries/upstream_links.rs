use muniment_domain::{UpstreamLinkId, UpstreamProviderId, UserId};
use muniment_store::sql::{Database, DatabaseError, Row, query};

/// Who a user is at an upstream provider.
#[derive(Clone)]
pub struct UpstreamLinkRow {
    pub id: UpstreamLinkId,
    pub provider_id: UpstreamProviderId,
    pub user_id: UserId,
    pub subject: String,
    pub human_account_name: Option<String>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl std::fmt::Debug for UpstreamLinkRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamLinkRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "SELECT id, provider_id, user_id, subject, human_account_name, created_at \
    FROM upstream_links WHERE ";

fn read(row: &Row) -> Result<UpstreamLinkRow, DatabaseError> {
    Ok(UpstreamLinkRow {
        id: UpstreamLinkId::from_uuid(row.get("id")?),
        provider_id: UpstreamProviderId::from_uuid(row.get("provider_id")?),
        user_id: UserId::from_uuid(row.get("user_id")?),
        subject: row.get("subject")?,
        human_account_name: row.get("human_account_name")?,
        created_at: row.get("created_at")?,
    })
}

pub async fn upstream_link(
    database: &Database,
    id: UpstreamLinkId,
) -> Result<Option<UpstreamLinkRow>, DatabaseError> {
    database
        .fetch_optional(query(COLUMNS).push_with("id = {}", id.as_uuid()))
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The account that an identity at a provider is linked to.
pub async fn upstream_link_of(
    database: &Database,
    provider: UpstreamProviderId,
    subject: &str,
) -> Result<Option<UpstreamLinkRow>, DatabaseError> {
    let found = query(COLUMNS)
        .push_with("provider_id = {}", provider.as_uuid())
        .push_with(" AND subject = {}", subject);
    database
        .fetch_optional(found)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// A user's links, oldest first; at most `limit`.
pub async fn upstream_links_of(
    database: &Database,
    user: UserId,
    limit: u32,
) -> Result<Vec<UpstreamLinkRow>, DatabaseError> {
    let found = query(COLUMNS)
        .push_with("user_id = {}", user.as_uuid())
        .push_with(" ORDER BY id LIMIT {}", limit);
    database.fetch_all(found).await?.iter().map(read).collect()
}
