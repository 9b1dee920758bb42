//! Sign-ins of the legacy Matrix login through the browser: those that became sessions, which the log
//! knows, and those that a person has confirmed and the client has not come back for yet.

use muniment_domain::{CompatSessionId, CompatSsoLoginId, UserId};
use muniment_store::sql::{Database, DatabaseError, Query, Row, query};

use super::page::{Page, PageRequest, count};

/// A sign-in that a user has confirmed. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSsoLoginRow {
    pub id: CompatSsoLoginId,
    pub redirect_uri: String,
    pub requested_at: i64,
    pub confirmed_at: i64,
    /// When the client came for its session, and the session.
    pub exchanged: Option<(i64, CompatSessionId)>,
}

fn of_user(select: &str, user: UserId) -> Query<'static> {
    query(format!(
        "SELECT {select} FROM ( \
            SELECT sso_login_id AS id, sso_redirect_uri AS redirect_uri, \
                sso_requested_at AS requested_at, sso_confirmed_at AS confirmed_at, \
                created_at AS exchanged_at, id AS session_id \
            FROM compat_sessions WHERE sso_login_id IS NOT NULL"
    ))
    .push_with(" AND user_id = {}", user.as_uuid())
    .push(
        " UNION ALL \
            SELECT l.id, l.redirect_uri, l.created_at, l.fulfilled_at, \
                CAST(NULL AS BIGINT), CAST(NULL AS UUID) \
            FROM browser_sessions b \
            JOIN compat_sso_logins l ON l.browser_session_id = b.id \
            WHERE l.fulfilled_at IS NOT NULL AND NOT EXISTS \
                (SELECT 1 FROM compat_sessions s WHERE s.sso_login_id = l.id)",
    )
    .push_with(" AND b.user_id = {}", user.as_uuid())
    .push(") l WHERE 1 = 1")
}

fn read(row: &Row) -> Result<UserSsoLoginRow, DatabaseError> {
    let at: Option<i64> = row.get("exchanged_at")?;
    let session: Option<uuid::Uuid> = row.get("session_id")?;
    Ok(UserSsoLoginRow {
        id: CompatSsoLoginId::from_uuid(row.get("id")?),
        redirect_uri: row
            .get::<Option<String>, _>("redirect_uri")?
            .unwrap_or_default(),
        requested_at: row
            .get::<Option<i64>, _>("requested_at")?
            .unwrap_or_default(),
        confirmed_at: row
            .get::<Option<i64>, _>("confirmed_at")?
            .unwrap_or_default(),
        exchanged: at.zip(session.map(CompatSessionId::from_uuid)),
    })
}

/// What a user has confirmed in a browser session of theirs.
pub async fn list_sso_logins(
    database: &Database,
    user: UserId,
    page: PageRequest,
) -> Result<Page<UserSsoLoginRow>, DatabaseError> {
    page.fetch(database, of_user("*", user), read).await
}

pub async fn count_sso_logins(database: &Database, user: UserId) -> Result<u64, DatabaseError> {
    count(database, of_user("count(*)", user)).await
}
