//! Sessions that have not been used for long, and what is left of those that ended long ago.

use muniment_domain::UserId;
use muniment_store::sql::{Database, DatabaseError, Row, query};
use uuid::Uuid;

/// Which sessions end by disuse (contract oauth2.md 22.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disused {
    Browser,
    /// Users' sessions of clients that registered themselves. What an operator has configured knows
    /// better how long it is needed.
    Oauth2,
    Compat,
}

/// A session that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisusedSession {
    pub id: Uuid,
    pub user_id: UserId,
}

/// Sessions that go on and were last used before `before`; at most `limit`. One that was never used is
/// not among them.
pub async fn disused_sessions(
    database: &Database,
    kind: Disused,
    before: i64,
    limit: u32,
) -> Result<Vec<DisusedSession>, DatabaseError> {
    let (table, condition) = match kind {
        Disused::Browser => ("browser_sessions", ""),
        Disused::Oauth2 => (
            "oauth2_sessions",
            " AND s.user_id IS NOT NULL AND s.client_id IN (SELECT id FROM oauth2_clients)",
        ),
        Disused::Compat => ("compat_sessions", ""),
    };
    let found = query(format!(
        "SELECT s.id, s.user_id FROM {table} s WHERE s.finished_at IS NULL{condition} \
         AND EXISTS (SELECT 1 FROM session_activity a WHERE a.session_id = s.id \
         AND a.last_active_at < $1) ORDER BY s.id LIMIT $2"
    ));
    let rows = database.fetch_all(found.bind(before).bind(limit)).await?;
    let read = |row: &Row| {
        Ok(DisusedSession {
            id: row.get("id")?,
            user_id: UserId::from_uuid(row.get("user_id")?),
        })
    };
    rows.iter().map(read).collect()
}

/// Tables of tokens, and the sessions with the time of their end that each belongs to.
const TOKENS: [(&str, &str, &str); 5] = [
    ("oauth2_access_tokens", "oauth2_sessions", "finished_at"),
    ("oauth2_refresh_tokens", "oauth2_sessions", "finished_at"),
    ("compat_access_tokens", "compat_sessions", "finished_at"),
    ("compat_refresh_tokens", "compat_sessions", "finished_at"),
    ("personal_access_tokens", "personal_sessions", "revoked_at"),
];

/// Removes tokens whose session ended before `before`, of each kind `limit` at most; answers how many.
pub async fn purge_tokens_of_ended_sessions(
    database: &Database,
    before: i64,
    limit: u32,
) -> Result<u64, DatabaseError> {
    let mut removed = 0;
    for (tokens, sessions, ended) in TOKENS {
        // From the tokens, of which there are few, to the sessions, which stay.
        let statement = query(format!(
            "DELETE FROM {tokens} WHERE token_hash IN (SELECT t.token_hash FROM {tokens} t \
             WHERE EXISTS (SELECT 1 FROM {sessions} s WHERE s.id = t.session_id \
             AND s.{ended} < $1) LIMIT $2)"
        ));
        removed += database.execute(statement.bind(before).bind(limit)).await?;
    }
    Ok(removed)
}
