//! A session of the legacy Matrix login: one device of a user.

use std::net::IpAddr;

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    BrowserSessionId, Claim, CompatSessionId, CompatSsoLoginId, Pii, SessionEnd, StoredEvent,
    UserId, catalogue::events,
};

/// How the user signed in to the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompatLogin {
    /// `m.login.password`
    Password,
    /// `m.login.token`, after a detour through the browser.
    Sso {
        login_id: CompatSsoLoginId,
        /// Where the browser was sent back to.
        redirect_uri: String,
        /// Microseconds since 1970.
        requested_at: i64,
        /// Microseconds since 1970.
        confirmed_at: i64,
    },
    /// An operator issued it for the user.
    Issued,
}

/// What can be asked of a session.
#[derive(Debug, Clone)]
pub enum CompatSessionCommand {
    StartCompatSession(StartCompatSession),
    /// Gives the session a name for people.
    NameCompatSession {
        name: String,
    },
    /// Does nothing to a session that has ended.
    FinishCompatSession {
        reason: SessionEnd,
    },
}

/// Who signs in to what.
#[derive(Debug, Clone)]
pub struct StartCompatSession {
    pub session_id: CompatSessionId,
    pub user_id: UserId,
    pub device_id: Option<String>,
    pub login: CompatLogin,
    /// In which the login was confirmed.
    pub browser_session_id: Option<BrowserSessionId>,
    pub is_synapse_admin: bool,
    pub name: Option<String>,
    pub user_agent: Option<String>,
    pub ip: Option<IpAddr>,
}

events! {
    /// What has happened to a session.
    pub enum CompatSessionEvent of "compat_session" {
        /// A user signed in to a device.
        CompatSessionStarted is "compat_session.started" version "1" {
            session_id: CompatSessionId,
            user_id: UserId,
            /// Chosen by the client.
            device_id: Option<Pii<String>>,
            login: CompatLogin,
            browser_session_id: Option<BrowserSessionId>,
            /// May use the homeserver's administration.
            is_synapse_admin: bool,
            name: Option<Pii<String>>,
            user_agent: Option<Pii<String>>,
            ip: Option<Pii<IpAddr>>,
        }
        /// The session has a new name for people.
        CompatSessionNamed is "compat_session.named" version "1" {
            session_id: CompatSessionId,
            user_id: UserId,
            name: Pii<String>,
        }
        /// The session ended, and all its tokens with it.
        CompatSessionFinished is "compat_session.finished" version "1" {
            session_id: CompatSessionId,
            user_id: UserId,
            reason: SessionEnd,
        }
    }
}

impl StoredEvent for CompatSessionEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::CompatSessionStarted { user_id, .. }
            | Self::CompatSessionNamed { user_id, .. }
            | Self::CompatSessionFinished { user_id, .. } => Some(user_id.as_uuid()),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompatSessionError {
    #[error("the session has started already")]
    AlreadyStarted,
    #[error("no such session")]
    NotFound,
}

impl CompatSessionError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyStarted => "compat_session.already_started",
            Self::NotFound => "compat_session.not_found",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CompatSession {
    started: Option<(CompatSessionId, UserId)>,
    finished: bool,
}

impl CompatSession {
    fn decide(
        &self,
        command: CompatSessionCommand,
    ) -> Result<Option<CompatSessionEvent>, CompatSessionError> {
        let known = self.started.ok_or(CompatSessionError::NotFound);
        Ok(Some(match command {
            CompatSessionCommand::StartCompatSession(start) => {
                if self.started.is_some() {
                    return Err(CompatSessionError::AlreadyStarted);
                }
                CompatSessionEvent::CompatSessionStarted {
                    session_id: start.session_id,
                    user_id: start.user_id,
                    device_id: start.device_id.map(Pii::from),
                    login: start.login,
                    browser_session_id: start.browser_session_id,
                    is_synapse_admin: start.is_synapse_admin,
                    name: start.name.map(Pii::from),
                    user_agent: start.user_agent.map(Pii::from),
                    ip: start.ip.map(Pii::from),
                }
            }
            CompatSessionCommand::NameCompatSession { name } => {
                let (session_id, user_id) = known?;
                CompatSessionEvent::CompatSessionNamed {
                    session_id,
                    user_id,
                    name: name.into(),
                }
            }
            CompatSessionCommand::FinishCompatSession { reason } => {
                let (session_id, user_id) = known?;
                if self.finished {
                    return Ok(None);
                }
                CompatSessionEvent::CompatSessionFinished {
                    session_id,
                    user_id,
                    reason,
                }
            }
        }))
    }
}

impl Aggregate for CompatSession {
    const TYPE: &'static str = "compat_session";
    type Command = CompatSessionCommand;
    type Event = CompatSessionEvent;
    type Error = CompatSessionError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        if let Some(event) = self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            CompatSessionEvent::CompatSessionStarted {
                session_id,
                user_id,
                ..
            } => self.started = Some((session_id, user_id)),
            CompatSessionEvent::CompatSessionFinished { .. } => self.finished = true,
            CompatSessionEvent::CompatSessionNamed { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn start() -> CompatSessionCommand {
        CompatSessionCommand::StartCompatSession(StartCompatSession {
            session_id: CompatSessionId::default(),
            user_id: UserId::default(),
            device_id: Some("ABCDEFGHIJ".to_owned()),
            login: CompatLogin::Password,
            browser_session_id: None,
            is_synapse_admin: false,
            name: None,
            user_agent: None,
            ip: None,
        })
    }

    fn started() -> CompatSessionEvent {
        CompatSessionEvent::CompatSessionStarted {
            session_id: CompatSessionId::default(),
            user_id: UserId::default(),
            device_id: Some("ABCDEFGHIJ".to_owned().into()),
            login: CompatLogin::Password,
            browser_session_id: None,
            is_synapse_admin: false,
            name: None,
            user_agent: None,
            ip: None,
        }
    }

    fn finished() -> CompatSessionEvent {
        CompatSessionEvent::CompatSessionFinished {
            session_id: CompatSessionId::default(),
            user_id: UserId::default(),
            reason: SessionEnd::SignedOut,
        }
    }

    const FINISH: CompatSessionCommand = CompatSessionCommand::FinishCompatSession {
        reason: SessionEnd::SignedOut,
    };

    fn given(
        events: Vec<CompatSessionEvent>,
    ) -> cqrs_es::test::AggregateTestExecutor<CompatSession> {
        TestFramework::with(()).given(events)
    }

    #[test]
    fn a_session_starts_once() {
        given(Vec::new())
            .when(start())
            .then_expect_events(vec![started()]);
        given(vec![started()])
            .when(start())
            .then_expect_error(CompatSessionError::AlreadyStarted);
    }

    #[test]
    fn a_session_ends_once() {
        given(vec![started()])
            .when(FINISH)
            .then_expect_events(vec![finished()]);
        given(vec![started(), finished()])
            .when(FINISH)
            .then_expect_events(Vec::new());
        given(Vec::new())
            .when(FINISH)
            .then_expect_error(CompatSessionError::NotFound);
    }
}
