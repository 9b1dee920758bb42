//! A personal session: long-lived tokens with which a program acts as a user.

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Claim, ClientId, PersonalSessionId, Pii, Scope, SessionEnd, StoredEvent, TokenId, UserId,
    catalogue::events,
};

/// Who manages a personal session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalSessionOwner {
    User(UserId),
    Client(ClientId),
}

/// What can be asked of a personal session.
#[derive(Debug, Clone)]
pub enum PersonalSessionCommand {
    CreatePersonalSession {
        session_id: PersonalSessionId,
        owner: PersonalSessionOwner,
        actor_user_id: UserId,
        name: String,
        scope: Scope,
        token_id: TokenId,
        /// Microseconds since 1970; never when absent.
        expires_at: Option<i64>,
    },
    /// Replaces the token.
    RegeneratePersonalToken {
        token_id: TokenId,
        expires_at: Option<i64>,
    },
    RevokePersonalSession {
        reason: SessionEnd,
    },
}

events! {
    /// What has happened to a personal session.
    pub enum PersonalSessionEvent of "personal_session" {
        /// A program may act as a user.
        PersonalSessionCreated is "personal_session.created" version "1" {
            session_id: PersonalSessionId,
            owner: PersonalSessionOwner,
            /// As whom it acts.
            actor_user_id: UserId,
            /// What it is for.
            name: Pii<String>,
            scope: Scope,
        }
        /// The session has a token.
        PersonalTokenIssued is "personal_session.token_issued" version "1" {
            session_id: PersonalSessionId,
            actor_user_id: UserId,
            token_id: TokenId,
            /// Microseconds since 1970; never when absent.
            expires_at: Option<i64>,
        }
        /// The token is refused from now on.
        PersonalTokenRevoked is "personal_session.token_revoked" version "1" {
            session_id: PersonalSessionId,
            actor_user_id: UserId,
            token_id: TokenId,
        }
        /// The session ended for good.
        PersonalSessionRevoked is "personal_session.revoked" version "1" {
            session_id: PersonalSessionId,
            actor_user_id: UserId,
            reason: SessionEnd,
        }
    }
}

impl StoredEvent for PersonalSessionEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::PersonalSessionCreated { actor_user_id, .. }
            | Self::PersonalTokenIssued { actor_user_id, .. }
            | Self::PersonalTokenRevoked { actor_user_id, .. }
            | Self::PersonalSessionRevoked { actor_user_id, .. } => Some(actor_user_id.as_uuid()),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonalSessionError {
    #[error("the personal session exists already")]
    AlreadyCreated,
    #[error("no such personal session")]
    NotFound,
    #[error("the personal session is revoked")]
    Revoked,
}

impl PersonalSessionError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyCreated => "personal_session.already_created",
            Self::NotFound => "personal_session.not_found",
            Self::Revoked => "personal_session.revoked",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PersonalSession {
    created: Option<(PersonalSessionId, UserId)>,
    token: Option<TokenId>,
    revoked: bool,
}

impl PersonalSession {
    fn valid(&self) -> Result<(PersonalSessionId, UserId), PersonalSessionError> {
        match self.created {
            None => Err(PersonalSessionError::NotFound),
            Some(_) if self.revoked => Err(PersonalSessionError::Revoked),
            Some(ids) => Ok(ids),
        }
    }

