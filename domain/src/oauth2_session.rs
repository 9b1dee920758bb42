//! An OAuth 2.0 session: what one grant allowed one client, for a user or for the client itself.
//!
//! Tokens are not events; they are rows beside the log that point here.

use std::net::IpAddr;

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    BrowserSessionId, Claim, ClientId, Oauth2SessionId, Pii, Scope, SessionEnd, StoredEvent,
    TokenId, UserId, catalogue::events,
};

/// How a session came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// An operator or administrator issued it for the user.
    Issued,
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 8628.
    DeviceCode,
}

/// What can be asked of a session.
#[derive(Debug, Clone)]
pub enum Oauth2SessionCommand {
    StartOauth2Session {
        session_id: Oauth2SessionId,
        client_id: ClientId,
        /// Absent when the client acts for itself.
        user_id: Option<UserId>,
        /// In which the user gave consent.
        browser_session_id: Option<BrowserSessionId>,
        scope: Scope,
        grant: GrantType,
        /// Recorded for users' sessions alone.
        user_agent: Option<String>,
        ip: Option<IpAddr>,
    },
    /// Gives the session a name for people.
    NameOauth2Session { name: String },
    /// Somebody presented a refresh token that had been used up, after its successor was used.
    ReportRefreshTokenReuse { token_id: TokenId },
    /// Does nothing to a session that has ended.
    FinishOauth2Session { reason: SessionEnd },
}

events! {
    /// What has happened to a session.
    pub enum Oauth2SessionEvent of "oauth2_session" {
        /// A client was granted a session.
        Oauth2SessionStarted is "oauth2_session.started" version "2" {
            session_id: Oauth2SessionId,
            client_id: ClientId,
            /// Absent when the client acts for itself.
            user_id: Option<UserId>,
            /// In which the user gave consent.
            browser_session_id: Option<BrowserSessionId>,
            scope: Scope,
            grant: GrantType,
            /// What the client's program calls itself.
            user_agent: Option<Pii<String>>,
            ip: Option<Pii<IpAddr>>,
        }
        /// The session has a new name for people.
        Oauth2SessionNamed is "oauth2_session.named" version "1" {
            session_id: Oauth2SessionId,
            user_id: Option<UserId>,
            name: Pii<String>,
        }
        /// A refresh token was presented after its successor had been used: it was stolen, or the
        /// client is broken. It was refused.
        RefreshTokenReused is "oauth2_session.refresh_token_reused" version "1" {
            session_id: Oauth2SessionId,
            user_id: Option<UserId>,
            token_id: TokenId,
        }
        /// The session ended, and all its tokens with it.
        Oauth2SessionFinished is "oauth2_session.finished" version "1" {
            session_id: Oauth2SessionId,
            user_id: Option<UserId>,
            reason: SessionEnd,
        }
    }
}

impl StoredEvent for Oauth2SessionEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            // A name can be given to a client's own session too; it is sealed with a key of its own.
            Self::Oauth2SessionNamed {
                session_id,
                user_id,
                ..
            } => Some(user_id.map_or(session_id.as_uuid(), |id| id.as_uuid())),
            Self::Oauth2SessionStarted { user_id, .. }
            | Self::RefreshTokenReused { user_id, .. }
            | Self::Oauth2SessionFinished { user_id, .. } => user_id.map(|id| id.as_uuid()),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Oauth2SessionError {
    #[error("the session has started already")]
    AlreadyStarted,
    #[error("no such session")]
    NotFound,
    #[error("the session has ended")]
    Finished,
}

impl Oauth2SessionError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyStarted => "oauth2_session.already_started",
            Self::NotFound => "oauth2_session.not_found",
            Self::Finished => "oauth2_session.finished",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Oauth2Session {
    started: Option<(Oauth2SessionId, Option<UserId>)>,
    finished: bool,
}

impl Oauth2Session {
    fn known(&self) -> Result<(Oauth2SessionId, Option<UserId>), Oauth2SessionError> {
        self.started.ok_or(Oauth2SessionError::NotFound)
    }

