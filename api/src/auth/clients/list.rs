//! All clients as one list, in the order of their ids, wherever they are known from.

use std::sync::Arc;

use muniment_projections::queries::{self, ClientFilter, Page, PageRequest, has_active_sessions};
use muniment_store::{
    grants::ClientIndex,
    sql::{Database, DatabaseError},
};

use super::{Client, ClientOrigin, Clients};

/// Whether a client is one of the configuration, or registered itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    Dynamic,
    Static,
}

/// Which clients are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub kind: Option<ClientKind>,
    pub filter: ClientFilter,
}

impl Clients {
    pub async fn list(
        &self,
        database: &Database,
        wanted: &Wanted,
        page: PageRequest,
    ) -> Result<Page<Arc<Client>>, DatabaseError> {
        let mut clients = Vec::new();
        let mut has_more = false;
        if wanted.kind != Some(ClientKind::Static) {
            let found = queries::list_clients(database, &wanted.filter, page).await?;
            has_more = found.has_more;
            clients.extend(found.items.into_iter().map(|row| {
                let origin = if row.is_pending {
                    ClientOrigin::Pending
                } else {
                    ClientOrigin::Registered
                };
                Arc::new(Client::of_metadata(row.id, origin, row.metadata))
            }));
        }
        clients.extend(self.configured_among(database, wanted).await?);
        clients.sort_by_key(|client| client.id);
        let cut = page.cut(&clients, |client| client.id.as_uuid());
        Ok(Page {
            items: cut.items,
            has_more: has_more || cut.has_more,
        })
    }

    pub async fn count(&self, database: &Database, wanted: &Wanted) -> Result<u64, DatabaseError> {
        let registered = match wanted.kind {
            Some(ClientKind::Static) => 0,
            _ => queries::count_clients(database, &wanted.filter).await?,
        };
        let configured = self.configured_among(database, wanted).await?;
        Ok(registered + configured.len() as u64)
    }

    /// Those of the configuration, of which there are few.
    async fn configured_among(
        &self,
        database: &Database,
        wanted: &Wanted,
    ) -> Result<Vec<Arc<Client>>, DatabaseError> {
        let mut found = Vec::new();
        if wanted.kind == Some(ClientKind::Dynamic) {
            return Ok(found);
        }
        for client in self.configured() {
            if !matches(&wanted.filter, client) {
                continue;
            }
            if let Some(active) = wanted.filter.has_active_sessions
                && has_active_sessions(database, client.id).await? != active
            {
                continue;
            }
            found.push(client.clone());
        }
        Ok(found)
    }
}

/// What the database answers for the others.
fn matches(filter: &ClientFilter, client: &Client) -> bool {
    let index = ClientIndex::of(&client.metadata);
    let contains = |text: &Option<String>, part: &Option<String>| {
        part.as_ref().is_none_or(|part| {
            text.as_ref()
                .is_some_and(|text| text.contains(&part.to_lowercase()))
        })
    };
    contains(&index.name_folded, &filter.name)
        && contains(&index.uri_folded, &filter.uri)
        && filter
            .grant_type
            .as_ref()
            .is_none_or(|grant| client.may_use(grant))
}
