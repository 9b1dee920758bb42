use muniment_store::{
    log::Position,
    sql::{Database, DatabaseError, query},
};

/// How far each read model has followed the log.
pub async fn projection_positions(
    database: &Database,
) -> Result<Vec<(String, Position)>, DatabaseError> {
    database
        .fetch_all(query(
            "SELECT name, position FROM projections ORDER BY name",
        ))
        .await?
        .iter()
        .map(|row| {
            let position = u64::try_from(row.get::<i64, _>("position")?).unwrap_or(0);
            Ok((row.get("name")?, position))
        })
        .collect()
}
