//! `browser_sessions`: where users have signed in, with the latest proof of who they are.

use muniment_domain::{AuthenticationMethod, BrowserSessionEvent, Event, SessionEnd, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{
    Projection, Target,
    projection::{Write, readable},
};

#[derive(Debug)]
pub(crate) struct BrowserSessions;

impl Projection for BrowserSessions {
    fn name(&self) -> &'static str {
        "browser_sessions"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["browser_sessions"]
    }

    fn indexes(&self) -> &'static [&'static str] {
        &["browser_sessions_user_idx"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let table = target.table("browser_sessions");
        let at = applied.record.recorded_at;
        match applied.event {
            Event::BrowserSession(event) => self.session(&table, event, applied),
            // Ended with the account (contract oauth2.md 21.1).
            Event::User(UserEvent::UserDeactivated { user_id, .. }) => {
                let end = query(format!(
                    "UPDATE {table} SET finished_at = $1 \
                     WHERE user_id = $2 AND finished_at IS NULL"
                ))
                .bind(at)
                .bind(user_id.as_uuid());
                Ok(Write::others(end))
            }
            Event::User(UserEvent::UserErased { user_id }) => {
                let forget = query(format!(
                    "UPDATE {table} SET user_agent = NULL, ip = NULL WHERE user_id = $1"
                ))
                .bind(user_id.as_uuid());
                Ok(Write::others(forget))
            }
            _ => Ok(Vec::new()),
        }
    }
}

impl BrowserSessions {
    fn session(
        &self,
        table: &str,
        event: &BrowserSessionEvent,
        applied: Applied<'_>,
    ) -> Result<Vec<Write>, FollowError> {
        let at = applied.record.recorded_at;
        let statement = match event {
            BrowserSessionEvent::BrowserSessionStarted {
                session_id,
                user_id,
                user_agent,
                ip,
            } => query(format!(
                "INSERT INTO {table} (id, user_id, created_at, user_agent, ip) \
                 VALUES ($1, $2, $3, $4, $5)"
            ))
            .bind(session_id.as_uuid())
            .bind(user_id.as_uuid())
            .bind(at)
            .bind(readable(self, applied, user_agent.as_ref())?.cloned())
            .bind(readable(self, applied, ip.as_ref())?.map(ToString::to_string)),
            BrowserSessionEvent::BrowserSessionAuthenticated {
                session_id,
                authentication_id,
                method,
                ..
            } => {
                let (name, link) = match method {
                    AuthenticationMethod::Password { .. } => ("password", None),
                    AuthenticationMethod::Upstream { link_id, .. } => {
                        ("upstream", Some(link_id.as_uuid()))
                    }
                    AuthenticationMethod::Issued => ("issued", None),
                };
                query(format!(
                    "UPDATE {table} SET authentication_id = $1, authenticated_at = $2, \
                     authentication_method = $3, \
                     upstream_link_id = COALESCE($4, upstream_link_id) WHERE id = $5"
                ))
                .bind(authentication_id.as_uuid())
                .bind(at)
                .bind(name)
                .bind(link)
                .bind(session_id.as_uuid())
            }
            BrowserSessionEvent::BrowserSessionFinished {
                session_id, reason, ..
            } => {
                // What ended with the account is told of later; ended again it counts from then.
                let ended = match reason {
                    SessionEnd::Deactivation => "COALESCE(finished_at, $1)",
                    _ => "$1",
                };
                query(format!(
                    "UPDATE {table} SET finished_at = {ended} WHERE id = $2"
                ))
                .bind(at)
                .bind(session_id.as_uuid())
            }
            BrowserSessionEvent::ConsentGiven { .. }
            | BrowserSessionEvent::ConsentRefused { .. } => return Ok(Vec::new()),
        };
        Ok(Write::row(statement))
    }
}
