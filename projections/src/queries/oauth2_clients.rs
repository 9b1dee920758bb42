use std::collections::HashMap;

use cqrs_es::Aggregate;
use muniment_domain::{Client, ClientId, ClientMetadata};
use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};

use super::page::{Page, PageRequest, count, push_contains};

use crate::{
    Projection,
    oauth2_clients::Oauth2Clients,
    reads::{Reads, Standing},
};

/// A client that registered itself and that somebody has consented to. Times are microseconds since
/// 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientRow {
    pub id: ClientId,
    pub metadata: ClientMetadata,
    pub created_at: i64,
    pub deleted_at: Option<i64>,
}

impl Standing for ClientRow {
    const AGGREGATE: &'static str = Client::TYPE;
    const COLUMNS: &'static str = "id, metadata, created_at, deleted_at";

    fn projection() -> &'static dyn Projection {
        &Oauth2Clients
    }

    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: ClientId::from_uuid(row.get("id")?),
            // Written from metadata; what is not that any more can do nothing.
            metadata: serde_json::from_str(&row.get::<String, _>("metadata")?).unwrap_or_default(),
            created_at: row.get("created_at")?,
            deleted_at: row.get("deleted_at")?,
        })
    }

    fn others(&self) -> Vec<StreamId> {
        Vec::new()
    }
}

/// A client of the log, unless it was deleted.
pub async fn registered_client(
    reads: &Reads,
    id: ClientId,
) -> Result<Option<ClientRow>, DatabaseError> {
    let found: Option<ClientRow> = reads.one(id.as_uuid()).await?;
    Ok(found.filter(|client| client.deleted_at.is_none()))
}

/// Several clients of the log; those that were deleted are missing.
pub async fn registered_clients(
    reads: &Reads,
    ids: &[ClientId],
) -> Result<HashMap<ClientId, ClientRow>, DatabaseError> {
    let ids: Vec<_> = ids.iter().map(ClientId::as_uuid).collect();
    let found: HashMap<_, ClientRow> = reads.many(&ids).await?;
    let there = found.into_values().filter(|row| row.deleted_at.is_none());
    Ok(there.map(|row| (row.id, row)).collect())
}

/// Conditions on clients that registered themselves; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct ClientFilter {
    /// Part of its name, in any case.
    pub name: Option<String>,
    /// Part of its page's address, in any case.
    pub uri: Option<String>,
    /// It may use this grant.
    pub grant_type: Option<String>,
    /// It has sessions that go on.
    pub has_active_sessions: Option<bool>,
}

/// A client of a list, wherever it is known from.
#[derive(Debug, Clone)]
pub struct ListedClientRow {
    pub id: ClientId,
    pub metadata: ClientMetadata,
    /// Nobody has consented to it yet.
    pub is_pending: bool,
}

/// Clients of the log, and those that wait for a first consent.
const ALL: &str = "FROM ( \
        SELECT id, metadata, 0 AS pending, client_name_folded, client_uri_folded, grant_types \
        FROM oauth2_clients WHERE deleted_at IS NULL \
        UNION ALL \
        SELECT id, metadata, 1 AS pending, client_name_folded, client_uri_folded, grant_types \
        FROM oauth2_pending_clients \
    ) c WHERE ";

const HAS_ACTIVE_SESSION: &str = "EXISTS (SELECT 1 FROM oauth2_sessions s \
    WHERE s.client_id = c.id AND s.finished_at IS NULL)";

impl ClientFilter {
    fn apply<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        query = query.push("1 = 1");
        if let Some(name) = &self.name {
            query = push_contains(query, "client_name_folded", name);
        }
        if let Some(uri) = &self.uri {
            query = push_contains(query, "client_uri_folded", uri);
        }
        if let Some(grant) = &self.grant_type {
            query = query.push_with(
                " AND replace(grant_types, {}, '') <> grant_types",
                format!(" {grant} "),
            );
        }
        if let Some(wanted) = self.has_active_sessions {
            query = query.push(if wanted { " AND " } else { " AND NOT " });
            query = query.push(HAS_ACTIVE_SESSION);
        }
        query
    }
}

fn listed(row: &Row) -> Result<ListedClientRow, DatabaseError> {
    Ok(ListedClientRow {
        id: ClientId::from_uuid(row.get("id")?),
        // Written from metadata; what is not that any more can do nothing.
        metadata: serde_json::from_str(&row.get::<String, _>("metadata")?).unwrap_or_default(),
        is_pending: row.get::<i64, _>("pending")? != 0,
    })
}

pub async fn list_clients(
    database: &Database,
    filter: &ClientFilter,
    page: PageRequest,
) -> Result<Page<ListedClientRow>, DatabaseError> {
    let all = query(format!(
        "SELECT id, metadata, CAST(pending AS BIGINT) AS pending {ALL}"
    ));
    page.fetch(database, filter.apply(all), listed).await
}

pub async fn count_clients(
    database: &Database,
    filter: &ClientFilter,
) -> Result<u64, DatabaseError> {
    let all = query(format!("SELECT count(*) {ALL}"));
    count(database, filter.apply(all)).await
}

/// Whether a client has a session that goes on.
pub async fn has_active_sessions(
    database: &Database,
    client: ClientId,
) -> Result<bool, DatabaseError> {
    let found =
        query("SELECT 1 FROM oauth2_sessions WHERE client_id = $1 AND finished_at IS NULL LIMIT 1");
    let row = database
        .fetch_optional(found.bind(client.as_uuid()))
        .await?;
    Ok(row.is_some())
}
