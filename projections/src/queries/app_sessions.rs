//! Sessions of applications, whichever way they signed in: of OAuth 2.0 clients and of the legacy
//! Matrix login, as one list.

use muniment_domain::{BrowserSessionId, UserId};
use muniment_store::sql::{Database, DatabaseError, Query, Row, query};
use uuid::Uuid;

use super::{
    compat_sessions::{CompatSessionFilter, CompatSessionRow},
    oauth2_sessions::{Oauth2SessionFilter, Oauth2SessionRow},
    page::{Direction, Page, PageRequest, count, push_any_scope},
    session_times::SessionTimes,
};
use crate::reads::Standing;

/// A session of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppSessionRow {
    Compat(CompatSessionRow),
    Oauth2(Oauth2SessionRow),
}

impl AppSessionRow {
    #[must_use]
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Compat(session) => session.id.as_uuid(),
            Self::Oauth2(session) => session.id.as_uuid(),
        }
    }
}

/// Conditions on sessions of applications; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct AppSessionFilter {
    pub user: Option<UserId>,
    pub browser_session: Option<BrowserSessionId>,
    pub device: Option<DeviceFilter>,
    /// Going on, or ended.
    pub active: Option<bool>,
    pub times: SessionTimes,
}

/// A device of the homeserver.
#[derive(Debug, Clone)]
pub struct DeviceFilter {
    pub id: String,
    /// Tokens, any of which in its scope gives a session of a client the device.
    pub scopes: Vec<String>,
}

/// What both kinds are read from. Each has the columns of the other, without a value.
const COMPAT: &str = "SELECT * FROM (SELECT id, 'compat' AS kind, user_id, browser_session_id, \
    human_name, user_agent, created_at, finished_at, device_id, is_synapse_admin, sso_login_id, \
    sso_redirect_uri, sso_requested_at, sso_confirmed_at, CAST(NULL AS UUID) AS client_id, \
    CAST(NULL AS TEXT) AS scope FROM compat_sessions WHERE ";
const OAUTH2: &str = "SELECT * FROM (SELECT id, 'oauth2' AS kind, user_id, browser_session_id, \
    human_name, user_agent, created_at, finished_at, CAST(NULL AS TEXT) AS device_id, \
    CAST(NULL AS BOOLEAN) AS is_synapse_admin, CAST(NULL AS UUID) AS sso_login_id, \
    CAST(NULL AS TEXT) AS sso_redirect_uri, CAST(NULL AS BIGINT) AS sso_requested_at, \
    CAST(NULL AS BIGINT) AS sso_confirmed_at, client_id, scope FROM oauth2_sessions WHERE ";

impl AppSessionFilter {
    fn compat<'q>(&self, query: Query<'q>) -> Query<'q> {
        let filter = CompatSessionFilter {
            user: self.user,
            browser_session: self.browser_session,
            active: self.active,
            has_sso_login: None,
            times: self.times,
        };
        let query = filter.apply(query);
        match &self.device {
            None => query,
            Some(device) => query.push_with(" AND device_id = {}", device.id.as_str()),
        }
    }

    fn oauth2<'q>(&self, query: Query<'q>) -> Query<'q> {
        let filter = Oauth2SessionFilter {
            user: self.user,
            browser_session: self.browser_session,
            active: self.active,
            times: self.times,
            ..Oauth2SessionFilter::default()
        };
        let query = filter.apply(query);
        match &self.device {
            None => query,
            Some(device) => push_any_scope(query, &device.scopes),
        }
    }
}

fn read(row: &Row) -> Result<AppSessionRow, DatabaseError> {
    Ok(if row.get::<String, _>("kind")? == "compat" {
        AppSessionRow::Compat(CompatSessionRow::read(row)?)
    } else {
        AppSessionRow::Oauth2(Oauth2SessionRow::read(row)?)
    })
}

/// Each kind gives no more than a page of its own, by its index.
pub async fn list_app_sessions(
    database: &Database,
    filter: &AppSessionFilter,
    page: PageRequest,
) -> Result<Page<AppSessionRow>, DatabaseError> {
    let compat = page.end(page.bound(filter.compat(query(COMPAT))));
    let both = compat.push(") c UNION ALL ").push(OAUTH2);
    let both = page.end(page.bound(filter.oauth2(both))).push(") o");
    let rows = database.fetch_all(page.end(both)).await?;
    page.read(&rows, read)
}

pub async fn count_app_sessions(
    database: &Database,
    filter: &AppSessionFilter,
) -> Result<u64, DatabaseError> {
    let compat = filter.compat(query("SELECT (SELECT count(*) FROM compat_sessions WHERE "));
    let both = compat.push(") + (SELECT count(*) FROM oauth2_sessions WHERE ");
    count(database, filter.oauth2(both).push(")")).await
}

/// The newest session of a device that goes on: one of the legacy login, else one of a client.
pub async fn session_of_device(
    database: &Database,
    user: UserId,
    device: DeviceFilter,
) -> Result<Option<AppSessionRow>, DatabaseError> {
    let filter = AppSessionFilter {
        user: Some(user),
        device: Some(device),
        active: Some(true),
        ..AppSessionFilter::default()
    };
    let newest = PageRequest {
        after: None,
        before: None,
        direction: Direction::Backward,
        limit: 1,
    };
    let compat = filter.compat(query(COMPAT));
    let compat = newest.end(compat).push(") c");
    let oauth2 = newest.end(filter.oauth2(query(OAUTH2))).push(") o");
    for found in [compat, oauth2] {
        let rows = database.fetch_all(found).await?;
        if let Some(session) = newest.read(&rows, read)?.items.pop() {
            return Ok(Some(session));
        }
    }
    Ok(None)
}
