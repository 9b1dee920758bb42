//! Which sessions began with a sign-in at an upstream provider.

use muniment_domain::{
    BrowserSessionId, CompatSessionId, Oauth2SessionId, UpstreamProviderId, UserId,
};
use muniment_store::sql::{Database, DatabaseError, Row, query};

/// A browser session that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamBrowserSession {
    pub id: BrowserSessionId,
    pub user_id: UserId,
}

/// Browser sessions that go on and in which the user signed in at this provider, as the subject or by
/// the session there, if given: both must fit. Whose link is gone does not belong there any more.
pub async fn browser_sessions_from_upstream(
    database: &Database,
    provider: UpstreamProviderId,
    subject: Option<&str>,
    sid: Option<&str>,
    limit: u32,
) -> Result<Vec<UpstreamBrowserSession>, DatabaseError> {
    let mut found = query(
        "SELECT DISTINCT b.id, b.user_id FROM upstream_sessions s \
         JOIN upstream_links l ON l.id = s.link_id AND l.user_id = s.user_id \
         JOIN browser_sessions b ON b.id = s.browser_session_id \
         WHERE b.finished_at IS NULL",
    )
    .push_with(" AND s.provider_id = {}", provider.as_uuid())
    .push_with(" AND l.provider_id = {}", provider.as_uuid());
    if let Some(subject) = subject {
        found = found.push_with(" AND l.subject = {}", subject);
    }
    if let Some(sid) = sid {
        found = found.push_with(" AND s.sid = {}", sid);
    }
    let found = found.push_with(" ORDER BY b.id LIMIT {}", limit);
    let rows = database.fetch_all(found).await?;
    let read = |row: &Row| {
        Ok(UpstreamBrowserSession {
            id: BrowserSessionId::from_uuid(row.get("id")?),
            user_id: UserId::from_uuid(row.get("user_id")?),
        })
    };
    rows.iter().map(read).collect()
}

/// Sessions of clients that go on and were allowed in a browser session; at most `limit`.
pub async fn oauth2_sessions_begun_in(
    database: &Database,
    browser: BrowserSessionId,
    limit: u32,
) -> Result<Vec<Oauth2SessionId>, DatabaseError> {
    let ids = begun_in(database, "oauth2_sessions", browser, limit).await?;
    Ok(ids.into_iter().map(Oauth2SessionId::from_uuid).collect())
}

/// The same, of the legacy Matrix login.
pub async fn compat_sessions_begun_in(
    database: &Database,
    browser: BrowserSessionId,
    limit: u32,
) -> Result<Vec<CompatSessionId>, DatabaseError> {
    let ids = begun_in(database, "compat_sessions", browser, limit).await?;
    Ok(ids.into_iter().map(CompatSessionId::from_uuid).collect())
}

async fn begun_in(
    database: &Database,
    table: &str,
    browser: BrowserSessionId,
    limit: u32,
) -> Result<Vec<uuid::Uuid>, DatabaseError> {
    let found = query(format!("SELECT id FROM {table} WHERE finished_at IS NULL"))
        .push_with(" AND browser_session_id = {}", browser.as_uuid())
        .push_with(" ORDER BY id LIMIT {}", limit);
    let rows = database.fetch_all(found).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Forgets sign-ins whose browser session ended before `before`, or is no more: `limit` of those
/// used longest ago at most; answers how many.
pub async fn purge_upstream_sessions(
    database: &Database,
    before: i64,
    limit: u32,
) -> Result<u64, DatabaseError> {
    let statement = query(
        "DELETE FROM upstream_sessions WHERE id IN (SELECT s.id FROM upstream_sessions s \
         LEFT JOIN browser_sessions b ON b.id = s.browser_session_id \
         WHERE s.consumed_at < $1 AND (b.id IS NULL OR b.finished_at < $2) \
         ORDER BY s.consumed_at LIMIT $3)",
    )
    .bind(before)
    .bind(before)
    .bind(limit);
    database.execute(statement).await
}
