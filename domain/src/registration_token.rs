//! A registration token: an invitation that some number of people may register with.
//!
//! The token itself is not in the log; it is kept beside it, sealed.

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Claim, RegistrationTokenId, StoredEvent, UserId, catalogue::events};

/// What can be asked of a registration token. Times are microseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub enum RegistrationTokenCommand {
    CreateRegistrationToken {
        token_id: RegistrationTokenId,
        /// How many people may register with it; any number when absent.
        usage_limit: Option<u32>,
        expires_at: Option<i64>,
    },
    /// Somebody registers with it now.
    UseRegistrationToken {
        user_id: UserId,
        now: i64,
    },
    RevokeRegistrationToken,
    UnrevokeRegistrationToken,
    SetRegistrationTokenExpiry {
        expires_at: Option<i64>,
    },
    SetRegistrationTokenUsageLimit {
        usage_limit: Option<u32>,
    },
}

events! {
    /// What has happened to a registration token.
    pub enum RegistrationTokenEvent of "registration_token" {
        /// There is a new invitation.
        RegistrationTokenCreated is "registration_token.created" version "1" {
            token_id: RegistrationTokenId,
            /// How many people may register with it; any number when absent.
            usage_limit: Option<u32>,
            /// Microseconds since 1970; never when absent.
            expires_at: Option<i64>,
        }
        /// Somebody registered with it.
        RegistrationTokenUsed is "registration_token.used" version "1" {
            token_id: RegistrationTokenId,
            user_id: UserId,
        }
        /// It is refused from now on.
        RegistrationTokenRevoked is "registration_token.revoked" version "1" {
            token_id: RegistrationTokenId,
        }
        /// It is accepted again.
        RegistrationTokenUnrevoked is "registration_token.unrevoked" version "1" {
            token_id: RegistrationTokenId,
        }
        /// It expires at another time.
        RegistrationTokenExpirySet is "registration_token.expiry_set" version "1" {
            token_id: RegistrationTokenId,
            /// Microseconds since 1970; never when absent.
            expires_at: Option<i64>,
        }
        /// Another number of people may register with it.
        RegistrationTokenUsageLimitSet is "registration_token.usage_limit_set" version "1" {
            token_id: RegistrationTokenId,
            usage_limit: Option<u32>,
        }
    }
}

impl StoredEvent for RegistrationTokenEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::RegistrationTokenUsed { user_id, .. } => Some(user_id.as_uuid()),
            Self::RegistrationTokenCreated { .. }
            | Self::RegistrationTokenRevoked { .. }
            | Self::RegistrationTokenUnrevoked { .. }
            | Self::RegistrationTokenExpirySet { .. }
            | Self::RegistrationTokenUsageLimitSet { .. } => None,
        }
    }

    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationTokenError {
    #[error("the registration token exists already")]
    AlreadyCreated,
    #[error("no such registration token")]
    NotFound,
    #[error("the registration token is revoked already")]
    AlreadyRevoked,
    #[error("the registration token is not revoked")]
    NotRevoked,
    /// Revoked, expired or used up.
    #[error("the registration token is not valid any more")]
    Invalid,
}

impl RegistrationTokenError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyCreated => "registration_token.already_created",
            Self::NotFound => "registration_token.not_found",
            Self::AlreadyRevoked => "registration_token.already_revoked",
            Self::NotRevoked => "registration_token.not_revoked",
            Self::Invalid => "registration_token.invalid",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RegistrationToken {
    created: Option<RegistrationTokenId>,
    usage_limit: Option<u32>,
    times_used: u32,
    expires_at: Option<i64>,
    revoked: bool,
}

impl RegistrationToken {
    fn is_valid(&self, now: i64) -> bool {
        !self.revoked
            && self.expires_at.is_none_or(|at| now < at)
            && self.usage_limit.is_none_or(|limit| self.times_used < limit)
    }

