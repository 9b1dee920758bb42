use std::collections::HashMap;

use cqrs_es::Aggregate;
use muniment_domain::{
    BrowserSessionId, CompatSession, CompatSessionId, CompatSsoLoginId, User, UserId,
};
use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::{
    page::{Page, PageRequest, count},
    session_times::SessionTimes,
};
use crate::{
    Projection,
    compat_sessions::CompatSessions,
    reads::{Reads, Standing},
};

/// A session of the legacy Matrix login. Times are microseconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct CompatSessionRow {
    pub id: CompatSessionId,
    pub user_id: UserId,
    pub device_id: Option<String>,
    pub browser_session_id: Option<BrowserSessionId>,
    pub is_synapse_admin: bool,
    pub human_name: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
    /// How the user came to it through the browser.
    pub sso_login: Option<SsoLoginRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoLoginRow {
    pub id: CompatSsoLoginId,
    pub redirect_uri: String,
    pub requested_at: i64,
    pub confirmed_at: i64,
}

impl std::fmt::Debug for CompatSessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompatSessionRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Conditions on sessions of the legacy Matrix login; all that are given must hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct CompatSessionFilter {
    pub user: Option<UserId>,
    pub browser_session: Option<BrowserSessionId>,
    /// Going on, or ended.
    pub active: Option<bool>,
    /// Begun through the browser, or not.
    pub has_sso_login: Option<bool>,
    pub times: SessionTimes,
}

impl CompatSessionFilter {
    pub(super) fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        if let Some(user) = self.user {
            query = query.push_with(" AND user_id = {}", user.as_uuid());
        }
        if let Some(session) = self.browser_session {
            query = query.push_with(" AND browser_session_id = {}", session.as_uuid());
        }
        if let Some(active) = self.active {
            query = query.push(if active {
                " AND finished_at IS NULL"
            } else {
                " AND finished_at IS NOT NULL"
            });
        }
        if let Some(wanted) = self.has_sso_login {
            query = query.push(if wanted {
                " AND sso_login_id IS NOT NULL"
            } else {
                " AND sso_login_id IS NULL"
            });
        }
        self.times.apply(query, "compat_sessions")
    }
}

pub(super) const COLUMNS: &str = "id, user_id, device_id, browser_session_id, \
    is_synapse_admin, human_name, user_agent, created_at, finished_at, sso_login_id, \
    sso_redirect_uri, sso_requested_at, sso_confirmed_at";

impl Standing for CompatSessionRow {
    const AGGREGATE: &'static str = CompatSession::TYPE;
    const COLUMNS: &'static str = COLUMNS;

    fn projection() -> &'static dyn Projection {
        &CompatSessions
    }

    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let sso_login = match row.get::<Option<uuid::Uuid>, _>("sso_login_id")? {
            None => None,
            Some(id) => Some(SsoLoginRow {
                id: CompatSsoLoginId::from_uuid(id),
                redirect_uri: row
                    .get::<Option<String>, _>("sso_redirect_uri")?
                    .unwrap_or_default(),
                requested_at: row
                    .get::<Option<i64>, _>("sso_requested_at")?
                    .unwrap_or_default(),
                confirmed_at: row
                    .get::<Option<i64>, _>("sso_confirmed_at")?
                    .unwrap_or_default(),
            }),
        };
        Ok(Self {
            id: CompatSessionId::from_uuid(row.get("id")?),
            user_id: UserId::from_uuid(row.get("user_id")?),
            device_id: row.get("device_id")?,
            browser_session_id: row
                .get::<Option<uuid::Uuid>, _>("browser_session_id")?
                .map(BrowserSessionId::from_uuid),
            is_synapse_admin: row.get("is_synapse_admin")?,
            human_name: row.get("human_name")?,
            user_agent: row.get("user_agent")?,
            created_at: row.get("created_at")?,
            finished_at: row.get("finished_at")?,
            sso_login,
        })
    }

    fn others(&self) -> Vec<StreamId> {
        vec![StreamId::new(User::TYPE, self.user_id.as_uuid())]
    }
}