    fn decide(
        &self,
        command: PersonalSessionCommand,
    ) -> Result<Vec<PersonalSessionEvent>, PersonalSessionError> {
        match command {
            PersonalSessionCommand::CreatePersonalSession {
                session_id,
                owner,
                actor_user_id,
                name,
                scope,
                token_id,
                expires_at,
            } => {
                if self.created.is_some() {
                    return Err(PersonalSessionError::AlreadyCreated);
                }
                Ok(vec![
                    PersonalSessionEvent::PersonalSessionCreated {
                        session_id,
                        owner,
                        actor_user_id,
                        name: name.into(),
                        scope,
                    },
                    PersonalSessionEvent::PersonalTokenIssued {
                        session_id,
                        actor_user_id,
                        token_id,
                        expires_at,
                    },
                ])
            }
            PersonalSessionCommand::RegeneratePersonalToken {
                token_id,
                expires_at,
            } => {
                let (session_id, actor_user_id) = self.valid()?;
                let revoked =
                    self.token
                        .map(|token_id| PersonalSessionEvent::PersonalTokenRevoked {
                            session_id,
                            actor_user_id,
                            token_id,
                        });
                let issued = PersonalSessionEvent::PersonalTokenIssued {
                    session_id,
                    actor_user_id,
                    token_id,
                    expires_at,
                };
                Ok(revoked.into_iter().chain([issued]).collect())
            }
            PersonalSessionCommand::RevokePersonalSession { reason } => {
                let (session_id, actor_user_id) = self.valid()?;
                Ok(vec![PersonalSessionEvent::PersonalSessionRevoked {
                    session_id,
                    actor_user_id,
                    reason,
                }])
            }
        }
    }
}

impl Aggregate for PersonalSession {
    const TYPE: &'static str = "personal_session";
    type Command = PersonalSessionCommand;
    type Event = PersonalSessionEvent;
    type Error = PersonalSessionError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            PersonalSessionEvent::PersonalSessionCreated {
                session_id,
                actor_user_id,
                ..
            } => self.created = Some((session_id, actor_user_id)),
            PersonalSessionEvent::PersonalTokenIssued { token_id, .. } => {
                self.token = Some(token_id);
            }
            PersonalSessionEvent::PersonalTokenRevoked { .. } => self.token = None,
            PersonalSessionEvent::PersonalSessionRevoked { .. } => self.revoked = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn token(n: u128) -> TokenId {
        TokenId::from_uuid(Uuid::from_u128(n))
    }

    fn created() -> PersonalSessionEvent {
        PersonalSessionEvent::PersonalSessionCreated {
            session_id: PersonalSessionId::default(),
            owner: PersonalSessionOwner::User(UserId::default()),
            actor_user_id: UserId::default(),
            name: "a bot".to_owned().into(),
            scope: Scope::default(),
        }
    }

    fn issued(n: u128) -> PersonalSessionEvent {
        PersonalSessionEvent::PersonalTokenIssued {
            session_id: PersonalSessionId::default(),
            actor_user_id: UserId::default(),
            token_id: token(n),
            expires_at: None,
        }
    }

    fn revoked() -> PersonalSessionEvent {
        PersonalSessionEvent::PersonalSessionRevoked {
            session_id: PersonalSessionId::default(),
            actor_user_id: UserId::default(),
            reason: SessionEnd::Admin,
        }
    }

    fn given(
        events: Vec<PersonalSessionEvent>,
    ) -> cqrs_es::test::AggregateTestExecutor<PersonalSession> {
        TestFramework::with(()).given(events)
    }

    #[test]
    fn a_session_is_created_with_its_token() {
        given(Vec::new())
            .when(PersonalSessionCommand::CreatePersonalSession {
                session_id: PersonalSessionId::default(),
                owner: PersonalSessionOwner::User(UserId::default()),
                actor_user_id: UserId::default(),
                name: "a bot".to_owned(),
                scope: Scope::default(),
                token_id: token(1),
                expires_at: None,
            })
            .then_expect_events(vec![created(), issued(1)]);
    }

    #[test]
    fn a_new_token_replaces_the_old_one() {
        given(vec![created(), issued(1)])
            .when(PersonalSessionCommand::RegeneratePersonalToken {
                token_id: token(2),
                expires_at: None,
            })
            .then_expect_events(vec![
                PersonalSessionEvent::PersonalTokenRevoked {
                    session_id: PersonalSessionId::default(),
                    actor_user_id: UserId::default(),
                    token_id: token(1),
                },
                issued(2),
            ]);
    }

    #[test]
    fn what_is_revoked_stays_so() {
        let revoke = PersonalSessionCommand::RevokePersonalSession {
            reason: SessionEnd::Admin,
        };
        given(vec![created(), issued(1)])
            .when(revoke.clone())
            .then_expect_events(vec![revoked()]);
        given(vec![created(), issued(1), revoked()])
            .when(revoke)
            .then_expect_error(PersonalSessionError::Revoked);
    }
}
