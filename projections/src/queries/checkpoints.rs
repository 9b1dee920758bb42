use muniment_store::{
    log::Position,
    sql::{Database, DatabaseError, query},
};

/// How a read model stands to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionState {
    /// With `__rebuild` at its end while one is under way.
    pub name: String,
    pub version: u32,
    /// The last event that it has taken.
    pub position: Position,
    pub stopped: Option<Stopped>,
}

/// The event that a read model could not take, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    pub position: Position,
    pub reason: String,
}

/// How each read model stands to the log.
pub async fn projection_states(database: &Database) -> Result<Vec<ProjectionState>, DatabaseError> {
    database
        .fetch_all(query(
            "SELECT p.name, version, position, stopped_at_position, reason FROM projections p \
             LEFT JOIN stopped_projections s ON s.name = p.name ORDER BY p.name",
        ))
        .await?
        .iter()
        .map(|row| {
            let stopped_at: Option<i64> = row.get("stopped_at_position")?;
            let reason: Option<String> = row.get("reason")?;
            Ok(ProjectionState {
                name: row.get("name")?,
                version: u32::try_from(row.get::<i64, _>("version")?).unwrap_or(0),
                position: unsigned(row.get("position")?),
                stopped: stopped_at.map(|position| Stopped {
                    position: unsigned(position),
                    reason: reason.unwrap_or_default(),
                }),
            })
        })
        .collect()
}

/// Written from an unsigned value.
fn unsigned(value: i64) -> Position {
    Position::try_from(value).unwrap_or(0)
}