pub async fn compat_session(
    reads: &Reads,
    id: CompatSessionId,
) -> Result<Option<CompatSessionRow>, DatabaseError> {
    reads.one(id.as_uuid()).await
}

/// Several sessions; those that there are not are missing.
pub async fn compat_sessions(
    reads: &Reads,
    ids: &[CompatSessionId],
) -> Result<HashMap<CompatSessionId, CompatSessionRow>, DatabaseError> {
    let ids: Vec<_> = ids.iter().map(CompatSessionId::as_uuid).collect();
    let found: HashMap<_, CompatSessionRow> = reads.many(&ids).await?;
    Ok(found.into_values().map(|row| (row.id, row)).collect())
}

pub async fn list_compat_sessions(
    database: &Database,
    filter: &CompatSessionFilter,
    page: PageRequest,
) -> Result<Page<CompatSessionRow>, DatabaseError> {
    let all = query(format!("SELECT {COLUMNS} FROM compat_sessions WHERE "));
    page.fetch(database, filter.apply(all), CompatSessionRow::read)
        .await
}

pub async fn count_compat_sessions(
    database: &Database,
    filter: &CompatSessionFilter,
) -> Result<u64, DatabaseError> {
    let all = query("SELECT count(*) FROM compat_sessions WHERE ");
    count(database, filter.apply(all)).await
}

/// A user's sessions that go on, oldest first; at most `limit`.
pub async fn active_compat_sessions(
    database: &Database,
    user: UserId,
    limit: u32,
) -> Result<Vec<CompatSessionRow>, DatabaseError> {
    let found = query(format!(
        "SELECT {COLUMNS} FROM compat_sessions \
         WHERE user_id = $1 AND finished_at IS NULL ORDER BY id LIMIT $2"
    ));
    database
        .fetch_all(found.bind(user.as_uuid()).bind(limit))
        .await?
        .iter()
        .map(CompatSessionRow::read)
        .collect()
}

/// The devices of all sessions of a user that go on.
pub async fn active_compat_devices(
    reads: &Reads,
    user: UserId,
) -> Result<Vec<String>, DatabaseError> {
    reads.refuse_stopped(&[&CompatSessions]).await?;
    reads
        .database()
        .fetch_all(
            query(
                "SELECT device_id FROM compat_sessions \
                 WHERE user_id = $1 AND finished_at IS NULL AND device_id IS NOT NULL",
            )
            .bind(user.as_uuid()),
        )
        .await?
        .iter()
        .map(|row| row.get("device_id"))
        .collect()
}

/// A user's sessions of a device that go on.
pub async fn active_compat_sessions_of_device(
    database: &Database,
    user: UserId,
    device: &str,
) -> Result<Vec<CompatSessionId>, DatabaseError> {
    let found = query(
        "SELECT id FROM compat_sessions \
         WHERE user_id = $1 AND finished_at IS NULL AND device_id = $2 ORDER BY id",
    );
    ids(database, found.bind(user.as_uuid()).bind(device)).await
}

/// Those of a user's sessions that have not been used for longest, so many at most. One that was never
/// used counts from its beginning.
pub async fn least_recently_used_compat_sessions(
    database: &Database,
    user: UserId,
    limit: u32,
) -> Result<Vec<CompatSessionId>, DatabaseError> {
    let found = query(
        "SELECT s.id FROM compat_sessions s JOIN users u ON u.id = s.user_id \
         LEFT JOIN session_activity a ON a.session_id = s.id \
         WHERE s.user_id = $1 AND s.finished_at IS NULL \
         AND s.created_at >= u.sessions_valid_from \
         ORDER BY COALESCE(a.last_active_at, s.created_at), s.created_at, s.id LIMIT $2",
    );
    ids(database, found.bind(user.as_uuid()).bind(limit)).await
}

async fn ids(database: &Database, found: Query<'_>) -> Result<Vec<CompatSessionId>, DatabaseError> {
    let rows = database.fetch_all(found).await?;
    let read = |row: &Row| Ok(CompatSessionId::from_uuid(row.get("id")?));
    rows.iter().map(read).collect()
}
