use muniment_domain::{ClientId, ClientMetadata};
use muniment_store::sql::{Database, DatabaseError, query};

/// A client that registered itself and that somebody has consented to.
#[derive(Debug, Clone)]
pub struct ClientRow {
    pub id: ClientId,
    pub metadata: ClientMetadata,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// A client of the log, unless it was deleted.
pub async fn registered_client(
    database: &Database,
    id: ClientId,
) -> Result<Option<ClientRow>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT metadata, created_at FROM oauth2_clients \
                 WHERE id = $1 AND deleted_at IS NULL",
            )
            .bind(id.as_uuid()),
        )
        .await?;
    row.map(|row| {
        Ok(ClientRow {
            id,
            // Written from metadata; what is not that any more can do nothing.
            metadata: serde_json::from_str(&row.get::<String, _>("metadata")?).unwrap_or_default(),
            created_at: row.get("created_at")?,
        })
    })
    .transpose()
}
