use muniment_domain::{UpstreamLinkId, UpstreamProviderId};
use uuid::Uuid;

use crate::sql::{Database, DatabaseError, query};

/// A sign-in that is about to begin.
#[derive(Clone)]
pub struct NewUpstreamSession {
    pub id: Uuid,
    pub provider_id: UpstreamProviderId,
    /// SHA-256 of what the provider gives back.
    pub state_hash: [u8; 32],
    /// Sealed.
    pub secrets: Vec<u8>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// What came of it.
#[derive(Clone)]
pub struct CompletedUpstream {
    pub link_id: UpstreamLinkId,
    /// Sealed.
    pub told: Vec<u8>,
    pub sid: Option<String>,
    /// Microseconds since 1970.
    pub at: i64,
}

/// A sign-in and how far it is. Times are microseconds since 1970.
#[derive(Clone)]
pub struct UpstreamSession {
    pub id: Uuid,
    pub provider_id: UpstreamProviderId,
    pub state_hash: Vec<u8>,
    pub secrets: Option<Vec<u8>>,
    pub created_at: i64,
    pub completed_at: Option<i64>,
    pub link_id: Option<UpstreamLinkId>,
    pub told: Option<Vec<u8>>,
    pub consumed_at: Option<i64>,
}

impl std::fmt::Debug for NewUpstreamSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewUpstreamSession({})", self.id)
    }
}

impl std::fmt::Debug for CompletedUpstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CompletedUpstream({})", self.link_id)
    }
}

impl std::fmt::Debug for UpstreamSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UpstreamSession({})", self.id)
    }
}

pub async fn put_upstream_session(
    database: &Database,
    session: &NewUpstreamSession,
) -> Result<(), DatabaseError> {
    let statement = query(
        "INSERT INTO upstream_sessions (id, provider_id, state_hash, secrets, created_at, \
         pending_since) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(session.id)
    .bind(session.provider_id.as_uuid())
    .bind(session.state_hash.as_slice())
    .bind(session.secrets.as_slice())
    .bind(session.created_at)
    .bind(session.created_at);
    database.execute(statement).await.map(|_| ())
}

pub async fn upstream_session(
    database: &Database,
    id: Uuid,
) -> Result<Option<UpstreamSession>, DatabaseError> {
    let found = query(
        "SELECT provider_id, state_hash, secrets, created_at, completed_at, link_id, told, \
         consumed_at FROM upstream_sessions WHERE id = $1",
    );
    let row = database.fetch_optional(found.bind(id)).await?;
    row.map(|row| {
        let link: Option<Uuid> = row.get("link_id")?;
        Ok(UpstreamSession {
            id,
            provider_id: UpstreamProviderId::from_uuid(row.get("provider_id")?),
            state_hash: row.get("state_hash")?,
            secrets: row.get("secrets")?,
            created_at: row.get("created_at")?,
            completed_at: row.get("completed_at")?,
            link_id: link.map(UpstreamLinkId::from_uuid),
            told: row.get("told")?,
            consumed_at: row.get("consumed_at")?,
        })
    })
    .transpose()
}

/// The provider has answered. Whether this was the first time.
pub async fn complete_upstream_session(
    database: &Database,
    id: Uuid,
    completed: &CompletedUpstream,
) -> Result<bool, DatabaseError> {
    let statement = query(
        "UPDATE upstream_sessions SET completed_at = $1, link_id = $2, told = $3, sid = $4, \
         secrets = NULL WHERE id = $5 AND completed_at IS NULL",
    )
    .bind(completed.at)
    .bind(completed.link_id.as_uuid())
    .bind(completed.told.as_slice())
    .bind(completed.sid.as_deref())
    .bind(id);
    Ok(database.execute(statement).await? > 0)
}
