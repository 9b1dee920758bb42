use muniment_domain::{ClientId, Oauth2SessionId, Scope, UserId};
use muniment_store::sql::{Database, DatabaseError, Row, query};

use super::users::{UserRow, user};

/// An OAuth 2.0 session. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct Oauth2SessionRow {
    pub id: Oauth2SessionId,
    pub client_id: ClientId,
    pub user_id: Option<UserId>,
    pub scope: Scope,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

/// What an access token stands for, whether or not it is still good.
#[derive(Debug, Clone)]
pub struct BearerSession {
    /// When the token expires.
    pub expires_at: Option<i64>,
    pub session: Oauth2SessionRow,
    pub user: Option<UserRow>,
}

fn read(row: &Row) -> Result<Oauth2SessionRow, DatabaseError> {
    Ok(Oauth2SessionRow {
        id: Oauth2SessionId::from_uuid(row.get("id")?),
        client_id: ClientId::from_uuid(row.get("client_id")?),
        user_id: row
            .get::<Option<uuid::Uuid>, _>("user_id")?
            .map(UserId::from_uuid),
        // Written from a scope; what is not one any more grants nothing.
        scope: Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default(),
        created_at: row.get("created_at")?,
        finished_at: row.get("finished_at")?,
    })
}

/// A session; one that ended with all others of its user is finished since then.
pub async fn oauth2_session(
    database: &Database,
    id: Oauth2SessionId,
) -> Result<Option<Oauth2SessionRow>, DatabaseError> {
    database
        .fetch_optional(
            query(
                "SELECT s.id, s.client_id, s.user_id, s.scope, s.created_at, \
                 COALESCE(s.finished_at, CASE WHEN s.created_at < u.sessions_valid_from \
                 THEN u.sessions_valid_from END) AS finished_at \
                 FROM oauth2_sessions s LEFT JOIN users u ON u.id = s.user_id WHERE s.id = $1",
            )
            .bind(id.as_uuid()),
        )
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The session of the access token with this SHA-256.
pub async fn bearer_session(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<BearerSession>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT s.id, s.client_id, s.user_id, s.scope, s.created_at, s.finished_at, \
                 t.expires_at FROM oauth2_access_tokens t \
                 JOIN oauth2_sessions s ON s.id = t.session_id WHERE t.token_hash = $1",
            )
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let session = read(&row)?;
    let user = match session.user_id {
        Some(id) => user(database, id).await?,
        None => None,
    };
    Ok(Some(BearerSession {
        expires_at: row.get("expires_at")?,
        session,
        user,
    }))
}

/// The scopes of a user's sessions that have not ended.
pub async fn active_oauth2_scopes(
    database: &Database,
    user: UserId,
) -> Result<Vec<Scope>, DatabaseError> {
    let rows = database
        .fetch_all(
            query(
                "SELECT s.scope FROM oauth2_sessions s JOIN users u ON u.id = s.user_id \
                 WHERE s.user_id = $1 AND s.finished_at IS NULL \
                 AND s.created_at >= u.sessions_valid_from ORDER BY s.id",
            )
            .bind(user.as_uuid()),
        )
        .await?;
    rows.iter()
        .map(|row| Ok(Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default()))
        .collect()
}
