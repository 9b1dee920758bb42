//! Requests of devices that cannot show a browser (RFC 8628; contract oauth2.md 20.7).

use muniment_domain::{BrowserSessionId, ClientId, GrantId, Oauth2SessionId, Scope};

use crate::{
    expiry::Expiry,
    sql::{Database, DatabaseError, Row, query},
    time::DAY,
};

/// Requests that were made long ago, answered or not (contract oauth2.md 22.2).
pub const DEVICES: Expiry = Expiry {
    table: "device_grants",
    key: "id",
    time: "created_at",
    after: 7 * DAY,
};

/// A request that waits for the user to enter its code.
#[derive(Clone)]
pub struct NewDeviceGrant {
    pub id: GrantId,
    pub client_id: ClientId,
    pub scope: Scope,
    /// SHA-256 of the device code.
    pub device_code_hash: [u8; 32],
    /// SHA-256 of the user code.
    pub user_code_hash: [u8; 32],
    /// Microseconds since 1970.
    pub created_at: i64,
    /// Microseconds since 1970.
    pub expires_at: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// A request and what became of it. Times are microseconds since 1970.
#[derive(Clone)]
pub struct DeviceGrant {
    pub id: GrantId,
    pub client_id: ClientId,
    pub scope: Scope,
    pub created_at: i64,
    pub expires_at: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub fulfilled_at: Option<i64>,
    pub rejected_at: Option<i64>,
    /// In which the user answered.
    pub browser_session_id: Option<BrowserSessionId>,
    pub exchanged_at: Option<i64>,
    pub session_id: Option<Oauth2SessionId>,
}

impl DeviceGrant {
    /// Nobody has answered yet.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.fulfilled_at.is_none() && self.rejected_at.is_none() && self.exchanged_at.is_none()
    }
}

impl std::fmt::Debug for NewDeviceGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewDeviceGrant({})", self.id)
    }
}

impl std::fmt::Debug for DeviceGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceGrant({})", self.id)
    }
}

/// False when the user code is in use.
pub async fn put_device_grant(
    database: &Database,
    grant: &NewDeviceGrant,
) -> Result<bool, DatabaseError> {
    let put = database
        .execute(
            query(
                "INSERT INTO device_grants (id, client_id, scope, device_code_hash, \
                 user_code_hash, created_at, expires_at, ip, user_agent) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
            )
            .bind(grant.id.as_uuid())
            .bind(grant.client_id.as_uuid())
            .bind(grant.scope.to_string())
            .bind(grant.device_code_hash.as_slice())
            .bind(grant.user_code_hash.as_slice())
            .bind(grant.created_at)
            .bind(grant.expires_at)
            .bind(grant.ip.as_deref())
            .bind(grant.user_agent.as_deref()),
        )
        .await?;
    Ok(put == 1)
}

const COLUMNS: &str = "SELECT id, client_id, scope, created_at, expires_at, ip, user_agent, \
    fulfilled_at, rejected_at, browser_session_id, exchanged_at, session_id \
    FROM device_grants WHERE ";

fn read(row: &Row) -> Result<DeviceGrant, DatabaseError> {
    Ok(DeviceGrant {
        id: GrantId::from_uuid(row.get("id")?),
        client_id: ClientId::from_uuid(row.get("client_id")?),
        // Written from a scope; what is not one any more grants nothing.
        scope: Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default(),
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
        fulfilled_at: row.get("fulfilled_at")?,
        rejected_at: row.get("rejected_at")?,
        browser_session_id: row
            .get::<Option<uuid::Uuid>, _>("browser_session_id")?
            .map(BrowserSessionId::from_uuid),
        exchanged_at: row.get("exchanged_at")?,
        session_id: row
            .get::<Option<uuid::Uuid>, _>("session_id")?
            .map(Oauth2SessionId::from_uuid),
    })
}

pub async fn device_grant(
    database: &Database,
    id: GrantId,
) -> Result<Option<DeviceGrant>, DatabaseError> {
    let found = query(COLUMNS).push_with("id = {}", id.as_uuid());
    database.read_optional(found, read).await
}

/// The grant whose device code has this SHA-256.
pub async fn device_grant_by_device_code(
    database: &Database,
    code_hash: &[u8; 32],
) -> Result<Option<DeviceGrant>, DatabaseError> {
    let found = query(COLUMNS).push_with("device_code_hash = {}", code_hash.as_slice());
    database.read_optional(found, read).await
}

/// The grant whose user code has this SHA-256.
pub async fn device_grant_by_user_code(
    database: &Database,
    code_hash: &[u8; 32],
) -> Result<Option<DeviceGrant>, DatabaseError> {
    let found = query(COLUMNS).push_with("user_code_hash = {}", code_hash.as_slice());
    database.read_optional(found, read).await
}
