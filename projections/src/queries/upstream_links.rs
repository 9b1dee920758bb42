use cqrs_es::Aggregate;
use muniment_domain::{Claim, ClaimKind, UpstreamLinkId, UpstreamProviderId, User, UserId};
use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::{
    page::{Page, PageRequest, count, push_contains, push_in},
    versioned::{self, Place, Versioned},
};
use crate::{Projection, reads::Reads, upstream_links::UpstreamLinks};

/// Who a user is at an upstream provider.
#[derive(Clone, PartialEq, Eq)]
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

/// Conditions on links; all that are given must hold.
#[derive(Clone, Default)]
pub struct UpstreamLinkFilter {
    pub user: Option<UserId>,
    pub provider: Option<UpstreamProviderId>,
    /// At one of these.
    pub providers: Option<Vec<UpstreamProviderId>>,
    pub subject: Option<String>,
    /// Part of what people call the account there, in any case.
    pub human_account_name: Option<String>,
}

impl std::fmt::Debug for UpstreamLinkFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UpstreamLinkFilter(***)")
    }
}

impl UpstreamLinkFilter {
    fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        if let Some(user) = self.user {
            query = query.push_with(" AND user_id = {}", user.as_uuid());
        }
        if let Some(provider) = self.provider {
            query = query.push_with(" AND provider_id = {}", provider.as_uuid());
        }
        query = match self.providers.as_deref() {
            None => query,
            Some([]) => query.push(" AND 1 = 0"),
            Some(ids) => {
                let ids = ids.iter().map(UpstreamProviderId::as_uuid).collect();
                push_in(query.push(" AND provider_id"), ids)
            }
        };
        if let Some(subject) = &self.subject {
            query = query.push_with(" AND subject = {}", subject.as_str());
        }
        if let Some(name) = &self.human_account_name {
            query = push_contains(query, "human_account_name_folded", name);
        }
        query
    }
}

const COLUMNS: &str = "id, provider_id, user_id, subject, human_account_name, created_at";

fn rows() -> Query<'static> {
    query(format!("SELECT {COLUMNS} FROM upstream_links WHERE "))
}

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

/// A link, if the account has it still.
pub async fn upstream_link(
    reads: &Reads,
    id: UpstreamLinkId,
) -> Result<Option<UpstreamLinkRow>, DatabaseError> {
    let found = rows().push_with("id = {}", id.as_uuid());
    let live = reads.database().read_optional(found, read).await?;
    if reads.stopped(UpstreamLinks.name()).await?.is_none() {
        return Ok(live);
    }
    let owner = reads.owner_by_reference(ClaimKind::UpstreamSubject, id.as_uuid());
    let Some(owner) = owner.await? else {
        return Ok(None);
    };
    let all = upstream_links_of(reads, UserId::from_uuid(owner), u32::MAX).await?;
    Ok(all.into_iter().find(|link| link.id == id))
}

/// The same, and where the stream of the account stands, which it comes from.
pub async fn upstream_link_at(
    reads: &Reads,
    id: UpstreamLinkId,
) -> Result<Option<Versioned<UpstreamLinkRow>>, DatabaseError> {
    // Whose it is never changes.
    let Some(found) = upstream_link(reads, id).await? else {
        return Ok(None);
    };
    let place = Place {
        columns: COLUMNS,
        table: UpstreamLinks.name(),
        id: id.as_uuid(),
        stream: StreamId::new(User::TYPE, found.user_id.as_uuid()),
    };
    match versioned::find(reads.database(), place, read).await? {
        Some(found) => Ok(Some(found)),
        None => Ok(upstream_link(reads, id).await?.map(Versioned::unknown)),
    }
}

/// The account that an identity at a provider is linked to.
pub async fn upstream_link_of(
    reads: &Reads,
    provider: UpstreamProviderId,
    subject: &str,
) -> Result<Option<UpstreamLinkRow>, DatabaseError> {
    let found = rows()
        .push_with("provider_id = {}", provider.as_uuid())
        .push_with(" AND subject = {}", subject);
    let live = reads.database().read_optional(found, read).await?;
    if reads.stopped(UpstreamLinks.name()).await?.is_none() {
        return Ok(live);
    }
    let value = Claim::upstream_subject_value(provider, subject);
    let owners = reads.owners(ClaimKind::UpstreamSubject, &value, 1).await?;
    let Some(owner) = owners.first() else {
        return Ok(None);
    };
    let all = upstream_links_of(reads, UserId::from_uuid(*owner), u32::MAX).await?;
    Ok(all
        .into_iter()
        .find(|link| link.provider_id == provider && link.subject == subject))
}

/// A user's links, oldest first; at most `limit`.
pub async fn upstream_links_of(
    reads: &Reads,
    user: UserId,
    limit: u32,
) -> Result<Vec<UpstreamLinkRow>, DatabaseError> {
    let found = rows()
        .push_with("user_id = {}", user.as_uuid())
        .push_with(" ORDER BY id LIMIT {}", limit);
    reads
        .of_user(&UpstreamLinks, user.as_uuid(), found, read)
        .await
}

pub async fn list_upstream_links(
    database: &Database,
    filter: &UpstreamLinkFilter,
    page: PageRequest,
) -> Result<Page<UpstreamLinkRow>, DatabaseError> {
    page.fetch(database, filter.apply(rows()), read).await
}

pub async fn count_upstream_links(
    database: &Database,
    filter: &UpstreamLinkFilter,
) -> Result<u64, DatabaseError> {
    let all = query("SELECT count(*) FROM upstream_links WHERE ");
    count(database, filter.apply(all)).await
}
