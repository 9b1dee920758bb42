//! A browser session: one browser in which a user has signed in.

use std::net::IpAddr;

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AuthenticationId, BrowserSessionId, Claim, ClientId, GrantId, GrantType, PasswordId, Pii,
    Scope, SessionEnd, StoredEvent, UpstreamLinkId, UpstreamProviderId, UserId, catalogue::events,
};

/// How the user proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    Password {
        password_id: PasswordId,
    },
    /// By signing in at a provider that the account is linked to.
    Upstream {
        provider_id: UpstreamProviderId,
        link_id: UpstreamLinkId,
    },
    /// Vouched for by an operator.
    Issued,
}

/// What can be asked of a browser session.
#[derive(Debug, Clone)]
pub enum BrowserSessionCommand {
    StartBrowserSession {
        session_id: BrowserSessionId,
        user_id: UserId,
        user_agent: Option<String>,
        ip: Option<IpAddr>,
    },
    /// The user has proved who they are; the first time right after the start.
    Authenticate {
        authentication_id: AuthenticationId,
        method: AuthenticationMethod,
    },
    /// The user allows a client what it asked for.
    GiveConsent {
        grant_id: GrantId,
        client_id: ClientId,
        scope: Scope,
        grant: GrantType,
    },
    RefuseConsent {
        grant_id: GrantId,
        client_id: ClientId,
        scope: Scope,
    },
    /// Does nothing to a session that has ended.
    FinishBrowserSession { reason: SessionEnd },
    /// Ends it, also again: then it counts from the last time (contract graphql.md 10.4).
    FinishBrowserSessionAgain { reason: SessionEnd },
}

events! {
    /// What has happened to a browser session.
    pub enum BrowserSessionEvent of "browser_session" {
        /// A user signed in, in a browser.
        BrowserSessionStarted is "browser_session.started" version "1" {
            session_id: BrowserSessionId,
            user_id: UserId,
            /// What the browser calls itself.
            user_agent: Option<Pii<String>>,
            ip: Option<Pii<IpAddr>>,
        }
        /// The user proved who they are.
        BrowserSessionAuthenticated is "browser_session.authenticated" version "1" {
            session_id: BrowserSessionId,
            user_id: UserId,
            authentication_id: AuthenticationId,
            method: AuthenticationMethod,
        }
        /// The user allowed a client what it had asked for. The client's session starts when it comes
        /// for its tokens.
        ConsentGiven is "browser_session.consent_given" version "1" {
            session_id: BrowserSessionId,
            user_id: UserId,
            grant_id: GrantId,
            client_id: ClientId,
            scope: Scope,
            grant: GrantType,
        }
        /// The user refused a client what it had asked for.
        ConsentRefused is "browser_session.consent_refused" version "1" {
            session_id: BrowserSessionId,
            user_id: UserId,
            grant_id: GrantId,
            client_id: ClientId,
            scope: Scope,
        }
        /// The session ended. Sessions of clients that it allowed go on. Ended again it counts as ended
        /// from then.
        BrowserSessionFinished is "browser_session.finished" version "1" {
            session_id: BrowserSessionId,
            user_id: UserId,
            reason: SessionEnd,
        }
    }
}

impl StoredEvent for BrowserSessionEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::BrowserSessionStarted { user_id, .. }
            | Self::BrowserSessionAuthenticated { user_id, .. }
            | Self::ConsentGiven { user_id, .. }
            | Self::ConsentRefused { user_id, .. }
            | Self::BrowserSessionFinished { user_id, .. } => Some(user_id.as_uuid()),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrowserSessionError {
    #[error("the browser session has started already")]
    AlreadyStarted,
    #[error("no such browser session")]
    NotFound,
    #[error("the browser session has ended")]
    Finished,
}

impl BrowserSessionError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyStarted => "browser_session.already_started",
            Self::NotFound => "browser_session.not_found",
            Self::Finished => "browser_session.finished",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct BrowserSession {
    started: Option<(BrowserSessionId, UserId)>,
    finished: bool,
}

impl BrowserSession {
    fn active(&self) -> Result<(BrowserSessionId, UserId), BrowserSessionError> {
        match self.started {
            None => Err(BrowserSessionError::NotFound),
            Some(_) if self.finished => Err(BrowserSessionError::Finished),
            Some(ids) => Ok(ids),
        }
    }

