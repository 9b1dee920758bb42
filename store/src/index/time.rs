//! Positions for times. Times never decrease with the position, so that no index is needed: some
//! thirty rows are looked at, whatever the length of the log.

use crate::{
    log::{LogError, Position, signed, unsigned},
    sql::{Database, Row, query},
};

/// The newest event's position at a time (microseconds since 1970): what is recorded at that very
/// time counts. 0 when there is none.
pub async fn newest_at(database: &Database, time: i64) -> Result<Position, LogError> {
    last_before(database, time.saturating_add(1)).await
}

/// When the event at a position was recorded, in microseconds since 1970.
pub async fn recorded_at(database: &Database, position: Position) -> Result<Option<i64>, LogError> {
    let found = query("SELECT recorded_at FROM events WHERE position = $1").bind(signed(position));
    let read = |row: &Row| row.get("recorded_at");
    Ok(database.read_optional(found, read).await?)
}

/// The newest position before a time (microseconds since 1970); 0 when there is none.
pub(super) async fn last_before(database: &Database, time: i64) -> Result<Position, LogError> {
    let search = query(
        "WITH RECURSIVE search(low, high) AS (\
         SELECT CAST(0 AS BIGINT), coalesce((SELECT max(position) FROM events), 0) + 1 \
         UNION ALL \
         SELECT CASE WHEN (SELECT recorded_at FROM events WHERE position = (low + high) / 2) < $1 \
         THEN (low + high) / 2 ELSE low END, \
         CASE WHEN (SELECT recorded_at FROM events WHERE position = (low + high) / 2) < $1 \
         THEN high ELSE (low + high) / 2 END \
         FROM search WHERE high - low > 1) \
         SELECT max(low) FROM search",
    )
    .bind(time);
    let row = database.fetch_one(search).await?;
    unsigned(row.get(0)?, "position")
}
