use uuid::Uuid;

use crate::{
    log::{LogError, Position},
    sql::{Database, query},
};

/// Where events stand above a position, and whom each is about; at most `limit`, in order.
pub async fn subjects_after(
    database: &Database,
    after: Position,
    limit: u32,
) -> Result<Vec<(Position, Option<Uuid>)>, LogError> {
    // Positions never come near 2^63.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = database
        .fetch_all(
            query(
                "SELECT position, subject FROM events WHERE position > $1 \
                 ORDER BY position LIMIT $2",
            )
            .bind(after)
            .bind(limit),
        )
        .await?;
    rows.iter()
        .map(|row| {
            let position: i64 = row.get("position")?;
            let position = Position::try_from(position);
            let position = position.map_err(|_| LogError::Range("position"))?;
            Ok((position, row.get("subject")?))
        })
        .collect()
}
