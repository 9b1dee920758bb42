use std::collections::HashMap;

use cqrs_es::Aggregate;
use muniment_domain::{
    AuthenticationId, BrowserSession, BrowserSessionId, UpstreamLinkId, User, UserId,
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
    browser_sessions::BrowserSessions,
    reads::{Reads, Standing},
};

/// A browser's signed-in session. Times are microseconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserSessionRow {
    pub id: BrowserSessionId,
    pub user_id: UserId,
    pub created_at: i64,
    pub finished_at: Option<i64>,
    pub user_agent: Option<String>,
    /// Where it began.
    pub ip: Option<String>,
    /// The latest.
    pub authentication: Option<AuthenticationRow>,
}

/// A proof of who the user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationRow {
    pub id: AuthenticationId,
    /// Microseconds since 1970.
    pub at: i64,
    pub kind: AuthenticationKind,
    /// By which the user last came in from an upstream provider.
    pub upstream_link_id: Option<UpstreamLinkId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticationKind {
    Password,
    Upstream,
    Issued,
}

impl std::fmt::Debug for BrowserSessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrowserSessionRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Conditions on browser sessions; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct BrowserSessionFilter {
    pub user: Option<UserId>,
    /// Going on, or ended.
    pub active: Option<bool>,
    pub times: SessionTimes,
}

const COLUMNS: &str = "id, user_id, created_at, finished_at, user_agent, ip, \
    authentication_id, authenticated_at, authentication_method, upstream_link_id";

impl BrowserSessionFilter {
    fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        if let Some(user) = self.user {
            query = query.push_with(" AND user_id = {}", user.as_uuid());
        }
        if let Some(active) = self.active {
            query = query.push(if active {
                " AND finished_at IS NULL"
            } else {
                " AND finished_at IS NOT NULL"
            });
        }
        self.times.apply(query, "browser_sessions")
    }
}

impl Standing for BrowserSessionRow {
    const AGGREGATE: &'static str = BrowserSession::TYPE;
    const COLUMNS: &'static str = COLUMNS;

    fn projection() -> &'static dyn Projection {
        &BrowserSessions
    }

    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let authentication = match row.get::<Option<uuid::Uuid>, _>("authentication_id")? {
            None => None,
            Some(id) => Some(AuthenticationRow {
                id: AuthenticationId::from_uuid(id),
                at: row
                    .get::<Option<i64>, _>("authenticated_at")?
                    .unwrap_or_default(),
                kind: match row
                    .get::<Option<String>, _>("authentication_method")?
                    .as_deref()
                {
                    Some("password") => AuthenticationKind::Password,
                    Some("upstream") => AuthenticationKind::Upstream,
                    _ => AuthenticationKind::Issued,
                },
                upstream_link_id: row
                    .get::<Option<uuid::Uuid>, _>("upstream_link_id")?
                    .map(UpstreamLinkId::from_uuid),
            }),
        };
        Ok(Self {
            id: BrowserSessionId::from_uuid(row.get("id")?),
            user_id: UserId::from_uuid(row.get("user_id")?),
            created_at: row.get("created_at")?,
            finished_at: row.get("finished_at")?,
            user_agent: row.get("user_agent")?,
            ip: row.get("ip")?,
            authentication,
        })
    }

    fn others(&self) -> Vec<StreamId> {
        vec![StreamId::new(User::TYPE, self.user_id.as_uuid())]
    }
}

pub async fn browser_session(
    reads: &Reads,
    id: BrowserSessionId,
) -> Result<Option<BrowserSessionRow>, DatabaseError> {
    reads.one(id.as_uuid()).await
}

/// Several sessions; those that there are not are missing.
pub async fn browser_sessions(
    reads: &Reads,
    ids: &[BrowserSessionId],
) -> Result<HashMap<BrowserSessionId, BrowserSessionRow>, DatabaseError> {
    let ids: Vec<_> = ids.iter().map(BrowserSessionId::as_uuid).collect();
    let found: HashMap<_, BrowserSessionRow> = reads.many(&ids).await?;
    Ok(found.into_values().map(|row| (row.id, row)).collect())
}

pub async fn list_browser_sessions(
    database: &Database,
    filter: &BrowserSessionFilter,
    page: PageRequest,
) -> Result<Page<BrowserSessionRow>, DatabaseError> {
    let all = query(format!("SELECT {COLUMNS} FROM browser_sessions WHERE "));
    page.fetch(database, filter.apply(all), BrowserSessionRow::read)
        .await
}

pub async fn count_browser_sessions(
    database: &Database,
    filter: &BrowserSessionFilter,
) -> Result<u64, DatabaseError> {
    let query = filter.apply(query("SELECT count(*) FROM browser_sessions WHERE "));
    count(database, query).await
}
