//! `personal_sessions`: what programs may do as users, with personal access tokens.

use muniment_domain::{ClientEvent, Event, PersonalSessionEvent, PersonalSessionOwner, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{
    Projection, Target,
    projection::{Write, readable},
};

#[derive(Debug)]
pub(crate) struct PersonalSessions;

impl Projection for PersonalSessions {
    fn name(&self) -> &'static str {
        "personal_sessions"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["personal_sessions"]
    }

    fn indexes(&self) -> &'static [&'static str] {
        &[
            "personal_sessions_actor_idx",
            "personal_sessions_owner_user_idx",
            "personal_sessions_owner_client_idx",
        ]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let table = target.table("personal_sessions");
        let at = applied.record.recorded_at;
        let statement = match applied.event {
            Event::PersonalSession(event) => match event {
                PersonalSessionEvent::PersonalSessionCreated {
                    session_id,
                    owner,
                    actor_user_id,
                    name,
                    scope,
                } => {
                    let (user, client) = match owner {
                        PersonalSessionOwner::User(id) => (Some(id.as_uuid()), None),
                        PersonalSessionOwner::Client(id) => (None, Some(id.as_uuid())),
                    };
                    query(format!(
                        "INSERT INTO {table} (id, owner_user_id, owner_client_id, \
                         actor_user_id, scope, human_name, created_at) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7)"
                    ))
                    .bind(session_id.as_uuid())
                    .bind(user)
                    .bind(client)
                    .bind(actor_user_id.as_uuid())
                    .bind(scope.to_string())
                    .bind(readable(self, applied, Some(name))?.cloned())
                    .bind(at)
                }
                PersonalSessionEvent::PersonalTokenIssued {
                    session_id,
                    token_id,
                    expires_at,
                    ..
                } => query(format!(
                    "UPDATE {table} SET token_id = $1, token_issued_at = $2, \
                     token_expires_at = $3 WHERE id = $4"
                ))
                .bind(token_id.as_uuid())
                .bind(at)
                .bind(*expires_at)
                .bind(session_id.as_uuid()),
                PersonalSessionEvent::PersonalTokenRevoked { session_id, .. } => query(format!(
                    "UPDATE {table} SET token_id = NULL, token_issued_at = NULL, \
                     token_expires_at = NULL WHERE id = $1"
                ))
                .bind(session_id.as_uuid()),
                PersonalSessionEvent::PersonalSessionRevoked { session_id, .. } => query(format!(
                    "UPDATE {table} SET revoked_at = COALESCE(revoked_at, $1) WHERE id = $2"
                ))
                .bind(at)
                .bind(session_id.as_uuid()),
            },
            // Ended with the account or the client (contract oauth2.md 21.1).
            Event::User(UserEvent::UserDeactivated { user_id, .. }) => {
                let end = query(format!(
                    "UPDATE {table} SET revoked_at = $1 \
                     WHERE (actor_user_id = $2 OR owner_user_id = $2) AND revoked_at IS NULL"
                ));
                return Ok(Write::others(end.bind(at).bind(user_id.as_uuid())));
            }
            Event::Client(ClientEvent::ClientDeleted { client_id }) => {
                let end = query(format!(
                    "UPDATE {table} SET revoked_at = $1 \
                     WHERE owner_client_id = $2 AND revoked_at IS NULL"
                ));
                return Ok(Write::others(end.bind(at).bind(client_id.as_uuid())));
            }
            Event::User(UserEvent::UserErased { user_id }) => {
                let forget = query(format!(
                    "UPDATE {table} SET human_name = NULL WHERE actor_user_id = $1"
                ));
                return Ok(Write::others(forget.bind(user_id.as_uuid())));
            }
            _ => return Ok(Vec::new()),
        };
        Ok(Write::row(statement))
    }
}
