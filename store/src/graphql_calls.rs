//! Who still uses GraphQL with bearer tokens, which is deprecated, and for what: counts beside the log,
//! written in batches by whoever gathers them. A user's own count goes with the person.

use muniment_domain::{ClientId, UserId};
use uuid::Uuid;

use crate::{
    sql::{Database, DatabaseError, Query, Row, query},
    time::DAY,
};

/// Counts written by one statement.
const BATCH: usize = 500;
/// Whoever has not called for so long has moved on, in microseconds.
pub const KEPT: i64 = 90 * DAY;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Caller {
    Client(ClientId),
    /// By a personal token of theirs.
    User(UserId),
}

impl Caller {
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Client(_) => "client",
            Self::User(_) => "user",
        }
    }

    fn id(self) -> Uuid {
        match self {
            Self::Client(id) => id.as_uuid(),
            Self::User(id) => id.as_uuid(),
        }
    }

    fn of(row: &Row) -> Result<Self, DatabaseError> {
        let id = row.get("caller_id")?;
        let kind: String = row.get("kind")?;
        Ok(if kind == "user" {
            Self::User(UserId::from_uuid(id))
        } else {
            Self::Client(ClientId::from_uuid(id))
        })
    }
}

/// How often, and when, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    pub calls: i64,
    pub first_at: i64,
    pub last_at: i64,
}

impl Calls {
    #[must_use]
    pub const fn once(at: i64) -> Self {
        Self {
            calls: 1,
            first_at: at,
            last_at: at,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            first_at: self.first_at.min(other.first_at),
            last_at: self.last_at.max(other.last_at),
        }
    }
}

/// What one caller has called of one query or mutation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    pub caller: Caller,
    pub operation: String,
    pub calls: Calls,
}

/// Adds to the counts, in one transaction: either all are added or none. Each caller's operation is
/// among them at most once. Nothing is kept of an erased person.
pub async fn add(database: &Database, called: &[Called]) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    for batch in called.chunks(BATCH) {
        transaction.execute(insert(batch)).await?;
    }
    transaction.commit().await
}

fn insert(batch: &[Called]) -> Query<'static> {
    let statement = query(
        "INSERT INTO graphql_calls \
         (caller_id, kind, operation, calls, first_called_at, last_called_at) \
         SELECT column1, column2, column3, column4, column5, column6 FROM (VALUES ",
    );
    let rows = batch.iter().map(|called| {
        [
            called.caller.id().into(),
            called.caller.kind().into(),
            called.operation.as_str().into(),
            called.calls.calls.into(),
            called.calls.first_at.into(),
            called.calls.last_at.into(),
        ]
    });
    statement.push_rows(rows).push(
        ") AS called WHERE column2 <> 'user' \
         OR NOT EXISTS (SELECT 1 FROM erasures WHERE key_id = column1) \
         ON CONFLICT (caller_id, operation) DO UPDATE SET \
         calls = graphql_calls.calls + excluded.calls, \
         first_called_at = CASE WHEN excluded.first_called_at < graphql_calls.first_called_at \
         THEN excluded.first_called_at ELSE graphql_calls.first_called_at END, \
         last_called_at = CASE WHEN excluded.last_called_at > graphql_calls.last_called_at \
         THEN excluded.last_called_at ELSE graphql_calls.last_called_at END",
    )
}

/// Everything of whoever has called since a time, the last first; of so many callers at most.
pub async fn since(
    database: &Database,
    time: i64,
    callers: u32,
) -> Result<Vec<(Caller, Vec<Called>)>, DatabaseError> {
    let statement = query(
        "SELECT caller_id, kind, operation, calls, first_called_at, last_called_at, latest \
         FROM graphql_calls JOIN \
         (SELECT caller_id AS late_id, max(last_called_at) AS latest FROM graphql_calls \
         WHERE last_called_at >= $1 GROUP BY caller_id \
         ORDER BY latest DESC, late_id LIMIT $2) AS late ON caller_id = late_id \
         ORDER BY latest DESC, caller_id, calls DESC, operation",
    );
    let rows = database
        .fetch_all(statement.bind(time).bind(callers))
        .await?;
    let mut found: Vec<(Caller, Vec<Called>)> = Vec::new();
    for row in rows {
        let one = Called {
            caller: Caller::of(&row)?,
            operation: row.get("operation")?,
            calls: Calls {
                calls: row.get("calls")?,
                first_at: row.get("first_called_at")?,
                last_at: row.get("last_called_at")?,
            },
        };
        match found.last_mut() {
            Some((caller, all)) if *caller == one.caller => all.push(one),
            _ => found.push((one.caller, vec![one])),
        }
    }
    Ok(found)
}

/// Forgets what a person called by tokens of their own.
pub(crate) fn forget(user: UserId) -> Query<'static> {
    query("DELETE FROM graphql_calls WHERE caller_id = $1 AND kind = 'user'").bind(user.as_uuid())
}

/// Forgets what was last called long before `now`, and whatever is left of erased persons: `limit`
/// rows of each at most; how many rows that were.
pub async fn clean_up(database: &Database, now: i64, limit: u32) -> Result<u64, DatabaseError> {
    let old = query(
        "DELETE FROM graphql_calls WHERE (caller_id, operation) IN (\
         SELECT caller_id, operation FROM graphql_calls WHERE last_called_at < $1 \
         ORDER BY last_called_at LIMIT $2)",
    );
    let old = old.bind(now.saturating_sub(KEPT)).bind(limit);
    let forgotten = database.execute(old).await?;
    let erased = query(
        "DELETE FROM graphql_calls WHERE (caller_id, operation) IN (\
         SELECT caller_id, operation FROM graphql_calls WHERE kind = 'user' \
         AND EXISTS (SELECT 1 FROM erasures WHERE key_id = caller_id) LIMIT $1)",
    );
    Ok(forgotten + database.execute(erased.bind(limit)).await?)
}
