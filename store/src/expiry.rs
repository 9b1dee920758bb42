//! Removing rows that are of no more use, some at a time.

use crate::{
    sql::{Database, DatabaseError, query},
    time::{DAY, HOUR},
};

/// Rows of a table that may go when a column's time lies far enough back. All names are the program's
/// own, never somebody's input.
#[derive(Debug, Clone, Copy)]
pub struct Expiry {
    pub table: &'static str,
    /// The primary key, one column.
    pub key: &'static str,
    /// Microseconds since 1970; rows without it stay. Wants an index.
    pub time: &'static str,
    /// How far back, in microseconds.
    pub after: i64,
}

/// Access tokens that expired long ago; until then they can tell whose they were.
pub const ACCESS_TOKENS: Expiry = Expiry {
    table: "oauth2_access_tokens",
    key: "token_hash",
    time: "expires_at",
    after: 30 * DAY,
};

/// Access tokens that were revoked, or exchanged for others: they are refused either way.
pub const REVOKED_ACCESS_TOKENS: Expiry = Expiry {
    table: "oauth2_access_tokens",
    key: "token_hash",
    time: "revoked_at",
    after: HOUR,
};

/// Refresh tokens that were revoked likewise.
pub const REVOKED_REFRESH_TOKENS: Expiry = Expiry {
    table: "oauth2_refresh_tokens",
    ..REVOKED_ACCESS_TOKENS
};

/// Access tokens of the legacy Matrix login that expired long ago.
pub const COMPAT_ACCESS_TOKENS: Expiry = Expiry {
    table: "compat_access_tokens",
    ..ACCESS_TOKENS
};

/// Refresh tokens of the legacy Matrix login that were exchanged: they are refused either way.
pub const COMPAT_REFRESH_TOKENS: Expiry = Expiry {
    table: "compat_refresh_tokens",
    key: "token_hash",
    time: "consumed_at",
    after: HOUR,
};

impl Expiry {
    /// Removes so many rows at most; answers how many.
    pub async fn remove(
        &self,
        database: &Database,
        now: i64,
        limit: u32,
    ) -> Result<u64, DatabaseError> {
        let Self {
            table, key, time, ..
        } = self;
        let statement = query(format!(
            "DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} \
             WHERE {time} < $1 ORDER BY {time} LIMIT $2)"
        ))
        .bind(now - self.after)
        .bind(limit);
        database.execute(statement).await
    }
}
