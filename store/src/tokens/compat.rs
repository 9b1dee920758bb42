//! Access and refresh tokens of the legacy Matrix login.

use muniment_domain::{CompatSessionId, TokenId, UserId};

use crate::sql::{Database, DatabaseError, Dialect, Query, query};

/// An access token that is about to be issued. Times are microseconds since 1970.
#[derive(Clone)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub struct NewCompatAccessToken {
    pub id: TokenId,
    pub session_id: CompatSessionId,
    pub user_id: UserId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    pub created_at: i64,
    /// Never expires when absent.
    pub expires_at: Option<i64>,
}

impl NewCompatAccessToken {
    pub(crate) fn insert(&self) -> Query<'static> {
        query(
            "INSERT INTO compat_access_tokens \
             (token_hash, id, session_id, user_id, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.token_hash.as_slice())
        .bind(self.id.as_uuid())
        .bind(self.session_id.as_uuid())
        .bind(self.user_id.as_uuid())
        .bind(self.created_at)
        .bind(self.expires_at)
    }
}

/// A refresh token that is about to be issued, with the access token it goes with.
#[derive(Clone)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub struct NewCompatRefreshToken {
    pub id: TokenId,
    pub session_id: CompatSessionId,
    pub user_id: UserId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    pub access_token_id: TokenId,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl NewCompatRefreshToken {
    pub(crate) fn insert(&self) -> Query<'static> {
        query(
            "INSERT INTO compat_refresh_tokens \
             (token_hash, id, session_id, user_id, access_token_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.token_hash.as_slice())
        .bind(self.id.as_uuid())
        .bind(self.session_id.as_uuid())
        .bind(self.user_id.as_uuid())
        .bind(self.access_token_id.as_uuid())
        .bind(self.created_at)
    }
}

impl std::fmt::Debug for NewCompatAccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCompatAccessToken({})", self.id)
    }
}

impl std::fmt::Debug for NewCompatRefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCompatRefreshToken({})", self.id)
    }
}

/// A refresh token as it stands.
#[derive(Debug, Clone)]
pub struct CompatRefreshToken {
    pub id: TokenId,
    pub session_id: CompatSessionId,
    pub user_id: UserId,
    pub access_token_id: TokenId,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// Exchanged for the next one, in microseconds since 1970.
    pub consumed_at: Option<i64>,
}

/// The refresh token with this SHA-256.
pub async fn compat_refresh_token(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<CompatRefreshToken>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT id, session_id, user_id, access_token_id, created_at, consumed_at \
                 FROM compat_refresh_tokens WHERE token_hash = $1",
            )
            .bind(token_hash.as_slice()),
        )
        .await?;
    row.map(|row| {
        Ok(CompatRefreshToken {
            id: TokenId::from_uuid(row.get("id")?),
            session_id: CompatSessionId::from_uuid(row.get("session_id")?),
            user_id: UserId::from_uuid(row.get("user_id")?),
            access_token_id: TokenId::from_uuid(row.get("access_token_id")?),
            created_at: row.get("created_at")?,
            consumed_at: row.get("consumed_at")?,
        })
    })
    .transpose()
}

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompatRotation {
    /// The new pair is on disk.
    Rotated,
    /// Unknown, or exchanged before.
    Refused,
}

/// Exchanges a refresh token for a new pair, once; the access token it went with expires now.
pub async fn rotate_compat(
    database: &Database,
    presented: &CompatRefreshToken,
    access: &NewCompatAccessToken,
    refresh: &NewCompatRefreshToken,
    now: i64,
) -> Result<CompatRotation, DatabaseError> {
    let mut transaction = database.begin().await?;
    let mut lock = query("SELECT consumed_at FROM compat_refresh_tokens WHERE id = $1")
        .bind(presented.id.as_uuid());
    // SQLite has one writer at a time anyway.
    if transaction.dialect() == Dialect::Postgres {
        lock = lock.push(" FOR UPDATE");
    }
    let Some(row) = transaction.fetch_optional(lock).await? else {
        return Ok(CompatRotation::Refused);
    };
    if row.get::<Option<i64>, _>("consumed_at")?.is_some() {
        return Ok(CompatRotation::Refused);
    }
    transaction.execute(access.insert()).await?;
    transaction.execute(refresh.insert()).await?;
    transaction
        .execute(
            query("UPDATE compat_refresh_tokens SET consumed_at = $1 WHERE id = $2")
                .bind(now)
                .bind(presented.id.as_uuid()),
        )
        .await?;
    transaction
        .execute(
            query(
                "UPDATE compat_access_tokens SET expires_at = $1 \
                 WHERE id = $2 AND (expires_at IS NULL OR expires_at > $1)",
            )
            .bind(now)
            .bind(presented.access_token_id.as_uuid()),
        )
        .await?;
    transaction.commit().await?;
    Ok(CompatRotation::Rotated)
}
