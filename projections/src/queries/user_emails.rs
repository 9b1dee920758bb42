use muniment_domain::{EmailId, UserId};
use muniment_store::sql::{Database, DatabaseError, Query, Row, query};

use super::page::{Page, PageRequest, count};

/// An address of an account. Times are microseconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailRow {
    pub id: EmailId,
    pub user_id: UserId,
    pub email: String,
    pub created_at: i64,
}

impl std::fmt::Debug for EmailRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailRow")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// Conditions on addresses; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct EmailFilter {
    pub user: Option<UserId>,
    /// The whole address, in any case.
    pub email: Option<String>,
}

const COLUMNS: &str = "SELECT id, user_id, email, created_at FROM user_emails WHERE ";

impl EmailFilter {
    fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        if let Some(user) = self.user {
            query = query.push_with(" AND user_id = {}", user.as_uuid());
        }
        if let Some(email) = &self.email {
            query = query.push_with(" AND email_folded = {}", email.to_lowercase());
        }
        query
    }
}

fn read(row: &Row) -> Result<EmailRow, DatabaseError> {
    Ok(EmailRow {
        id: EmailId::from_uuid(row.get("id")?),
        user_id: UserId::from_uuid(row.get("user_id")?),
        email: row.get("email")?,
        created_at: row.get("created_at")?,
    })
}

pub async fn email(database: &Database, id: EmailId) -> Result<Option<EmailRow>, DatabaseError> {
    let found = query(COLUMNS).push_with("id = {}", id.as_uuid());
    database
        .fetch_optional(found)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The entry under which a user has an address, in any case.
pub async fn email_of(
    database: &Database,
    user: UserId,
    address: &str,
) -> Result<Option<EmailRow>, DatabaseError> {
    let filter = EmailFilter {
        user: Some(user),
        email: Some(address.to_owned()),
    };
    database
        .fetch_optional(filter.apply(query(COLUMNS)).push(" ORDER BY id LIMIT 1"))
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Every address of a user, in the order in which they were added.
pub async fn all_emails(database: &Database, user: UserId) -> Result<Vec<EmailRow>, DatabaseError> {
    let found = query(COLUMNS).push_with("user_id = {}", user.as_uuid());
    let rows = database.fetch_all(found.push(" ORDER BY id")).await?;
    rows.iter().map(read).collect()
}

pub async fn list_emails(
    database: &Database,
    filter: &EmailFilter,
    page: PageRequest,
) -> Result<Page<EmailRow>, DatabaseError> {
    page.fetch(database, filter.apply(query(COLUMNS)), read)
        .await
}

pub async fn count_emails(database: &Database, filter: &EmailFilter) -> Result<u64, DatabaseError> {
    count(
        database,
        filter.apply(query("SELECT count(*) FROM user_emails WHERE ")),
    )
    .await
}

/// The entries of an address, in any case and whoever has it: two at most, which tells whether there is
/// more than one.
pub async fn emails_with_address(
    database: &Database,
    address: &str,
) -> Result<Vec<EmailRow>, DatabaseError> {
    let found = query(COLUMNS).push_with("email_folded = {}", address.to_lowercase());
    let rows = database
        .fetch_all(found.push(" ORDER BY id LIMIT 2"))
        .await?;
    rows.iter().map(read).collect()
}
