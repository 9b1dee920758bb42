//! `oauth2_clients`: clients that registered themselves and that somebody has consented to.

use muniment_domain::{ClientEvent, Event};
use muniment_store::{
    grants::ClientIndex,
    log::{Applied, FollowError},
    sql::query,
};

use crate::{Projection, Target, projection::Write};

#[derive(Debug)]
pub(crate) struct Oauth2Clients;

impl Projection for Oauth2Clients {
    fn name(&self) -> &'static str {
        "oauth2_clients"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["oauth2_clients"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let table = target.table("oauth2_clients");
        let at = applied.record.recorded_at;
        let statement = match applied.event {
            Event::Client(ClientEvent::ClientRegistered {
                client_id,
                metadata,
            }) => {
                let index = ClientIndex::of(metadata);
                let metadata =
                    serde_json::to_string(metadata).map_err(|error| FollowError::Apply {
                        projection: self.name(),
                        position: applied.record.position,
                        reason: error.to_string(),
                    })?;
                query(format!(
                    "INSERT INTO {table} (id, metadata, created_at, client_name_folded, \
                     client_uri_folded, grant_types) VALUES ($1, $2, $3, $4, $5, $6)"
                ))
                .bind(client_id.as_uuid())
                .bind(metadata)
                .bind(at)
                .bind(index.name_folded)
                .bind(index.uri_folded)
                .bind(index.grant_types)
            }
            Event::Client(ClientEvent::ClientDeleted { client_id }) => {
                query(format!("UPDATE {table} SET deleted_at = $1 WHERE id = $2"))
                    .bind(at)
                    .bind(client_id.as_uuid())
            }
            _ => return Ok(Vec::new()),
        };
        Ok(Write::row(statement))
    }
}