    fn decide(
        &self,
        command: RegistrationTokenCommand,
    ) -> Result<Option<RegistrationTokenEvent>, RegistrationTokenError> {
        let known = self.created.ok_or(RegistrationTokenError::NotFound);
        Ok(Some(match command {
            RegistrationTokenCommand::CreateRegistrationToken {
                token_id,
                usage_limit,
                expires_at,
            } => {
                if self.created.is_some() {
                    return Err(RegistrationTokenError::AlreadyCreated);
                }
                RegistrationTokenEvent::RegistrationTokenCreated {
                    token_id,
                    usage_limit,
                    expires_at,
                }
            }
            RegistrationTokenCommand::UseRegistrationToken { user_id, now } => {
                let token_id = known?;
                if !self.is_valid(now) {
                    return Err(RegistrationTokenError::Invalid);
                }
                RegistrationTokenEvent::RegistrationTokenUsed { token_id, user_id }
            }
            RegistrationTokenCommand::RevokeRegistrationToken => {
                let token_id = known?;
                if self.revoked {
                    return Err(RegistrationTokenError::AlreadyRevoked);
                }
                RegistrationTokenEvent::RegistrationTokenRevoked { token_id }
            }
            RegistrationTokenCommand::UnrevokeRegistrationToken => {
                let token_id = known?;
                if !self.revoked {
                    return Err(RegistrationTokenError::NotRevoked);
                }
                RegistrationTokenEvent::RegistrationTokenUnrevoked { token_id }
            }
            RegistrationTokenCommand::SetRegistrationTokenExpiry { expires_at } => {
                let token_id = known?;
                if self.expires_at == expires_at {
                    return Ok(None);
                }
                RegistrationTokenEvent::RegistrationTokenExpirySet {
                    token_id,
                    expires_at,
                }
            }
            RegistrationTokenCommand::SetRegistrationTokenUsageLimit { usage_limit } => {
                let token_id = known?;
                if self.usage_limit == usage_limit {
                    return Ok(None);
                }
                RegistrationTokenEvent::RegistrationTokenUsageLimitSet {
                    token_id,
                    usage_limit,
                }
            }
        }))
    }
}

impl Aggregate for RegistrationToken {
    const TYPE: &'static str = "registration_token";
    type Command = RegistrationTokenCommand;
    type Event = RegistrationTokenEvent;
    type Error = RegistrationTokenError;
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
            RegistrationTokenEvent::RegistrationTokenCreated {
                token_id,
                usage_limit,
                expires_at,
            } => {
                self.created = Some(token_id);
                self.usage_limit = usage_limit;
                self.expires_at = expires_at;
            }
            RegistrationTokenEvent::RegistrationTokenUsed { .. } => self.times_used += 1,
            RegistrationTokenEvent::RegistrationTokenRevoked { .. } => self.revoked = true,
            RegistrationTokenEvent::RegistrationTokenUnrevoked { .. } => self.revoked = false,
            RegistrationTokenEvent::RegistrationTokenExpirySet { expires_at, .. } => {
                self.expires_at = expires_at;
            }
            RegistrationTokenEvent::RegistrationTokenUsageLimitSet { usage_limit, .. } => {
                self.usage_limit = usage_limit;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    const ID: RegistrationTokenId = RegistrationTokenId::from_uuid(Uuid::from_u128(7));

    fn created(usage_limit: Option<u32>, expires_at: Option<i64>) -> RegistrationTokenEvent {
        RegistrationTokenEvent::RegistrationTokenCreated {
            token_id: ID,
            usage_limit,
            expires_at,
        }
    }

    fn used() -> RegistrationTokenEvent {
        RegistrationTokenEvent::RegistrationTokenUsed {
            token_id: ID,
            user_id: UserId::default(),
        }
    }

    const REVOKED: RegistrationTokenEvent =
        RegistrationTokenEvent::RegistrationTokenRevoked { token_id: ID };

    fn use_at(now: i64) -> RegistrationTokenCommand {
        RegistrationTokenCommand::UseRegistrationToken {
            user_id: UserId::default(),
            now,
        }
    }

    fn given(
        events: Vec<RegistrationTokenEvent>,
    ) -> cqrs_es::test::AggregateTestExecutor<RegistrationToken> {
        TestFramework::with(()).given(events)
    }

    #[test]
    fn it_is_used_as_often_as_it_may() {
        given(vec![created(Some(2), None), used()])
            .when(use_at(0))
            .then_expect_events(vec![used()]);
        given(vec![created(Some(2), None), used(), used()])
            .when(use_at(0))
            .then_expect_error(RegistrationTokenError::Invalid);
    }

    #[test]
    fn it_is_used_before_it_expires() {
        given(vec![created(None, Some(10))])
            .when(use_at(9))
            .then_expect_events(vec![used()]);
        given(vec![created(None, Some(10))])
            .when(use_at(10))
            .then_expect_error(RegistrationTokenError::Invalid);
    }

    #[test]
    fn it_is_not_used_while_revoked() {
        given(vec![created(None, None), REVOKED])
            .when(use_at(0))
            .then_expect_error(RegistrationTokenError::Invalid);
        given(vec![created(None, None), REVOKED])
            .when(RegistrationTokenCommand::UnrevokeRegistrationToken)
            .then_expect_events(vec![RegistrationTokenEvent::RegistrationTokenUnrevoked {
                token_id: ID,
            }]);
        given(vec![created(None, None), REVOKED])
            .when(RegistrationTokenCommand::RevokeRegistrationToken)
            .then_expect_error(RegistrationTokenError::AlreadyRevoked);
    }
}
