use muniment_domain::UserId;
use muniment_store::sql::{Database, DatabaseError, query};

/// How many sessions of a user go on, for limits (contract oauth2.md 13.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCountsRow {
    pub oauth2: u64,
    pub compat: u64,
    /// Of those in which the user acts for the own account.
    pub personal: u64,
}

pub async fn session_counts(
    database: &Database,
    user: UserId,
) -> Result<SessionCountsRow, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT \
                 (SELECT count(*) FROM oauth2_sessions s WHERE s.user_id = u.id \
                  AND s.finished_at IS NULL AND s.created_at >= u.sessions_valid_from) AS oauth2, \
                 (SELECT count(*) FROM compat_sessions s WHERE s.user_id = u.id \
                  AND s.finished_at IS NULL AND s.created_at >= u.sessions_valid_from) AS compat, \
                 (SELECT count(*) FROM personal_sessions s WHERE s.actor_user_id = u.id \
                  AND s.owner_user_id = u.id AND s.revoked_at IS NULL \
                  AND s.created_at >= u.sessions_valid_from) AS personal \
                 FROM users u WHERE u.id = $1",
            )
            .bind(user.as_uuid()),
        )
        .await?;
    let count = |name| -> Result<u64, DatabaseError> {
        let count = row.as_ref().map(|row| row.get::<i64, _>(name));
        Ok(count.transpose()?.unwrap_or_default().unsigned_abs())
    };
    Ok(SessionCountsRow {
        oauth2: count("oauth2")?,
        compat: count("compat")?,
        personal: count("personal")?,
    })
}
