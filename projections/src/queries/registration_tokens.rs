use cqrs_es::Aggregate;
use muniment_domain::{EmailAddress, Invitee, RegistrationToken, RegistrationTokenId, Username};
use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::{
    page::{Page, PageRequest, count},
    versioned::{self, Place, Versioned},
};
use crate::{Projection, registration_tokens::RegistrationTokens};

/// An invitation. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct RegistrationTokenRow {
    pub id: RegistrationTokenId,
    pub usage_limit: Option<u32>,
    pub times_used: u32,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    /// Whom it is for alone, as long as they can register with it.
    pub invitee: Invitee,
    pub invitee_forgotten_at: Option<i64>,
}

impl RegistrationTokenRow {
    /// Somebody may register with it (contract oauth2.md 20.15).
    #[must_use]
    pub fn is_valid(&self, now: i64) -> bool {
        self.revoked_at.is_none()
            && self.invitee_forgotten_at.is_none()
            && self.expires_at.is_none_or(|at| now < at)
            && self.usage_limit.is_none_or(|limit| self.times_used < limit)
    }
}

fn read(row: &Row) -> Result<RegistrationTokenRow, DatabaseError> {
    // Written from unsigned values.
    let count = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    let (username, email): (Option<String>, Option<String>) =
        (row.get("username")?, row.get("email")?);
    Ok(RegistrationTokenRow {
        id: RegistrationTokenId::from_uuid(row.get("id")?),
        usage_limit: row.get::<Option<i64>, _>("usage_limit")?.map(count),
        times_used: count(row.get("times_used")?),
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        // Written from valid ones.
        invitee: Invitee {
            username: username.and_then(|name| Username::parse(&name).ok()),
            email: email.and_then(|email| EmailAddress::parse(&email).ok()),
        },
        invitee_forgotten_at: row.get("invitee_forgotten_at")?,
    })
}

pub async fn registration_token(
    database: &Database,
    id: RegistrationTokenId,
) -> Result<Option<RegistrationTokenRow>, DatabaseError> {
    database
        .read_optional(rows().push_with("id = {}", id.as_uuid()), read)
        .await
}

/// The same, and where its stream stands.
pub async fn registration_token_at(
    database: &Database,
    id: RegistrationTokenId,
) -> Result<Option<Versioned<RegistrationTokenRow>>, DatabaseError> {
    let place = Place {
        columns: COLUMNS,
        table: RegistrationTokens.name(),
        id: id.as_uuid(),
        stream: StreamId::new(RegistrationToken::TYPE, id.as_uuid()),
    };
    match versioned::find(database, place, read).await? {
        Some(found) => Ok(Some(found)),
        None => Ok(registration_token(database, id)
            .await?
            .map(Versioned::unknown)),
    }
}

/// Conditions on invitations; all that are given must hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct RegistrationTokenFilter {
    /// At least once.
    pub used: Option<bool>,
    pub revoked: Option<bool>,
    pub expired: Option<bool>,
    /// Neither revoked, nor expired, nor used up.
    pub valid: Option<bool>,
    /// When that is asked, in microseconds since 1970.
    pub now: i64,
}

impl RegistrationTokenFilter {
    fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        if let Some(used) = self.used {
            query = query.push(if used {
                " AND times_used > 0"
            } else {
                " AND times_used = 0"
            });
        }
        if let Some(revoked) = self.revoked {
            query = query.push(if revoked {
                " AND revoked_at IS NOT NULL"
            } else {
                " AND revoked_at IS NULL"
            });
        }
        if let Some(expired) = self.expired {
            query = query.push_with(
                if expired {
                    " AND expires_at < {}"
                } else {
                    " AND (expires_at IS NULL OR expires_at >= {})"
                },
                self.now,
            );
        }
        if let Some(valid) = self.valid {
            query = query.push(if valid { " AND (" } else { " AND NOT (" });
            query = query.push_with(
                "revoked_at IS NULL AND invitee_forgotten_at IS NULL AND (usage_limit IS NULL OR times_used < usage_limit) \
                 AND (expires_at IS NULL OR expires_at >= {}))",
                self.now,
            );
        }
        query
    }
}

const COLUMNS: &str = "id, usage_limit, times_used, created_at, last_used_at, expires_at, \
    revoked_at, username, email, invitee_forgotten_at";

fn rows() -> Query<'static> {
    query(format!("SELECT {COLUMNS} FROM registration_tokens WHERE "))
}

/// Oldest first.
pub async fn list_registration_tokens(
    database: &Database,
    filter: &RegistrationTokenFilter,
    page: PageRequest,
) -> Result<Page<RegistrationTokenRow>, DatabaseError> {
    page.fetch(database, filter.apply(rows()), read).await
}

pub async fn count_registration_tokens(
    database: &Database,
    filter: &RegistrationTokenFilter,
) -> Result<u64, DatabaseError> {
    let all = query("SELECT count(*) FROM registration_tokens WHERE ");
    count(database, filter.apply(all)).await
}

/// Invitations that have expired by `now` and still say whom they are for, the oldest first.
pub async fn expired_invitees(
    database: &Database,
    now: i64,
    limit: u32,
) -> Result<Vec<RegistrationTokenId>, DatabaseError> {
    let found = query(
        "SELECT id FROM registration_tokens WHERE (username IS NOT NULL OR email IS NOT NULL)",
    )
    .push_with(" AND expires_at <= {}", now)
    .push_with(" ORDER BY expires_at LIMIT {}", limit);
    let rows = database.fetch_all(found).await?;
    let ids = rows.iter().map(|row| row.get("id"));
    ids.map(|id| Ok(RegistrationTokenId::from_uuid(id?)))
        .collect()
}
