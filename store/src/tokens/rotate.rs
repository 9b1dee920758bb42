//! Exchanging a refresh token for the next one (RFC 6749 section 6; contract oauth2.md 7.4).

use muniment_domain::TokenId;

use super::oauth2::{NewAccessToken, NewRefreshToken, REFRESH_TOKEN, RefreshToken, read};
use crate::sql::{Database, DatabaseError, Dialect, Transaction, query};

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The new pair is on disk.
    Rotated,
    Unknown,
    Revoked,
    /// It had been exchanged before, and what it was exchanged for has been used.
    Reused(TokenId),
}

/// Exchanges the refresh token with this SHA-256 for a new pair.
///
/// A client that never got the answer may present its token once more: as long as nobody has used
/// the new pair, that pair is revoked and another one issued.
pub async fn rotate(
    database: &Database,
    presented: &[u8; 32],
    access: &NewAccessToken,
    refresh: &NewRefreshToken,
    now: i64,
) -> Result<Rotation, DatabaseError> {
    let mut transaction = database.begin().await?;
    let Some(token) = locked(&mut transaction, "token_hash", presented.as_slice()).await? else {
        return Ok(Rotation::Unknown);
    };
    if token.revoked_at.is_some() {
        return Ok(Rotation::Revoked);
    }
    if token.consumed_at.is_some() {
        let Some(next) = successor(&mut transaction, &token).await? else {
            return Ok(Rotation::Reused(token.id));
        };
        revoke_access_token(&mut transaction, next.access_token_id, now).await?;
        transaction
            .execute(
                query("UPDATE oauth2_refresh_tokens SET revoked_at = $1 WHERE id = $2")
                    .bind(now)
                    .bind(next.id.as_uuid()),
            )
            .await?;
    }
    transaction.execute(access.insert()).await?;
    transaction.execute(refresh.insert()).await?;
    transaction
        .execute(
            query(
                "UPDATE oauth2_refresh_tokens SET consumed_at = $1, next_token_id = $2 \
                 WHERE id = $3",
            )
            .bind(now)
            .bind(refresh.id.as_uuid())
            .bind(token.id.as_uuid()),
        )
        .await?;
    revoke_access_token(&mut transaction, token.access_token_id, now).await?;
    transaction.commit().await?;
    Ok(Rotation::Rotated)
}

/// What a consumed token was exchanged for, unless somebody has used that.
async fn successor(
    transaction: &mut Transaction,
    consumed: &RefreshToken,
) -> Result<Option<RefreshToken>, DatabaseError> {
    let Some(next) = consumed.next_token_id else {
        return Ok(None);
    };
    let Some(next) = locked(transaction, "id", next.as_uuid()).await? else {
        return Ok(None);
    };
    if next.consumed_at.is_some() || next.revoked_at.is_some() {
        return Ok(None);
    }
    let used = transaction
        .fetch_optional(
            query(
                "SELECT 1 AS used FROM oauth2_access_tokens \
                 WHERE id = $1 AND first_used_at IS NOT NULL",
            )
            .bind(next.access_token_id.as_uuid()),
        )
        .await?;
    Ok(used.is_none().then_some(next))
}

async fn locked(
    transaction: &mut Transaction,
    column: &str,
    value: impl Into<crate::sql::Value>,
) -> Result<Option<RefreshToken>, DatabaseError> {
    let mut found = query(REFRESH_TOKEN)
        .push(&format!("{column} = $1"))
        .bind(value);
    // SQLite has one writer at a time anyway.
    if transaction.dialect() == Dialect::Postgres {
        found = found.push(" FOR UPDATE");
    }
    transaction.read_optional(found, read).await
}

async fn revoke_access_token(
    transaction: &mut Transaction,
    id: TokenId,
    now: i64,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            query(
                "UPDATE oauth2_access_tokens SET revoked_at = $1 \
                 WHERE id = $2 AND revoked_at IS NULL",
            )
            .bind(now)
            .bind(id.as_uuid()),
        )
        .await?;
    Ok(())
}
