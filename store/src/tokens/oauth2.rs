//! Access and refresh tokens of OAuth 2.0 sessions.

use muniment_domain::{Oauth2SessionId, TokenId, UserId};

use crate::sql::{Database, DatabaseError, Query, Row, query};

/// An access token that is about to be issued. Times are microseconds since 1970.
#[derive(Clone)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub struct NewAccessToken {
    pub id: TokenId,
    pub session_id: Oauth2SessionId,
    /// Whose session it is; absent when the client acts for itself.
    pub user_id: Option<UserId>,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    pub created_at: i64,
    /// Never expires when absent.
    pub expires_at: Option<i64>,
}

impl NewAccessToken {
    pub(crate) fn insert(&self) -> Query<'static> {
        query(
            "INSERT INTO oauth2_access_tokens \
             (token_hash, id, session_id, user_id, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.token_hash.as_slice())
        .bind(self.id.as_uuid())
        .bind(self.session_id.as_uuid())
        .bind(self.user_id.map(|id| id.as_uuid()))
        .bind(self.created_at)
        .bind(self.expires_at)
    }
}

/// A refresh token that is about to be issued, with the access token it goes with.
#[derive(Clone)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub struct NewRefreshToken {
    pub id: TokenId,
    pub session_id: Oauth2SessionId,
    pub user_id: Option<UserId>,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    pub access_token_id: TokenId,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl NewRefreshToken {
    pub(crate) fn insert(&self) -> Query<'static> {
        query(
            "INSERT INTO oauth2_refresh_tokens \
             (token_hash, id, session_id, user_id, access_token_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.token_hash.as_slice())
        .bind(self.id.as_uuid())
        .bind(self.session_id.as_uuid())
        .bind(self.user_id.map(|id| id.as_uuid()))
        .bind(self.access_token_id.as_uuid())
        .bind(self.created_at)
    }
}

impl std::fmt::Debug for NewAccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewAccessToken({})", self.id)
    }
}

impl std::fmt::Debug for NewRefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewRefreshToken({})", self.id)
    }
}

/// A refresh token as it stands. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    pub id: TokenId,
    pub session_id: Oauth2SessionId,
    pub access_token_id: TokenId,
    pub created_at: i64,
    /// Exchanged for the next one.
    pub consumed_at: Option<i64>,
    pub next_token_id: Option<TokenId>,
    pub revoked_at: Option<i64>,
}

pub(super) const REFRESH_TOKEN: &str = "SELECT id, session_id, access_token_id, created_at, \
    consumed_at, next_token_id, revoked_at FROM oauth2_refresh_tokens WHERE ";

pub(super) fn read(row: &Row) -> Result<RefreshToken, DatabaseError> {
    Ok(RefreshToken {
        id: TokenId::from_uuid(row.get("id")?),
        session_id: Oauth2SessionId::from_uuid(row.get("session_id")?),
        access_token_id: TokenId::from_uuid(row.get("access_token_id")?),
        created_at: row.get("created_at")?,
        consumed_at: row.get("consumed_at")?,
        next_token_id: row
            .get::<Option<uuid::Uuid>, _>("next_token_id")?
            .map(TokenId::from_uuid),
        revoked_at: row.get("revoked_at")?,
    })
}

/// The refresh token with this SHA-256.
pub async fn refresh_token(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<RefreshToken>, DatabaseError> {
    let found = query(REFRESH_TOKEN)
        .push("token_hash = $1")
        .bind(token_hash.as_slice());
    database.read_optional(found, read).await
}

/// Records that an access token was used for the first time, after which the refresh token before it
/// cannot be presented again. On disk before this answers.
pub async fn mark_access_token_used(
    database: &Database,
    token_hash: &[u8; 32],
    now: i64,
) -> Result<(), DatabaseError> {
    database
        .execute(
            query(
                "UPDATE oauth2_access_tokens SET first_used_at = $1 \
                 WHERE token_hash = $2 AND first_used_at IS NULL",
            )
            .bind(now)
            .bind(token_hash.as_slice()),
        )
        .await
        .map(|_| ())
}
