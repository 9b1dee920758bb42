//! What a token stands for, whether or not it is still good. Tokens are found by their SHA-256.

use muniment_domain::{CompatSessionId, Oauth2SessionId, PersonalSessionId, TokenId};
use muniment_store::sql::{DatabaseError, Row, query};
use uuid::Uuid;

use super::{
    compat_sessions::{CompatSessionRow, compat_session},
    oauth2_sessions::{Oauth2SessionRow, oauth2_session},
    personal_sessions::{PersonalSessionRow, personal_session},
    users::{UserRow, user},
};
use crate::reads::{Reads, Standing, mark, taken};

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

/// The columns of a session's row, called `s`, beside those of its token, called `t`.
fn with_session<R: Standing>() -> String {
    let table = R::projection().name();
    let mut columns: Vec<String> = R::COLUMNS
        .split(", ")
        .map(|column| format!("s.{}", column.trim()))
        .collect();
    columns.push("t.session_id AS token_session_id".to_owned());
    columns.push(mark(table));
    columns.join(", ")
}

/// The session of a row of [`with_session`], as it stands.
async fn session<R: Standing>(reads: &Reads, row: &Row) -> Result<Option<R>, DatabaseError> {
    let live = match row.get::<Option<Uuid>, _>("id")? {
        Some(_) => Some(R::read(row)?),
        None => None,
    };
    let id = row.get("token_session_id")?;
    reads.confirmed(id, live, taken(row)?).await
}

/// An OAuth 2.0 access token.
pub async fn bearer_session(
    reads: &Reads,
    token_hash: &[u8; 32],
) -> Result<Option<BearerSession>, DatabaseError> {
    let row = reads
        .database()
        .fetch_optional(
            query(format!(
                "SELECT {}, t.id AS token_id, t.created_at AS token_created_at, \
                 t.expires_at AS token_expires_at, t.revoked_at AS token_revoked_at, \
                 t.first_used_at AS token_first_used_at \
                 FROM oauth2_access_tokens t LEFT JOIN oauth2_sessions s ON s.id = t.session_id \
                 WHERE t.token_hash = $1",
                with_session::<Oauth2SessionRow>()
            ))
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(session) = session(reads, &row).await? else {
        return Ok(None);
    };
    with_user(reads, token(&row)?, session).await.map(Some)
}

async fn with_user(
    reads: &Reads,
    token: TokenRow,
    session: Oauth2SessionRow,
) -> Result<BearerSession, DatabaseError> {
    let user = match session.user_id {
        Some(id) => user(reads, id).await?,
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
    reads: &Reads,
    token_hash: &[u8; 32],
) -> Result<Option<BearerSession>, DatabaseError> {
    let row = reads
        .database()
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
    let Some(session) = oauth2_session(reads, session).await? else {
        return Ok(None);
    };
    with_user(reads, token, session).await.map(Some)
}

/// An access token of the legacy Matrix login.
pub async fn compat_bearer(
    reads: &Reads,
    token_hash: &[u8; 32],
) -> Result<Option<CompatBearer>, DatabaseError> {
    let row = reads
        .database()
        .fetch_optional(
            query(format!(
                "SELECT {}, t.id AS token_id, t.created_at AS token_created_at, \
                 t.expires_at AS token_expires_at FROM compat_access_tokens t \
                 LEFT JOIN compat_sessions s ON s.id = t.session_id WHERE t.token_hash = $1",
                with_session::<CompatSessionRow>()
            ))
            .bind(token_hash.as_slice()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(session) = session::<CompatSessionRow>(reads, &row).await? else {
        return Ok(None);
    };
    Ok(Some(CompatBearer {
        token: TokenRow {
            id: TokenId::from_uuid(row.get("token_id")?),
            created_at: row.get("token_created_at")?,
            expires_at: row.get("token_expires_at")?,
            revoked_at: None,
            first_used_at: None,
        },
        user: user(reads, session.user_id).await?,
        session,
    }))
}

/// A refresh token of the legacy Matrix login; one that was consumed counts as revoked then.
pub async fn compat_refresh_bearer(
    reads: &Reads,
    token_hash: &[u8; 32],
) -> Result<Option<CompatBearer>, DatabaseError> {
    let row = reads
        .database()
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
    let Some(session) = compat_session(reads, session).await? else {
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
        user: user(reads, session.user_id).await?,
        session,
    }))
}

/// A personal access token.
pub async fn personal_bearer(
    reads: &Reads,
    token_hash: &[u8; 32],
) -> Result<Option<PersonalBearer>, DatabaseError> {
    let row = reads
        .database()
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
    let Some(session) = personal_session(reads, session).await? else {
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
        actor: user(reads, session.actor_user_id).await?,
        session,
    }))
}
