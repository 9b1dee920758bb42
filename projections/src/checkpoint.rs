//! How far each projection has come.

use muniment_store::{
    log::Position,
    sql::{DatabaseError, Row, Transaction, query},
};

use crate::Projection;

/// How far a projection has come, and by which version of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checkpoint {
    pub version: u32,
    pub position: Position,
    /// The event that it could not take.
    pub stopped_at: Option<Position>,
}

impl Checkpoint {
    pub fn at(position: Position, projection: &dyn Projection) -> Self {
        Self {
            version: projection.version(),
            position,
            stopped_at: None,
        }
    }
}

const COLUMNS: &str = "SELECT p.name, version, position, stopped_at_position FROM projections p \
    LEFT JOIN stopped_projections s ON s.name = p.name";

pub(crate) async fn checkpoints(
    transaction: &mut Transaction,
) -> Result<Vec<(String, Checkpoint)>, DatabaseError> {
    transaction
        .fetch_all(query(COLUMNS))
        .await?
        .iter()
        .map(|row| Ok((row.get("name")?, read_checkpoint(row)?)))
        .collect()
}

pub(crate) async fn checkpoint(
    transaction: &mut Transaction,
    name: &str,
) -> Result<Option<Checkpoint>, DatabaseError> {
    transaction
        .read_optional(
            query(COLUMNS).push_with(" WHERE p.name = {}", name),
            read_checkpoint,
        )
        .await
}

fn read_checkpoint(row: &Row) -> Result<Checkpoint, DatabaseError> {
    // All are written from unsigned values below.
    let unsigned = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok(Checkpoint {
        version: u32::try_from(row.get::<i64, _>("version")?).unwrap_or(0),
        position: unsigned(row.get("position")?),
        stopped_at: row
            .get::<Option<i64>, _>("stopped_at_position")?
            .map(unsigned),
    })
}

/// Keeps how far a projection has come.
pub(crate) async fn save_checkpoint(
    transaction: &mut Transaction,
    name: &str,
    checkpoint: Checkpoint,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            query(
                "INSERT INTO projections (name, version, position) VALUES ($1, $2, $3) \
                 ON CONFLICT (name) DO UPDATE \
                 SET version = excluded.version, position = excluded.position",
            )
            .bind(name)
            .bind(checkpoint.version)
            .bind(signed(checkpoint.position)),
        )
        .await?;
    Ok(())
}

/// Positions count events one by one and never come near 2^63.
pub(crate) fn signed(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
