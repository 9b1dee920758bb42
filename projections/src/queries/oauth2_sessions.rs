use std::collections::HashMap;

use cqrs_es::Aggregate;
use muniment_domain::{
    BrowserSessionId, Client, ClientId, Oauth2Session, Oauth2SessionId, Scope, User, UserId,
};
use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::{
    page::{Page, PageRequest, count, push_in, push_scope},
    session_times::SessionTimes,
};
use crate::{
    Projection,
    oauth2_sessions::Oauth2Sessions,
    reads::{Reads, Standing},
    users::Users,
};

/// An OAuth 2.0 session. Times are microseconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct Oauth2SessionRow {
    pub id: Oauth2SessionId,
    pub client_id: ClientId,
    pub user_id: Option<UserId>,
    pub browser_session_id: Option<BrowserSessionId>,
    pub scope: Scope,
    pub user_agent: Option<String>,
    pub human_name: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

impl std::fmt::Debug for Oauth2SessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oauth2SessionRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Conditions on OAuth 2.0 sessions; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct Oauth2SessionFilter {
    pub user: Option<UserId>,
    /// Of any of these clients; no condition when empty.
    pub clients: Vec<ClientId>,
    /// Whether it is of one of these clients; of all others if not.
    pub of_clients: Option<(bool, Vec<ClientId>)>,
    pub browser_session: Option<BrowserSessionId>,
    /// Has all these tokens in its scope.
    pub scope: Vec<String>,
    /// Going on, or ended.
    pub active: Option<bool>,
    pub times: SessionTimes,
}

impl Oauth2SessionFilter {
    pub(super) fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        let uuids = |clients: &[ClientId]| clients.iter().map(ClientId::as_uuid).collect();
        query = query.push("1 = 1");
        if let Some(user) = self.user {
            query = query.push_with(" AND user_id = {}", user.as_uuid());
        }
        if !self.clients.is_empty() {
            query = push_in(query.push(" AND client_id"), uuids(&self.clients));
        }
        query = match &self.of_clients {
            None => query,
            Some((true, clients)) if clients.is_empty() => query.push(" AND 1 = 0"),
            Some((false, clients)) if clients.is_empty() => query,
            Some((true, clients)) => push_in(query.push(" AND client_id"), uuids(clients)),
            Some((false, clients)) => push_in(query.push(" AND NOT client_id"), uuids(clients)),
        };
        if let Some(session) = self.browser_session {
            query = query.push_with(" AND browser_session_id = {}", session.as_uuid());
        }
        for token in &self.scope {
            query = push_scope(query, token);
        }
        if let Some(active) = self.active {
            query = query.push(if active {
                " AND finished_at IS NULL"
            } else {
                " AND finished_at IS NOT NULL"
            });
        }
        self.times.apply(query, "oauth2_sessions")
    }
}

pub(super) const COLUMNS: &str = "id, client_id, user_id, browser_session_id, scope, \
    user_agent, human_name, created_at, finished_at";

impl Standing for Oauth2SessionRow {
    const AGGREGATE: &'static str = Oauth2Session::TYPE;
    const COLUMNS: &'static str = COLUMNS;

    fn projection() -> &'static dyn Projection {
        &Oauth2Sessions
    }

    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: Oauth2SessionId::from_uuid(row.get("id")?),
            client_id: ClientId::from_uuid(row.get("client_id")?),
            user_id: row
                .get::<Option<uuid::Uuid>, _>("user_id")?
                .map(UserId::from_uuid),
            browser_session_id: row
                .get::<Option<uuid::Uuid>, _>("browser_session_id")?
                .map(BrowserSessionId::from_uuid),
            // Written from a scope; what is not one any more grants nothing.
            scope: Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default(),
            user_agent: row.get("user_agent")?,
            human_name: row.get("human_name")?,
            created_at: row.get("created_at")?,
            finished_at: row.get("finished_at")?,
        })
    }

    fn others(&self) -> Vec<StreamId> {
        let client = StreamId::new(Client::TYPE, self.client_id.as_uuid());
        let user = self.user_id;
        let user = user.map(|id| StreamId::new(User::TYPE, id.as_uuid()));
        user.into_iter().chain([client]).collect()
    }
}

pub async fn oauth2_session(
    reads: &Reads,
    id: Oauth2SessionId,
) -> Result<Option<Oauth2SessionRow>, DatabaseError> {
    reads.one(id.as_uuid()).await
}

/// Several sessions; those that there are not are missing.
pub async fn oauth2_sessions(
    reads: &Reads,
    ids: &[Oauth2SessionId],
) -> Result<HashMap<Oauth2SessionId, Oauth2SessionRow>, DatabaseError> {
    let ids: Vec<_> = ids.iter().map(Oauth2SessionId::as_uuid).collect();
    let found: HashMap<_, Oauth2SessionRow> = reads.many(&ids).await?;
    Ok(found.into_values().map(|row| (row.id, row)).collect())
}

pub async fn list_oauth2_sessions(
    database: &Database,
    filter: &Oauth2SessionFilter,
    page: PageRequest,
) -> Result<Page<Oauth2SessionRow>, DatabaseError> {
    let all = query(format!("SELECT {COLUMNS} FROM oauth2_sessions WHERE "));
    page.fetch(database, filter.apply(all), Oauth2SessionRow::read)
        .await
}

pub async fn count_oauth2_sessions(
    database: &Database,
    filter: &Oauth2SessionFilter,
) -> Result<u64, DatabaseError> {
    let all = query("SELECT count(*) FROM oauth2_sessions WHERE ");
    count(database, filter.apply(all)).await
}

/// A user's sessions that go on, oldest first; at most `limit`.
pub async fn active_oauth2_sessions(
    database: &Database,
    user: UserId,
    limit: u32,
) -> Result<Vec<Oauth2SessionRow>, DatabaseError> {
    let found = query(format!(
        "SELECT {COLUMNS} FROM oauth2_sessions \
         WHERE user_id = $1 AND finished_at IS NULL ORDER BY id LIMIT $2"
    ));
    database
        .fetch_all(found.bind(user.as_uuid()).bind(limit))
        .await?
        .iter()
        .map(Oauth2SessionRow::read)
        .collect()
}

/// The scopes of a user's sessions that have not ended.
pub async fn active_oauth2_scopes(
    reads: &Reads,
    user: UserId,
) -> Result<Vec<Scope>, DatabaseError> {
    reads.refuse_stopped(&[&Oauth2Sessions, &Users]).await?;
    let rows = reads
        .database()
        .fetch_all(
            query(
                "SELECT s.scope FROM oauth2_sessions s JOIN users u ON u.id = s.user_id \
                 WHERE s.user_id = $1 AND s.finished_at IS NULL \
                 AND s.created_at >= u.sessions_valid_from ORDER BY s.id",
            )
            .bind(user.as_uuid()),
        )
        .await?;
    rows.iter()
        .map(|row| Ok(Scope::try_from(row.get::<String, _>("scope")?).unwrap_or_default()))
        .collect()
}
