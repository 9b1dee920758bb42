//! What a token stands for, whether or not it is still good. Tokens are found by their SHA-256.

use muniment_domain::{CompatSessionId, Oauth2SessionId, PersonalSessionId, TokenId};
use muniment_store::sql::{Database, DatabaseError, Row, query};

use super::{
    compat_sessions::{self, CompatSessionRow, compat_session},
    oauth2_sessions::{self, Oauth2SessionRow, oauth2_session},
    personal_sessions::{self, PersonalSessionRow},
    users::{UserRow, user},
};

/// A token's own row. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct TokenRow {
    pub id: TokenId,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    /// It is refused since then.
    pub revoked_at: Option<i64>,
    /// Kept of OAuth 2.0 access tokens alone.
    pub first_used_at: Option<i64>,
}

/// A token of an OAuth 2.0 session.
#[derive(Debug, Clone)]
pub struct BearerSession {
    pub token: TokenRow,
    pub session: Oauth2SessionRow,
    pub user: Option<UserRow>,
}

/// A token of the legacy Matrix login.
#[derive(Debug, Clone)]
pub struct CompatBearer {
    pub token: TokenRow,
    pub session: CompatSessionRow,
    pub user: Option<UserRow>,
}

/// A personal access token.
#[derive(Debug, Clone)]
pub struct PersonalBearer {
    pub token: TokenRow,
    pub session: PersonalSessionRow,
    /// As whom it acts.
    pub actor: Option<UserRow>,
}

fn token(row: &Row) -> Result<TokenRow, DatabaseError> {
    Ok(TokenRow {
        id: TokenId::from_uuid(row.get("token_id")?),
        created_at: row.get("token_created_at")?,
        expires_at: row.get("token_expires_at")?,
        revoked_at: row.get("token_revoked_at")?,
        first_used_at: row.get("token_first_used_at")?,
    })
}

/// The columns of a table, of a row called `s`.
fn of_session(columns: &str) -> String {
    columns
        .split(", ")
        .map(|column| format!("s.{}", column.trim()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// An OAuth 2.0 access token.
pub async fn bearer_session(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<BearerSession>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(format!(
                "SELECT {}, t.id AS token_id, t.created_at AS token_created_at, \
                 t.expires_at AS token_expires_at, t.revoked_at AS token_revoked_at, \
                 t.first_used_at AS token_first_used_at \
                 FROM oauth2_access_tokens t JOIN oauth2_sessions s ON s.id = t.session_id \
                 WHERE t.token_hash = $1",
                of_session(oauth2_sessions::COLUMNS)
            ))
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    with_user(database, token(&row)?, oauth2_sessions::read(&row)?)
        .await
        .map(Some)
}

async fn with_user(
    database: &Database,
    token: TokenRow,
    session: Oauth2SessionRow,
) -> Result<BearerSession, DatabaseError> {
    let user = match session.user_id {
        Some(id) => user(database, id).await?,
        None => None,
    };
    Ok(BearerSession {
        token,
        session,
        user,
    })
}

/// An OAuth 2.0 refresh token; one that was consumed counts as revoked then.
pub async fn refresh_bearer(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<BearerSession>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT id, session_id, created_at, COALESCE(revoked_at, consumed_at) AS ended_at \
                 FROM oauth2_refresh_tokens WHERE token_hash = $1",
            )
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let token = TokenRow {
        id: TokenId::from_uuid(row.get("id")?),
        created_at: row.get("created_at")?,
        expires_at: None,
        revoked_at: row.get("ended_at")?,
        first_used_at: None,
    };
    let session = Oauth2SessionId::from_uuid(row.get("session_id")?);
    let Some(session) = oauth2_session(database, session).await? else {
        return Ok(None);
    };
    with_user(database, token, session).await.map(Some)
}

/// An access token of the legacy Matrix login.
pub async fn compat_bearer(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<CompatBearer>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(format!(
                "SELECT {}, t.id AS token_id, t.created_at AS token_created_at, \
                 t.expires_at AS token_expires_at FROM compat_access_tokens t \
                 JOIN compat_sessions s ON s.id = t.session_id WHERE t.token_hash = $1",
                of_session(compat_sessions::COLUMNS)
            ))
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let session = compat_sessions::read(&row)?;
    Ok(Some(CompatBearer {
        token: TokenRow {
            id: TokenId::from_uuid(row.get("token_id")?),
            created_at: row.get("token_created_at")?,
            expires_at: row.get("token_expires_at")?,
            revoked_at: None,
            first_used_at: None,
        },
        user: user(database, session.user_id).await?,
        session,
    }))
}

/// A refresh token of the legacy Matrix login; one that was consumed counts as revoked then.
pub async fn compat_refresh_bearer(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<CompatBearer>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT id, session_id, created_at, consumed_at FROM compat_refresh_tokens \
                 WHERE token_hash = $1",
            )
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let session = CompatSessionId::from_uuid(row.get("session_id")?);
    let Some(session) = compat_session(database, session).await? else {
        return Ok(None);
    };
    Ok(Some(CompatBearer {
        token: TokenRow {
            id: TokenId::from_uuid(row.get("id")?),
            created_at: row.get("created_at")?,
            expires_at: None,
            revoked_at: row.get("consumed_at")?,
            first_used_at: None,
        },
        user: user(database, session.user_id).await?,
        session,
    }))
}

/// A personal access token.
pub async fn personal_bearer(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<PersonalBearer>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT id, session_id, created_at, expires_at FROM personal_access_tokens \
                 WHERE token_hash = $1",
            )
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let session = PersonalSessionId::from_uuid(row.get("session_id")?);
    let Some(session) = personal_sessions::personal_session(database, session).await? else {
        return Ok(None);
    };
    Ok(Some(PersonalBearer {
        token: TokenRow {
            id: TokenId::from_uuid(row.get("id")?),
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            revoked_at: None,
            first_used_at: None,
        },
        actor: user(database, session.actor_user_id).await?,
        session,
    }))
}
