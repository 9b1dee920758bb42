//! `oauth2_sessions`: each session with its client, user and scope.

use muniment_domain::{ClientEvent, Event, Oauth2SessionEvent, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{
    Projection, Target,
    projection::{Write, readable},
};

#[derive(Debug)]
pub(crate) struct Oauth2Sessions;

impl Projection for Oauth2Sessions {
    fn name(&self) -> &'static str {
        "oauth2_sessions"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["oauth2_sessions"]
    }

    fn indexes(&self) -> &'static [&'static str] {
        &["oauth2_sessions_user_idx", "oauth2_sessions_client_idx"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let table = target.table("oauth2_sessions");
        let at = applied.record.recorded_at;
        let statement = match applied.event {
            Event::Oauth2Session(event) => match event {
                Oauth2SessionEvent::Oauth2SessionStarted {
                    session_id,
                    client_id,
                    user_id,
                    browser_session_id,
                    scope,
                    grant: _,
                    user_agent,
                    ip: _,
                } => query(format!(
                    "INSERT INTO {table} (id, client_id, user_id, scope, created_at, \
                     finished_at, browser_session_id, user_agent) \
                     VALUES ($1, $2, $3, $4, $5, NULL, $6, $7)"
                ))
                .bind(session_id.as_uuid())
                .bind(client_id.as_uuid())
                .bind(user_id.map(|id| id.as_uuid()))
                .bind(scope.to_string())
                .bind(at)
                .bind(browser_session_id.map(|id| id.as_uuid()))
                .bind(readable(self, applied, user_agent.as_ref())?.cloned()),
                Oauth2SessionEvent::Oauth2SessionNamed {
                    session_id, name, ..
                } => query(format!("UPDATE {table} SET human_name = $1 WHERE id = $2"))
                    .bind(readable(self, applied, Some(name))?.cloned())
                    .bind(session_id.as_uuid()),
                Oauth2SessionEvent::Oauth2SessionFinished { session_id, .. } => query(format!(
                    "UPDATE {table} SET finished_at = COALESCE(finished_at, $1) WHERE id = $2"
                ))
                .bind(at)
                .bind(session_id.as_uuid()),
                Oauth2SessionEvent::RefreshTokenReused { .. } => return Ok(Vec::new()),
            },
            // Ended with the account or the client (contract oauth2.md 21.1).
            Event::User(UserEvent::UserDeactivated { user_id, .. }) => {
                let end = query(format!(
                    "UPDATE {table} SET finished_at = $1 \
                     WHERE user_id = $2 AND finished_at IS NULL"
                ));
                return Ok(Write::others(end.bind(at).bind(user_id.as_uuid())));
            }
            Event::Client(ClientEvent::ClientDeleted { client_id }) => {
                let end = query(format!(
                    "UPDATE {table} SET finished_at = $1 \
                     WHERE client_id = $2 AND finished_at IS NULL"
                ));
                return Ok(Write::others(end.bind(at).bind(client_id.as_uuid())));
            }
            Event::User(UserEvent::UserErased { user_id }) => {
                let forget = query(format!(
                    "UPDATE {table} SET user_agent = NULL, human_name = NULL WHERE user_id = $1"
                ));
                return Ok(Write::others(forget.bind(user_id.as_uuid())));
            }
            _ => return Ok(Vec::new()),
        };
        Ok(Write::row(statement))
    }
}
