//! An OAuth 2.0 session: what one grant allowed one client, for a user or for the client itself.
//!
//! Tokens are not events; they are rows beside the log that point here.

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Claim, ClientId, Oauth2SessionId, Scope, StoredEvent, UserId, catalogue::events};

/// How a session came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// An operator or administrator issued it for the user.
    Issued,
}

/// Starts a session.
#[derive(Debug, Clone)]
pub enum Oauth2SessionCommand {
    StartOauth2Session {
        session_id: Oauth2SessionId,
        client_id: ClientId,
        /// Absent when the client acts for itself.
        user_id: Option<UserId>,
        scope: Scope,
        grant: GrantType,
    },
}

events! {
    /// What has happened to a session.
    pub enum Oauth2SessionEvent of "oauth2_session" {
        /// A client was granted a session.
        Oauth2SessionStarted is "oauth2_session.started" version "1" {
            session_id: Oauth2SessionId,
            client_id: ClientId,
            /// Absent when the client acts for itself.
            user_id: Option<UserId>,
            scope: Scope,
            grant: GrantType,
        }
    }
}

impl StoredEvent for Oauth2SessionEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::Oauth2SessionStarted { user_id, .. } => user_id.map(|id| id.as_uuid()),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Oauth2SessionStarted { .. } => Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Oauth2SessionError {
    #[error("the session has started already")]
    AlreadyStarted,
}

impl Oauth2SessionError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyStarted => "oauth2_session.already_started",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Oauth2Session {
    started: bool,
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
        match command {
            Oauth2SessionCommand::StartOauth2Session {
                session_id,
                client_id,
                user_id,
                scope,
                grant,
            } => {
                if self.started {
                    return Err(Oauth2SessionError::AlreadyStarted);
                }
                let event = Oauth2SessionEvent::Oauth2SessionStarted {
                    session_id,
                    client_id,
                    user_id,
                    scope,
                    grant,
                };
                sink.write(event, self).await;
            }
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            Oauth2SessionEvent::Oauth2SessionStarted { .. } => self.started = true,
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
            scope: Scope::default(),
            grant: GrantType::ClientCredentials,
        }
    }

    fn started() -> Oauth2SessionEvent {
        Oauth2SessionEvent::Oauth2SessionStarted {
            session_id: Oauth2SessionId::default(),
            client_id: ClientId::default(),
            user_id: None,
            scope: Scope::default(),
            grant: GrantType::ClientCredentials,
        }
    }

    #[test]
    fn starting_a_session_is_recorded() {
        TestFramework::<Oauth2Session>::with(())
            .given_no_previous_events()
            .when(start())
            .then_expect_events(vec![started()]);
    }

    #[test]
    fn a_session_starts_once() {
        TestFramework::<Oauth2Session>::with(())
            .given(vec![started()])
            .when(start())
            .then_expect_error(Oauth2SessionError::AlreadyStarted);
    }
}
