//! Clients that registered themselves (RFC 7591): rows until somebody consents to them.

use muniment_domain::{ClientId, ClientMetadata};

use crate::sql::{Database, DatabaseError, Row, Transaction, query};

/// A client that registers itself.
#[derive(Clone)]
pub struct NewClient {
    pub id: ClientId,
    /// As JSON.
    pub metadata: ClientMetadata,
    /// SHA-256 of everything it said of itself, when the same registration is to give the same client.
    pub digest: Option<[u8; 32]>,
    /// Its secret, sealed.
    pub sealed_secret: Option<Vec<u8>>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// A client that nobody has consented to yet.
#[derive(Debug, Clone)]
pub struct PendingClient {
    pub id: ClientId,
    pub metadata: ClientMetadata,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// What clients can be searched by, beside their metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIndex {
    /// In lower case.
    pub name_folded: Option<String>,
    /// In lower case.
    pub uri_folded: Option<String>,
    /// Each between single spaces.
    pub grant_types: String,
}

impl ClientIndex {
    #[must_use]
    pub fn of(metadata: &ClientMetadata) -> Self {
        // PostgreSQL keeps no text with a NUL, and nobody can search for one.
        let kept = |text: &str| text.replace('\0', "");
        let folded = |text: &Option<String>| text.as_ref().map(|text| kept(text).to_lowercase());
        Self {
            name_folded: folded(&metadata.client_name),
            uri_folded: folded(&metadata.client_uri),
            grant_types: kept(&format!(" {} ", metadata.grant_types.join("  "))),
        }
    }
}

impl std::fmt::Debug for NewClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewClient({})", self.id)
    }
}

/// Keeps a new client; answers with the id of the one that said the same before, if there is one.
pub async fn put_client(
    database: &Database,
    client: &NewClient,
) -> Result<ClientId, DatabaseError> {
    let mut transaction = database.begin().await?;
    if let Some(digest) = &client.digest {
        let taken = transaction
            .execute(
                query(
                    "INSERT INTO oauth2_client_digests (digest, client_id) VALUES ($1, $2) \
                     ON CONFLICT DO NOTHING",
                )
                .bind(digest.as_slice())
                .bind(client.id.as_uuid()),
            )
            .await?;
        if taken == 0
            && let Some(known) = digest_owner(&mut transaction, digest).await?
        {
            return Ok(known);
        }
    }
    // A plain structure always has a JSON form.
    let metadata = serde_json::to_string(&client.metadata).unwrap_or_default();
    let index = ClientIndex::of(&client.metadata);
    transaction
        .execute(
            query(
                "INSERT INTO oauth2_pending_clients (id, metadata, created_at, \
                 client_name_folded, client_uri_folded, grant_types) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(client.id.as_uuid())
            .bind(metadata)
            .bind(client.created_at)
            .bind(index.name_folded)
            .bind(index.uri_folded)
            .bind(index.grant_types),
        )
        .await?;
    if let Some(sealed) = &client.sealed_secret {
        transaction
            .execute(
                query("INSERT INTO oauth2_client_secrets (client_id, sealed) VALUES ($1, $2)")
                    .bind(client.id.as_uuid())
                    .bind(sealed.as_slice()),
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(client.id)
}

async fn digest_owner(
    transaction: &mut Transaction,
    digest: &[u8; 32],
) -> Result<Option<ClientId>, DatabaseError> {
    let row = transaction
        .fetch_optional(
            query("SELECT client_id FROM oauth2_client_digests WHERE digest = $1")
                .bind(digest.as_slice()),
        )
        .await?;
    row.map(|row| Ok(ClientId::from_uuid(row.get("client_id")?)))
        .transpose()
}

/// The client that said the same of itself before.
pub async fn client_by_digest(
    database: &Database,
    digest: &[u8; 32],
) -> Result<Option<ClientId>, DatabaseError> {
    let row = database
        .fetch_optional(
            query("SELECT client_id FROM oauth2_client_digests WHERE digest = $1")
                .bind(digest.as_slice()),
        )
        .await?;
    row.map(|row| Ok(ClientId::from_uuid(row.get("client_id")?)))
        .transpose()
}

/// A client that nobody has consented to yet.
pub async fn pending_client(
    database: &Database,
    id: ClientId,
) -> Result<Option<PendingClient>, DatabaseError> {
    let row = database
        .fetch_optional(
            query("SELECT metadata, created_at FROM oauth2_pending_clients WHERE id = $1")
                .bind(id.as_uuid()),
        )
        .await?;
    row.map(|row| {
        Ok(PendingClient {
            id,
            // Written from metadata; what is not that any more can do nothing.
            metadata: serde_json::from_str(&row.get::<String, _>("metadata")?).unwrap_or_default(),
            created_at: row.get("created_at")?,
        })
    })
    .transpose()
}

/// Several of them; those that there are not are missing.
pub async fn pending_clients(
    database: &Database,
    ids: &[ClientId],
) -> Result<Vec<PendingClient>, DatabaseError> {
    let mut found =
        query("SELECT id, metadata, created_at FROM oauth2_pending_clients WHERE id IN (NULL");
    for id in ids {
        found = found.push_with(", {}", id.as_uuid());
    }
    let rows = database.fetch_all(found.push(")")).await?;
    let read = |row: &Row| {
        Ok(PendingClient {
            id: ClientId::from_uuid(row.get("id")?),
            // Written from metadata; what is not that any more can do nothing.
            metadata: serde_json::from_str(&row.get::<String, _>("metadata")?).unwrap_or_default(),
            created_at: row.get("created_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The sealed secret of a client that registered itself.
pub async fn client_secret(
    database: &Database,
    id: ClientId,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let row = database
        .fetch_optional(
            query("SELECT sealed FROM oauth2_client_secrets WHERE client_id = $1")
                .bind(id.as_uuid()),
        )
        .await?;
    row.map(|row| row.get("sealed")).transpose()
}

/// Deletes up to `limit` clients that nobody has consented to since before, with what is kept of
/// them; how many.
pub async fn purge_pending_clients(
    database: &Database,
    before: i64,
    limit: u32,
) -> Result<u64, DatabaseError> {
    let mut transaction = database.begin().await?;
    let old = transaction
        .fetch_all(
            query(
                "SELECT id FROM oauth2_pending_clients WHERE created_at < $1 \
                 ORDER BY created_at LIMIT $2",
            )
            .bind(before)
            .bind(limit),
        )
        .await?;
    for row in &old {
        let id: uuid::Uuid = row.get("id")?;
        for (table, column) in [
            ("oauth2_pending_clients", "id"),
            ("oauth2_client_digests", "client_id"),
            ("oauth2_client_secrets", "client_id"),
        ] {
            let delete = query(format!("DELETE FROM {table} WHERE {column} = $1"));
            transaction.execute(delete.bind(id)).await?;
        }
    }
    transaction.commit().await?;
    Ok(old.len() as u64)
}
