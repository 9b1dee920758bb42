use cqrs_es::Aggregate;
use muniment_domain::{Client, ClientId, ClientMetadata};
use muniment_store::{
    log::StreamId,
    sql::{DatabaseError, Row},
};

use crate::{
    Projection,
    oauth2_clients::Oauth2Clients,
    reads::{Reads, Standing},
};

/// A client that registered itself and that somebody has consented to. Times are microseconds since
/// 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientRow {
    pub id: ClientId,
    pub metadata: ClientMetadata,
    pub created_at: i64,
    pub deleted_at: Option<i64>,
}

impl Standing for ClientRow {
    const AGGREGATE: &'static str = Client::TYPE;
    const COLUMNS: &'static str = "id, metadata, created_at, deleted_at";

    fn projection() -> &'static dyn Projection {
        &Oauth2Clients
    }

    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: ClientId::from_uuid(row.get("id")?),
            // Written from metadata; what is not that any more can do nothing.
            metadata: serde_json::from_str(&row.get::<String, _>("metadata")?).unwrap_or_default(),
            created_at: row.get("created_at")?,
            deleted_at: row.get("deleted_at")?,
        })
    }

    fn others(&self) -> Vec<StreamId> {
        Vec::new()
    }
}

/// A client of the log, unless it was deleted.
pub async fn registered_client(
    reads: &Reads,
    id: ClientId,
) -> Result<Option<ClientRow>, DatabaseError> {
    let found: Option<ClientRow> = reads.one(id.as_uuid()).await?;
    Ok(found.filter(|client| client.deleted_at.is_none()))
}
