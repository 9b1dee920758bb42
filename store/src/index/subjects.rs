use uuid::Uuid;

use crate::{
    log::{LogError, Position, signed, unsigned},
    sql::{Database, query},
};

/// Where events stand above a position, and whom each is about; at most `limit`, in order.
pub async fn subjects_after(
    database: &Database,
    after: Position,
    limit: u32,
) -> Result<Vec<(Position, Option<Uuid>)>, LogError> {
    let rows = database
        .fetch_all(
            query(
                "SELECT position, subject FROM events WHERE position > $1 \
                 ORDER BY position LIMIT $2",
            )
            .bind(signed(after))
            .bind(limit),
        )
        .await?;
    rows.iter()
        .map(|row| {
            let position = unsigned(row.get("position")?, "position")?;
            Ok((position, row.get("subject")?))
        })
        .collect()
}
