//! `compat_sessions`: devices signed in by the legacy Matrix login.

use muniment_domain::{CompatLogin, CompatSessionEvent, Event, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{
    Projection, Target,
    projection::{Write, readable},
};

#[derive(Debug)]
pub(crate) struct CompatSessions;

impl Projection for CompatSessions {
    fn name(&self) -> &'static str {
        "compat_sessions"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["compat_sessions"]
    }

    fn indexes(&self) -> &'static [&'static str] {
        &["compat_sessions_user_idx"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let table = target.table("compat_sessions");
        let at = applied.record.recorded_at;
        match applied.event {
            Event::CompatSession(event) => self.session(&table, event, applied),
            // Ended with the account (contract oauth2.md 21.1).
            Event::User(UserEvent::UserDeactivated { user_id, .. }) => {
                let end = query(format!(
                    "UPDATE {table} SET finished_at = $1 \
                     WHERE user_id = $2 AND finished_at IS NULL"
                ));
                Ok(Write::others(end.bind(at).bind(user_id.as_uuid())))
            }
            Event::User(UserEvent::UserErased { user_id }) => {
                let forget = query(format!(
                    "UPDATE {table} SET device_id = NULL, human_name = NULL, user_agent = NULL, \
                     ip = NULL WHERE user_id = $1"
                ));
                Ok(Write::others(forget.bind(user_id.as_uuid())))
            }
            _ => Ok(Vec::new()),
        }
    }
}

impl CompatSessions {
    fn session(
        &self,
        table: &str,
        event: &CompatSessionEvent,
        applied: Applied<'_>,
    ) -> Result<Vec<Write>, FollowError> {
        let at = applied.record.recorded_at;
        let statement = match event {
            CompatSessionEvent::CompatSessionStarted {
                session_id,
                user_id,
                device_id,
                login,
                browser_session_id,
                is_synapse_admin,
                name,
                user_agent,
                ip,
            } => {
                let started = query(format!(
                    "INSERT INTO {table} (id, user_id, device_id, browser_session_id, \
                     is_synapse_admin, human_name, user_agent, ip, created_at, sso_login_id, \
                     sso_redirect_uri, sso_requested_at, sso_confirmed_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
                ))
                .bind(session_id.as_uuid())
                .bind(user_id.as_uuid())
                .bind(readable(self, applied, device_id.as_ref())?.cloned())
                .bind(browser_session_id.map(|id| id.as_uuid()))
                .bind(*is_synapse_admin)
                .bind(readable(self, applied, name.as_ref())?.cloned())
                .bind(readable(self, applied, user_agent.as_ref())?.cloned())
                .bind(readable(self, applied, ip.as_ref())?.map(ToString::to_string))
                .bind(at);
                match login {
                    CompatLogin::Sso {
                        login_id,
                        redirect_uri,
                        requested_at,
                        confirmed_at,
                    } => started
                        .bind(login_id.as_uuid())
                        .bind(redirect_uri.as_str())
                        .bind(*requested_at)
                        .bind(*confirmed_at),
                    CompatLogin::Password | CompatLogin::Issued => started
                        .bind(None::<uuid::Uuid>)
                        .bind(None::<&str>)
                        .bind(None::<i64>)
                        .bind(None::<i64>),
                }
            }
            CompatSessionEvent::CompatSessionNamed {
                session_id, name, ..
            } => query(format!("UPDATE {table} SET human_name = $1 WHERE id = $2"))
                .bind(readable(self, applied, Some(name))?.cloned())
                .bind(session_id.as_uuid()),
            CompatSessionEvent::CompatSessionFinished { session_id, .. } => query(format!(
                "UPDATE {table} SET finished_at = COALESCE(finished_at, $1) WHERE id = $2"
            ))
            .bind(at)
            .bind(session_id.as_uuid()),
        };
        Ok(Write::row(statement))
    }
}
