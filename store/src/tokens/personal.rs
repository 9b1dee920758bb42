//! Personal access tokens.

use muniment_domain::{PersonalSessionId, TokenId};

use crate::sql::{Database, DatabaseError, query};

/// What is known of a personal session's token. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct PersonalTokenInfo {
    pub id: TokenId,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

/// The token of a personal session, if it has one.
pub async fn personal_token_of(
    database: &Database,
    session: PersonalSessionId,
) -> Result<Option<PersonalTokenInfo>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT id, created_at, expires_at FROM personal_access_tokens \
                 WHERE session_id = $1",
            )
            .bind(session.as_uuid()),
        )
        .await?;
    row.map(|row| {
        Ok(PersonalTokenInfo {
            id: TokenId::from_uuid(row.get("id")?),
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
        })
    })
    .transpose()
}