    fn decide(
        &self,
        command: BrowserSessionCommand,
    ) -> Result<Option<BrowserSessionEvent>, BrowserSessionError> {
        Ok(Some(match command {
            BrowserSessionCommand::StartBrowserSession {
                session_id,
                user_id,
                user_agent,
                ip,
            } => {
                if self.started.is_some() {
                    return Err(BrowserSessionError::AlreadyStarted);
                }
                BrowserSessionEvent::BrowserSessionStarted {
                    session_id,
                    user_id,
                    user_agent: user_agent.map(Pii::from),
                    ip: ip.map(Pii::from),
                }
            }
            BrowserSessionCommand::Authenticate {
                authentication_id,
                method,
            } => {
                let (session_id, user_id) = self.active()?;
                BrowserSessionEvent::BrowserSessionAuthenticated {
                    session_id,
                    user_id,
                    authentication_id,
                    method,
                }
            }
            BrowserSessionCommand::GiveConsent {
                grant_id,
                client_id,
                scope,
                grant,
            } => {
                let (session_id, user_id) = self.active()?;
                BrowserSessionEvent::ConsentGiven {
                    session_id,
                    user_id,
                    grant_id,
                    client_id,
                    scope,
                    grant,
                }
            }
            BrowserSessionCommand::RefuseConsent {
                grant_id,
                client_id,
                scope,
            } => {
                let (session_id, user_id) = self.active()?;
                BrowserSessionEvent::ConsentRefused {
                    session_id,
                    user_id,
                    grant_id,
                    client_id,
                    scope,
                }
            }
            BrowserSessionCommand::FinishBrowserSession { reason } => match self.active() {
                Ok((session_id, user_id)) => BrowserSessionEvent::BrowserSessionFinished {
                    session_id,
                    user_id,
                    reason,
                },
                Err(BrowserSessionError::Finished) => return Ok(None),
                Err(error) => return Err(error),
            },
            BrowserSessionCommand::FinishBrowserSessionAgain { reason } => {
                let (session_id, user_id) = self.started.ok_or(BrowserSessionError::NotFound)?;
                BrowserSessionEvent::BrowserSessionFinished {
                    session_id,
                    user_id,
                    reason,
                }
            }
        }))
    }
}

impl Aggregate for BrowserSession {
    const TYPE: &'static str = "browser_session";
    type Command = BrowserSessionCommand;
    type Event = BrowserSessionEvent;
    type Error = BrowserSessionError;
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
            BrowserSessionEvent::BrowserSessionStarted {
                session_id,
                user_id,
                ..
            } => self.started = Some((session_id, user_id)),
            BrowserSessionEvent::BrowserSessionFinished { .. } => self.finished = true,
            BrowserSessionEvent::BrowserSessionAuthenticated { .. }
            | BrowserSessionEvent::ConsentGiven { .. }
            | BrowserSessionEvent::ConsentRefused { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn started() -> BrowserSessionEvent {
        BrowserSessionEvent::BrowserSessionStarted {
            session_id: BrowserSessionId::default(),
            user_id: UserId::default(),
            user_agent: Some("Firefox".to_owned().into()),
            ip: None,
        }
    }

    fn finished(reason: SessionEnd) -> BrowserSessionEvent {
        BrowserSessionEvent::BrowserSessionFinished {
            session_id: BrowserSessionId::default(),
            user_id: UserId::default(),
            reason,
        }
    }

    fn finish(reason: SessionEnd) -> BrowserSessionCommand {
        BrowserSessionCommand::FinishBrowserSession { reason }
    }

    fn consent() -> BrowserSessionCommand {
        BrowserSessionCommand::GiveConsent {
            grant_id: GrantId::default(),
            client_id: ClientId::default(),
            scope: Scope::default(),
            grant: GrantType::AuthorizationCode,
        }
    }

    fn given(
        events: Vec<BrowserSessionEvent>,
    ) -> cqrs_es::test::AggregateTestExecutor<BrowserSession> {
        TestFramework::with(()).given(events)
    }

    #[test]
    fn signing_in_is_recorded_with_the_browser() {
        given(Vec::new())
            .when(BrowserSessionCommand::StartBrowserSession {
                session_id: BrowserSessionId::default(),
                user_id: UserId::default(),
                user_agent: Some("Firefox".to_owned()),
                ip: None,
            })
            .then_expect_events(vec![started()]);
    }

    #[test]
    fn each_proof_of_identity_is_recorded() {
        let method = AuthenticationMethod::Password {
            password_id: PasswordId::default(),
        };
        given(vec![started()])
            .when(BrowserSessionCommand::Authenticate {
                authentication_id: AuthenticationId::default(),
                method,
            })
            .then_expect_events(vec![BrowserSessionEvent::BrowserSessionAuthenticated {
                session_id: BrowserSessionId::default(),
                user_id: UserId::default(),
                authentication_id: AuthenticationId::default(),
                method,
            }]);
    }

    #[test]
    fn consent_is_given_in_a_session_that_goes_on() {
        given(vec![started()])
            .when(consent())
            .then_expect_events(vec![BrowserSessionEvent::ConsentGiven {
                session_id: BrowserSessionId::default(),
                user_id: UserId::default(),
                grant_id: GrantId::default(),
                client_id: ClientId::default(),
                scope: Scope::default(),
                grant: GrantType::AuthorizationCode,
            }]);
        given(vec![started(), finished(SessionEnd::SignedOut)])
            .when(consent())
            .then_expect_error(BrowserSessionError::Finished);
        given(Vec::new())
            .when(consent())
            .then_expect_error(BrowserSessionError::NotFound);
    }

    #[test]
    fn a_session_ends_once() {
        given(vec![started()])
            .when(finish(SessionEnd::SignedOut))
            .then_expect_events(vec![finished(SessionEnd::SignedOut)]);
        given(vec![started(), finished(SessionEnd::SignedOut)])
            .when(finish(SessionEnd::Admin))
            .then_expect_events(Vec::new());
    }

    #[test]
    fn asked_for_explicitly_a_session_ends_again() {
        let again = BrowserSessionCommand::FinishBrowserSessionAgain {
            reason: SessionEnd::SelfService,
        };
        given(vec![started(), finished(SessionEnd::SignedOut)])
            .when(again.clone())
            .then_expect_events(vec![finished(SessionEnd::SelfService)]);
        given(Vec::new())
            .when(again)
            .then_expect_error(BrowserSessionError::NotFound);
    }
}
