//! Sign-ins of legacy Matrix clients through the browser (contract oauth2.md 17.6, 17.7 and 20.12): rows
//! that live for half an hour, as anybody can begin one. What comes of them, a session, is in the log.

use muniment_domain::{BrowserSessionId, CompatSessionId, CompatSsoLoginId};

use crate::{
    expiry::Expiry,
    sql::{Database, DatabaseError, Query, Row, query},
    time::DAY,
};

/// Sign-ins that began long ago, whatever became of them.
pub const LOGINS: Expiry = Expiry {
    table: "compat_sso_logins",
    key: "id",
    time: "created_at",
    after: DAY,
};

/// A sign-in and what became of it. Times are microseconds since 1970.
#[derive(Clone)]
pub struct SsoLogin {
    pub id: CompatSsoLoginId,
    /// Where the login token is sent.
    pub redirect_uri: String,
    pub created_at: i64,
    /// A person has confirmed, in this browser session.
    pub fulfilled: Option<(i64, BrowserSessionId)>,
    /// The client has come with the login token.
    pub exchanged_at: Option<i64>,
}

impl std::fmt::Debug for SsoLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SsoLogin({})", self.id)
    }
}

/// The client exchanged the login token; written with the start of its session.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub struct ExchangeSsoLogin {
    pub id: CompatSsoLoginId,
    pub session_id: CompatSessionId,
    /// Microseconds since 1970.
    pub at: i64,
}

impl ExchangeSsoLogin {
    pub(crate) fn statement(&self) -> Query<'static> {
        query("UPDATE compat_sso_logins SET exchanged_at = $1, session_id = $2 WHERE id = $3")
            .bind(self.at)
            .bind(self.session_id.as_uuid())
            .bind(self.id.as_uuid())
    }
}

/// Begins a sign-in. `now` is in microseconds since 1970.
pub async fn put_sso_login(
    database: &Database,
    id: CompatSsoLoginId,
    redirect_uri: &str,
    now: i64,
) -> Result<(), DatabaseError> {
    let put =
        query("INSERT INTO compat_sso_logins (id, redirect_uri, created_at) VALUES ($1, $2, $3)");
    let put = put.bind(id.as_uuid()).bind(redirect_uri).bind(now);
    database.execute(put).await.map(|_| ())
}

/// A person confirms; the client may come with the token of this SHA-256. False when somebody has
/// confirmed before.
pub async fn fulfil_sso_login(
    database: &Database,
    id: CompatSsoLoginId,
    token_hash: &[u8; 32],
    session: BrowserSessionId,
    now: i64,
) -> Result<bool, DatabaseError> {
    let fulfil = query(
        "UPDATE compat_sso_logins SET fulfilled_at = $1, browser_session_id = $2, token_hash = $3 \
         WHERE id = $4 AND fulfilled_at IS NULL",
    )
    .bind(now)
    .bind(session.as_uuid())
    .bind(token_hash.as_slice())
    .bind(id.as_uuid());
    Ok(database.execute(fulfil).await? == 1)
}

const COLUMNS: &str = "SELECT id, redirect_uri, created_at, fulfilled_at, browser_session_id, \
    exchanged_at FROM compat_sso_logins WHERE ";

fn read(row: &Row) -> Result<SsoLogin, DatabaseError> {
    let at: Option<i64> = row.get("fulfilled_at")?;
    let session: Option<uuid::Uuid> = row.get("browser_session_id")?;
    Ok(SsoLogin {
        id: CompatSsoLoginId::from_uuid(row.get("id")?),
        redirect_uri: row.get("redirect_uri")?,
        created_at: row.get("created_at")?,
        fulfilled: at.zip(session.map(BrowserSessionId::from_uuid)),
        exchanged_at: row.get("exchanged_at")?,
    })
}

pub async fn sso_login(
    database: &Database,
    id: CompatSsoLoginId,
) -> Result<Option<SsoLogin>, DatabaseError> {
    let found = query(COLUMNS).push_with("id = {}", id.as_uuid());
    database.read_optional(found, read).await
}

/// The sign-in whose login token has this SHA-256.
pub async fn sso_login_by_token(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<SsoLogin>, DatabaseError> {
    let found = query(COLUMNS).push_with("token_hash = {}", token_hash.as_slice());
    database.read_optional(found, read).await
}
