use cqrs_es::Aggregate;
use muniment_domain::{ClaimKind, EmailId, User, UserId};
use muniment_store::{
    log::{Position, StreamId},
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::{
    page::{Page, PageRequest, count},
    versioned::{self, Place, Versioned},
};
use crate::{Projection, reads::Reads, user_emails::UserEmails};

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

const COLUMNS: &str = "id, user_id, email, created_at";

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

fn rows() -> Query<'static> {
    query(format!("SELECT {COLUMNS} FROM user_emails WHERE "))
}

fn read(row: &Row) -> Result<EmailRow, DatabaseError> {
    Ok(EmailRow {
        id: EmailId::from_uuid(row.get("id")?),
        user_id: UserId::from_uuid(row.get("user_id")?),
        email: row.get("email")?,
        created_at: row.get("created_at")?,
    })
}

/// An address, if the account has it still.
pub async fn email(reads: &Reads, id: EmailId) -> Result<Option<EmailRow>, DatabaseError> {
    let found = rows().push_with("id = {}", id.as_uuid());
    let live = reads.database().read_optional(found, read).await?;
    if reads.stopped(UserEmails.name()).await?.is_none() {
        return Ok(live);
    }
    let owner = reads.owner_by_reference(ClaimKind::Email, id.as_uuid());
    let Some(owner) = owner.await? else {
        return Ok(None);
    };
    let all = all_emails(reads, UserId::from_uuid(owner)).await?;
    Ok(all.into_iter().find(|email| email.id == id))
}

/// The same, and where the stream of the account stands, which it comes from.
pub async fn email_at(
    reads: &Reads,
    id: EmailId,
) -> Result<Option<Versioned<EmailRow>>, DatabaseError> {
    // Whose it is never changes.
    let Some(found) = email(reads, id).await? else {
        return Ok(None);
    };
    let place = Place {
        columns: COLUMNS,
        table: UserEmails.name(),
        id: id.as_uuid(),
        stream: StreamId::new(User::TYPE, found.user_id.as_uuid()),
    };
    match versioned::find(reads.database(), place, read).await? {
        Some(found) => Ok(Some(found)),
        None => Ok(email(reads, id).await?.map(Versioned::unknown)),
    }
}

/// The entry under which a user has an address, in any case.
pub async fn email_of(
    reads: &Reads,
    user: UserId,
    address: &str,
) -> Result<Option<EmailRow>, DatabaseError> {
    let folded = address.to_lowercase();
    let all = all_emails(reads, user).await?;
    Ok(all
        .into_iter()
        .find(|email| email.email.to_lowercase() == folded))
}

/// Every address of a user, in the order in which they were added.
pub async fn all_emails(reads: &Reads, user: UserId) -> Result<Vec<EmailRow>, DatabaseError> {
    let found = rows().push_with("user_id = {}", user.as_uuid());
    let found = found.push(" ORDER BY id");
    reads
        .of_user(&UserEmails, user.as_uuid(), found, read)
        .await
}

/// The same as it was when the event at a position was the newest.
pub(super) async fn all_emails_at(
    reads: &Reads,
    user: UserId,
    position: Position,
) -> Result<Vec<EmailRow>, DatabaseError> {
    let found = rows().push_with("user_id = {}", user.as_uuid());
    let found = found.push(" ORDER BY id");
    reads
        .of_user_at(&UserEmails, (user.as_uuid(), position), found, read)
        .await
}

pub async fn list_emails(
    database: &Database,
    filter: &EmailFilter,
    page: PageRequest,
) -> Result<Page<EmailRow>, DatabaseError> {
    page.fetch(database, filter.apply(rows()), read).await
}

pub async fn count_emails(database: &Database, filter: &EmailFilter) -> Result<u64, DatabaseError> {
    count(
        database,
        filter.apply(query("SELECT count(*) FROM user_emails WHERE ")),
    )
    .await
}

/// The entries of an address, in any case and whoever has it, oldest first; at most `limit`.
pub async fn emails_with_address(
    reads: &Reads,
    address: &str,
    limit: u32,
) -> Result<Vec<EmailRow>, DatabaseError> {
    let folded = address.to_lowercase();
    let found = rows()
        .push_with("email_folded = {}", folded.as_str())
        .push_with(" ORDER BY id LIMIT {}", limit);
    let rows = reads.database().fetch_all(found).await?;
    if reads.stopped(UserEmails.name()).await?.is_none() {
        return rows.iter().map(read).collect();
    }
    let mut emails = Vec::new();
    for owner in reads.owners(ClaimKind::Email, &folded, limit).await? {
        let all = all_emails(reads, UserId::from_uuid(owner)).await?;
        emails.extend(
            all.into_iter()
                .filter(|email| email.email.to_lowercase() == folded),
        );
    }
    emails.sort_by_key(|email| email.id);
    Ok(emails)
}
