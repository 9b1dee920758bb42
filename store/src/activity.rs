//! When and from where sessions were last used: rows beside the log, written in batches by whoever
//! gathers them. They are personal data in the clear, and go with the person.

use std::{collections::HashMap, net::IpAddr};

use muniment_domain::UserId;
use uuid::Uuid;

use crate::sql::{Database, DatabaseError, Query, query};

/// Sessions written by one statement.
const BATCH: usize = 500;

/// What kind of session an id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKind {
    Browser,
    Oauth2,
    Compat,
    Personal,
}

impl SessionKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Oauth2 => "oauth2",
            Self::Compat => "compat",
            Self::Personal => "personal",
        }
    }
}

/// That a session was used.
#[derive(Clone, PartialEq, Eq)]
pub struct Use {
    pub kind: SessionKind,
    pub session_id: Uuid,
    pub user_id: Option<UserId>,
    /// Microseconds since 1970.
    pub at: i64,
    pub ip: Option<IpAddr>,
}

impl std::fmt::Debug for Use {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Use({:?} {})", self.kind, self.session_id)
    }
}

/// When and from where a session was last used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LastUse {
    /// Microseconds since 1970.
    pub at: i64,
    pub ip: Option<IpAddr>,
}

impl std::fmt::Debug for LastUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LastUse(at {})", self.at)
    }
}

/// Keeps the uses, each session at most once among them. The time moves forward alone, and an unknown
/// address leaves the known one. What belongs to an erased person is not kept.
pub async fn record(database: &Database, uses: &[Use]) -> Result<(), DatabaseError> {
    for batch in uses.chunks(BATCH) {
        database.execute(insert(batch)).await?;
    }
    Ok(())
}

fn insert(batch: &[Use]) -> Query<'static> {
    let statement = query(
        "INSERT INTO session_activity \
         (session_id, kind, user_id, last_active_at, last_active_ip) \
         SELECT column1, column2, column3, column4, column5 FROM (VALUES ",
    );
    let rows = batch.iter().map(|seen| {
        [
            seen.session_id.into(),
            seen.kind.name().into(),
            seen.user_id.map(|id| id.as_uuid()).into(),
            seen.at.into(),
            seen.ip.map(|ip| ip.to_string()).into(),
        ]
    });
    statement.push_rows(rows).push(
        ") AS uses WHERE column3 IS NULL \
         OR NOT EXISTS (SELECT 1 FROM erasures WHERE key_id = column3) \
         ON CONFLICT (session_id) DO UPDATE SET \
         user_id = coalesce(excluded.user_id, session_activity.user_id), \
         last_active_at = CASE WHEN excluded.last_active_at > session_activity.last_active_at \
         THEN excluded.last_active_at ELSE session_activity.last_active_at END, \
         last_active_ip = coalesce(excluded.last_active_ip, session_activity.last_active_ip)",
    )
}

/// The last uses of these sessions, of any kind; those never used are missing.
pub async fn of(
    database: &Database,
    sessions: &[Uuid],
) -> Result<HashMap<Uuid, LastUse>, DatabaseError> {
    let mut found = HashMap::with_capacity(sessions.len());
    for batch in sessions.chunks(BATCH) {
        let statement = query(
            "SELECT session_id, last_active_at, last_active_ip FROM session_activity \
             WHERE session_id IN ",
        );
        for row in database
            .fetch_all(statement.push_list(batch.iter().copied()))
            .await?
        {
            let ip: Option<String> = row.get("last_active_ip")?;
            let last = LastUse {
                at: row.get("last_active_at")?,
                // Written from an address.
                ip: ip.and_then(|ip| ip.parse().ok()),
            };
            found.insert(row.get("session_id")?, last);
        }
    }
    Ok(found)
}

/// Forgets all about the sessions of one person.
pub async fn forget_user(database: &Database, user: UserId) -> Result<(), DatabaseError> {
    database.execute(forget(user)).await.map(|_| ())
}

pub(crate) fn forget(user: UserId) -> Query<'static> {
    query("DELETE FROM session_activity WHERE user_id = $1").bind(user.as_uuid())
}

/// Forgets the addresses of sessions that were last used before a time, and whatever is left of
/// erased persons: `limit` rows of each at most; how many rows that were.
pub async fn clean_up(database: &Database, before: i64, limit: u32) -> Result<u64, DatabaseError> {
    let addresses = query(
        "UPDATE session_activity SET last_active_ip = NULL WHERE session_id IN (\
         SELECT session_id FROM session_activity \
         WHERE last_active_ip IS NOT NULL AND last_active_at < $1 \
         ORDER BY last_active_at LIMIT $2)",
    );
    let forgotten = database.execute(addresses.bind(before).bind(limit)).await?;
    let erased = query(
        "DELETE FROM session_activity WHERE session_id IN (\
         SELECT session_id FROM session_activity WHERE user_id IN \
         (SELECT user_id FROM erasures WHERE key_id = user_id) LIMIT $1)",
    );
    Ok(forgotten + database.execute(erased.bind(limit)).await?)
}
