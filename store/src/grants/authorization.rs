//! Requests at the authorization endpoint (contract oauth2.md 20.6).

use muniment_domain::{BrowserSessionId, ClientId, GrantId, Oauth2SessionId, Scope};

use crate::{
    expiry::Expiry,
    sql::{Database, DatabaseError, Row, query},
    time::DAY,
};

/// Requests that were made long ago, answered or not (contract oauth2.md 22.2).
pub const AUTHORIZATIONS: Expiry = Expiry {
    table: "authorization_grants",
    key: "id",
    time: "created_at",
    after: 7 * DAY,
};

/// A request that was accepted and waits for the user.
#[derive(Clone)]
pub struct NewAuthorizationGrant {
    pub id: GrantId,
    pub client_id: ClientId,
    pub redirect_uri: String,
    /// Whether the client named it, or it is the only one that is registered.
    pub redirect_uri_given: bool,
    pub scope: Scope,
    pub state: Option<String>,
    pub nonce: Option<String>,
    /// `query`, `fragment` or `form_post`.
    pub response_mode: String,
    pub code_challenge: Option<String>,
    /// `S256` or `plain`.
    pub code_challenge_method: Option<String>,
    pub login_hint: Option<String>,
    pub locale: String,
    /// The query as it came, as JSON, for upstream providers' templates.
    pub parameters: String,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// A request and what became of it. Times are microseconds since 1970.
#[derive(Clone)]
pub struct AuthorizationGrant {
    pub request: NewAuthorizationGrant,
    pub fulfilled_at: Option<i64>,
    pub browser_session_id: Option<BrowserSessionId>,
    pub exchanged_at: Option<i64>,
    pub session_id: Option<Oauth2SessionId>,
}

impl std::fmt::Debug for NewAuthorizationGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewAuthorizationGrant({})", self.id)
    }
}

impl std::fmt::Debug for AuthorizationGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthorizationGrant({})", self.request.id)
    }
}

pub async fn put_authorization_grant(
    database: &Database,
    grant: &NewAuthorizationGrant,
) -> Result<(), DatabaseError> {
    database
        .execute(
            query(
                "INSERT INTO authorization_grants (id, client_id, redirect_uri, \
                 redirect_uri_given, scope, state, nonce, response_mode, code_challenge, \
                 code_challenge_method, login_hint, locale, parameters, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            )
            .bind(grant.id.as_uuid())
            .bind(grant.client_id.as_uuid())
            .bind(grant.redirect_uri.as_str())
            .bind(grant.redirect_uri_given)
            .bind(grant.scope.to_string())
            .bind(grant.state.as_deref())
            .bind(grant.nonce.as_deref())
            .bind(grant.response_mode.as_str())
            .bind(grant.code_challenge.as_deref())
            .bind(grant.code_challenge_method.as_deref())
            .bind(grant.login_hint.as_deref())
            .bind(grant.locale.as_str())
            .bind(grant.parameters.as_str())
            .bind(grant.created_at),
        )
        .await
        .map(|_| ())
}

const COLUMNS: &str = "SELECT id, client_id, redirect_uri, redirect_uri_given, scope, state, \
    nonce, response_mode, code_challenge, code_challenge_method, login_hint, locale, parameters, \
    created_at, fulfilled_at, browser_session_id, exchanged_at, session_id \
    FROM authorization_grants WHERE ";

fn read(row: &Row) -> Result<AuthorizationGrant, DatabaseError> {
    Ok(AuthorizationGrant {
        request: NewAuthorizationGrant {
            id: GrantId::from_uuid(row.get("id")?),
            client_id: ClientId::from_uuid(row.get("client_id")?),
            redirect_uri: row.get("redirect_uri")?,
            redirect_uri_given: row.get("redirect_uri_given")?,
            // Written from a scope; what is not one any more grants nothing.
            scope: Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default(),
            state: row.get("state")?,
            nonce: row.get("nonce")?,
            response_mode: row.get("response_mode")?,
            code_challenge: row.get("code_challenge")?,
            code_challenge_method: row.get("code_challenge_method")?,
            login_hint: row.get("login_hint")?,
            locale: row.get("locale")?,
            parameters: row.get("parameters")?,
            created_at: row.get("created_at")?,
        },
        fulfilled_at: row.get("fulfilled_at")?,
        browser_session_id: row
            .get::<Option<uuid::Uuid>, _>("browser_session_id")?
            .map(BrowserSessionId::from_uuid),
        exchanged_at: row.get("exchanged_at")?,
        session_id: row
            .get::<Option<uuid::Uuid>, _>("session_id")?
            .map(Oauth2SessionId::from_uuid),
    })
}

pub async fn authorization_grant(
    database: &Database,
    id: GrantId,
) -> Result<Option<AuthorizationGrant>, DatabaseError> {
    let found = query(COLUMNS).push_with("id = {}", id.as_uuid());
    database.read_optional(found, read).await
}

/// The grant whose code has this SHA-256.
pub async fn authorization_grant_by_code(
    database: &Database,
    code_hash: &[u8; 32],
) -> Result<Option<AuthorizationGrant>, DatabaseError> {
    let found = query(COLUMNS).push_with("code_hash = {}", code_hash.as_slice());
    database.read_optional(found, read).await
}