    fn decide(
        &self,
        command: Oauth2SessionCommand,
    ) -> Result<Option<Oauth2SessionEvent>, Oauth2SessionError> {
        Ok(Some(match command {
            Oauth2SessionCommand::StartOauth2Session {
                session_id,
                client_id,
                user_id,
                browser_session_id,
                scope,
                grant,
                user_agent,
                ip,
            } => {
                if self.started.is_some() {
                    return Err(Oauth2SessionError::AlreadyStarted);
                }
                // Where there is no person, there is nobody whose data it would be.
                let personal = user_id.is_some();
                Oauth2SessionEvent::Oauth2SessionStarted {
                    session_id,
                    client_id,
                    user_id,
                    browser_session_id,
                    scope,
                    grant,
                    user_agent: user_agent.filter(|_| personal).map(Pii::from),
                    ip: ip.filter(|_| personal).map(Pii::from),
                }
            }
            Oauth2SessionCommand::NameOauth2Session { name } => {
                let (session_id, user_id) = self.known()?;
                Oauth2SessionEvent::Oauth2SessionNamed {
                    session_id,
                    user_id,
                    name: name.into(),
                }
            }
            Oauth2SessionCommand::ReportRefreshTokenReuse { token_id } => {
                let (session_id, user_id) = self.known()?;
                if self.finished {
                    return Err(Oauth2SessionError::Finished);
                }
                Oauth2SessionEvent::RefreshTokenReused {
                    session_id,
                    user_id,
                    token_id,
                }
            }
            Oauth2SessionCommand::FinishOauth2Session { reason } => {
                let (session_id, user_id) = self.known()?;
                if self.finished {
                    return Ok(None);
                }
                Oauth2SessionEvent::Oauth2SessionFinished {
                    session_id,
                    user_id,
                    reason,
                }
            }
        }))
    }
}

impl Aggregate for Oauth2Session {
    const TYPE: &'static str = "oauth2_session";
    type Command = Oauth2SessionCommand;
    type Event = Oauth2SessionEvent;
    type Error = Oauth2SessionError;
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
            Oauth2SessionEvent::Oauth2SessionStarted {
                session_id,
                user_id,
                ..
            } => self.started = Some((session_id, user_id)),
            Oauth2SessionEvent::Oauth2SessionFinished { .. } => self.finished = true,
            Oauth2SessionEvent::Oauth2SessionNamed { .. }
            | Oauth2SessionEvent::RefreshTokenReused { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn start() -> Oauth2SessionCommand {
        Oauth2SessionCommand::StartOauth2Session {
            session_id: Oauth2SessionId::default(),
            client_id: ClientId::default(),
            user_id: None,
            browser_session_id: None,
            scope: Scope::default(),
            grant: GrantType::ClientCredentials,
            user_agent: Some("curl".to_owned()),
            ip: Some(IpAddr::from([127, 0, 0, 1])),
        }
    }

    fn started() -> Oauth2SessionEvent {
        Oauth2SessionEvent::Oauth2SessionStarted {
            session_id: Oauth2SessionId::default(),
            client_id: ClientId::default(),
            user_id: None,
            browser_session_id: None,
            scope: Scope::default(),
            grant: GrantType::ClientCredentials,
            user_agent: None,
            ip: None,
        }
    }

    fn finished() -> Oauth2SessionEvent {
        Oauth2SessionEvent::Oauth2SessionFinished {
            session_id: Oauth2SessionId::default(),
            user_id: None,
            reason: SessionEnd::Revoked,
        }
    }

    const FINISH: Oauth2SessionCommand = Oauth2SessionCommand::FinishOauth2Session {
        reason: SessionEnd::Revoked,
    };

    fn given(
        events: Vec<Oauth2SessionEvent>,
    ) -> cqrs_es::test::AggregateTestExecutor<Oauth2Session> {
        TestFramework::with(()).given(events)
    }

    #[test]
    fn starting_a_session_is_recorded_without_the_address_of_a_machine() {
        given(Vec::new())
            .when(start())
            .then_expect_events(vec![started()]);
    }

    #[test]
    fn a_session_starts_once() {
        given(vec![started()])
            .when(start())
            .then_expect_error(Oauth2SessionError::AlreadyStarted);
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
            .then_expect_error(Oauth2SessionError::NotFound);
    }

    #[test]
    fn the_reuse_of_a_refresh_token_is_recorded_while_the_session_goes_on() {
        let reuse = Oauth2SessionCommand::ReportRefreshTokenReuse {
            token_id: TokenId::default(),
        };
        given(vec![started()])
            .when(reuse.clone())
            .then_expect_events(vec![Oauth2SessionEvent::RefreshTokenReused {
                session_id: Oauth2SessionId::default(),
                user_id: None,
                token_id: TokenId::default(),
            }]);
        given(vec![started(), finished()])
            .when(reuse)
            .then_expect_error(Oauth2SessionError::Finished);
    }
}
