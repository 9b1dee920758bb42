use muniment_domain::UserId;
use muniment_store::{
    Erasure,
    log::Position,
    sql::{Database, DatabaseError, Query, Row, query},
};

use crate::{erasures::Erasures, reads::Reads};

/// Rows read at once.
const PAGE: u32 = 500;

const COLUMNS: &str = "SELECT key_id, user_id, position FROM erasures WHERE ";

fn read(row: &Row) -> Result<Erasure, DatabaseError> {
    Ok(Erasure {
        key_id: row.get("key_id")?,
        subject: row.get("user_id")?,
    })
}

async fn select(database: &Database, found: Query<'_>) -> Result<Vec<Erasure>, DatabaseError> {
    database.fetch_all(found).await?.iter().map(read).collect()
}

/// A page of all keys that the log says are destroyed, in the order of their ids.
pub async fn erasures_after(
    database: &Database,
    after: Option<Erasure>,
) -> Result<Vec<Erasure>, DatabaseError> {
    let after = after.map_or_else(uuid::Uuid::nil, |last| last.key_id);
    let found = query(COLUMNS)
        .push_with("key_id > {}", after)
        .push_with(" ORDER BY key_id LIMIT {}", PAGE);
    select(database, found).await
}

/// One person's.
pub async fn erasures_of(reads: &Reads, user: UserId) -> Result<Vec<Erasure>, DatabaseError> {
    let found = query(COLUMNS).push_with("user_id = {}", user.as_uuid());
    reads.of_user(&Erasures, user.as_uuid(), found, read).await
}

/// Where the newest stands in the log; 0 when there is none.
pub async fn newest_erasure(database: &Database) -> Result<Position, DatabaseError> {
    let row = database
        .fetch_one(query("SELECT coalesce(max(position), 0) FROM erasures"))
        .await?;
    Ok(unsigned(row.get(0)?))
}

/// Those that came after a position, in order.
pub async fn erasures_since(
    database: &Database,
    position: Position,
) -> Result<Vec<(Position, Erasure)>, DatabaseError> {
    let found = query(COLUMNS)
        .push_with("position > {}", i64::try_from(position).unwrap_or(i64::MAX))
        .push(" ORDER BY position");
    database
        .fetch_all(found)
        .await?
        .iter()
        .map(|row| Ok((unsigned(row.get("position")?), read(row)?)))
        .collect()
}

/// Written from an unsigned value.
fn unsigned(position: i64) -> Position {
    Position::try_from(position).unwrap_or(0)
}
