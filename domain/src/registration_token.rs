//! A registration token: an invitation that some number of people may register with.
//!
//! The token itself is not in the log; it is kept beside it, sealed. One that is for somebody alone names
//! them in the log only for as long as they can register with it: then its key is destroyed, and what is
//! known of them is in their account.

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Claim, EmailAddress, Invitee, Pii, RegistrationTokenId, StoredEvent, UserId, Username,
    catalogue::events,
};

/// What can be asked of a registration token. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub enum RegistrationTokenCommand {
    CreateRegistrationToken {
        token_id: RegistrationTokenId,
        /// How many people may register with it; any number when absent.
        usage_limit: Option<u32>,
        expires_at: Option<i64>,
        /// Whom it is for alone.
        invitee: Invitee,
    },
    /// Somebody registers with it now.
    UseRegistrationToken {
        user_id: UserId,
        /// As whom.
        invitee: Invitee,
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
    /// Whoever it is for cannot use it any more, if it has expired by now.
    ForgetInvitee {
        now: i64,
    },
}

events! {
    /// What has happened to a registration token.
    pub enum RegistrationTokenEvent of "registration_token" {
        /// There is a new invitation.
        RegistrationTokenCreated is "registration_token.created" version "2" {
            /// Also the id of the key that seals whom it is for.
            token_id: RegistrationTokenId,
            /// How many people may register with it; any number when absent.
            usage_limit: Option<u32>,
            /// Microseconds since 1970; never when absent.
            expires_at: Option<i64>,
            /// The name that has to be registered with it; any when absent.
            username: Option<Pii<Username>>,
            /// The address that whoever registers with it has to prove; any, or none, when absent.
            email: Option<Pii<EmailAddress>>,
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
        /// The key is destroyed that sealed whom it was for, as it was used, revoked or has expired.
        /// Nobody can register with it after this.
        RegistrationTokenInviteeForgotten is "registration_token.invitee_forgotten" version "1" {
            token_id: RegistrationTokenId,
        }
    }
}

impl StoredEvent for RegistrationTokenEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::RegistrationTokenUsed { user_id, .. } => Some(user_id.as_uuid()),
            // Whoever it is for is not a person here yet.
            Self::RegistrationTokenCreated {
                token_id,
                username,
                email,
                ..
            } => (username.is_some() || email.is_some()).then(|| token_id.as_uuid()),
            Self::RegistrationTokenRevoked { .. }
            | Self::RegistrationTokenUnrevoked { .. }
            | Self::RegistrationTokenExpirySet { .. }
            | Self::RegistrationTokenUsageLimitSet { .. }
            | Self::RegistrationTokenInviteeForgotten { .. } => None,
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
    /// It is for somebody, and not for them.
    #[error("the registration token is for somebody else")]
    ForSomebodyElse,
    /// So that nobody can use it again.
    #[error("it is not known any more whom the registration token was for")]
    InviteeForgotten,
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
            Self::ForSomebodyElse => "registration_token.for_somebody_else",
            Self::InviteeForgotten => "registration_token.invitee_forgotten",
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
    username: Option<Pii<Username>>,
    email: Option<Pii<EmailAddress>>,
    invitee_forgotten: bool,
}

impl RegistrationToken {
    fn is_valid(&self, now: i64) -> bool {
        !self.revoked
            && !self.invitee_forgotten
            && self.expires_at.is_none_or(|at| now < at)
            && self.usage_limit.is_none_or(|limit| self.times_used < limit)
    }

    /// Whether it is for somebody of whom it is known.
    const fn has_invitee(&self) -> bool {
        !self.invitee_forgotten && (self.username.is_some() || self.email.is_some())
    }

    fn is_for(&self, other: &Invitee) -> bool {
        let (username, email) = (self.username.as_ref(), self.email.as_ref());
        let invitee = Invitee {
            username: username.and_then(Pii::clear).cloned(),
            email: email.and_then(Pii::clear).cloned(),
        };
        let is_readable = invitee.username.is_some() == username.is_some()
            && invitee.email.is_some() == email.is_some();
        is_readable && invitee.means(other)
    }

    /// What follows when whoever it is for cannot use it any more.
    fn forget(&self, token_id: RegistrationTokenId) -> Option<RegistrationTokenEvent> {
        self.has_invitee()
            .then_some(RegistrationTokenEvent::RegistrationTokenInviteeForgotten { token_id })
    }

    fn decide(
        &self,
        command: RegistrationTokenCommand,
    ) -> Result<Vec<RegistrationTokenEvent>, RegistrationTokenError> {
        let known = self.created.ok_or(RegistrationTokenError::NotFound);
        Ok(match command {
            RegistrationTokenCommand::CreateRegistrationToken {
                token_id,
                usage_limit,
                expires_at,
                invitee,
            } => {
                if self.created.is_some() {
                    return Err(RegistrationTokenError::AlreadyCreated);
                }
                vec![RegistrationTokenEvent::RegistrationTokenCreated {
                    token_id,
                    usage_limit,
                    expires_at,
                    username: invitee.username.map(Pii::from),
                    email: invitee.email.map(Pii::from),
                }]
            }
            RegistrationTokenCommand::UseRegistrationToken {
                user_id,
                invitee,
                now,
            } => {
                let token_id = known?;
                if !self.is_valid(now) {
                    return Err(RegistrationTokenError::Invalid);
                }
                if !self.is_for(&invitee) {
                    return Err(RegistrationTokenError::ForSomebodyElse);
                }
                let used = RegistrationTokenEvent::RegistrationTokenUsed { token_id, user_id };
                [used].into_iter().chain(self.forget(token_id)).collect()
            }
            RegistrationTokenCommand::RevokeRegistrationToken => {
                let token_id = known?;
                if self.revoked {
                    return Err(RegistrationTokenError::AlreadyRevoked);
                }
                let revoked = RegistrationTokenEvent::RegistrationTokenRevoked { token_id };
                [revoked].into_iter().chain(self.forget(token_id)).collect()
            }
            RegistrationTokenCommand::UnrevokeRegistrationToken => {
                let token_id = known?;
                if !self.revoked {
                    return Err(RegistrationTokenError::NotRevoked);
                }
                if self.invitee_forgotten {
                    return Err(RegistrationTokenError::InviteeForgotten);
                }
                vec![RegistrationTokenEvent::RegistrationTokenUnrevoked { token_id }]
            }
            RegistrationTokenCommand::SetRegistrationTokenExpiry { expires_at } => {
                let token_id = known?;
                if self.expires_at == expires_at {
                    return Ok(Vec::new());
                }
                vec![RegistrationTokenEvent::RegistrationTokenExpirySet {
                    token_id,
                    expires_at,
                }]
            }
            RegistrationTokenCommand::SetRegistrationTokenUsageLimit { usage_limit } => {
                let token_id = known?;
                if self.usage_limit == usage_limit {
                    return Ok(Vec::new());
                }
                vec![RegistrationTokenEvent::RegistrationTokenUsageLimitSet {
                    token_id,
                    usage_limit,
                }]
            }
            RegistrationTokenCommand::ForgetInvitee { now } => {
                let token_id = known?;
                let forgotten = self.forget(token_id).filter(|_| !self.is_valid(now));
                forgotten.into_iter().collect()
            }
        })
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
        for event in self.decide(command)? {
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
                username,
                email,
            } => {
                self.created = Some(token_id);
                self.usage_limit = usage_limit;
                self.expires_at = expires_at;
                self.username = username;
                self.email = email;
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
            RegistrationTokenEvent::RegistrationTokenInviteeForgotten { .. } => {
                self.invitee_forgotten = true;
                self.username = None;
                self.email = None;
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
            username: None,
            email: None,
        }
    }

    fn alice() -> Invitee {
        Invitee {
            username: Some(Username::parse("alice").unwrap()),
            email: Some(EmailAddress::parse("alice@example.com").unwrap()),
        }
    }

    /// An invitation for her alone.
    fn for_alice(expires_at: Option<i64>) -> RegistrationTokenEvent {
        RegistrationTokenEvent::RegistrationTokenCreated {
            token_id: ID,
            usage_limit: Some(1),
            expires_at,
            username: alice().username.map(Pii::from),
            email: alice().email.map(Pii::from),
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
    const FORGOTTEN: RegistrationTokenEvent =
        RegistrationTokenEvent::RegistrationTokenInviteeForgotten { token_id: ID };

    fn use_at(now: i64) -> RegistrationTokenCommand {
        use_as(alice(), now)
    }

    fn use_as(invitee: Invitee, now: i64) -> RegistrationTokenCommand {
        RegistrationTokenCommand::UseRegistrationToken {
            user_id: UserId::default(),
            invitee,
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

    #[test]
    fn who_it_is_for_is_forgotten_as_they_use_it() {
        given(vec![for_alice(None)])
            .when(use_at(0))
            .then_expect_events(vec![used(), FORGOTTEN]);
        given(vec![for_alice(None), used(), FORGOTTEN])
            .when(use_at(0))
            .then_expect_error(RegistrationTokenError::Invalid);
    }

    #[test]
    fn nobody_else_uses_it() {
        let other = |username: &str, email: Option<&str>| Invitee {
            username: Some(Username::parse(username).unwrap()),
            email: email.map(|email| EmailAddress::parse(email).unwrap()),
        };
        for other in [
            other("bob", Some("alice@example.com")),
            other("alice", Some("bob@example.com")),
            other("alice", None),
        ] {
            given(vec![for_alice(None)])
                .when(use_as(other, 0))
                .then_expect_error(RegistrationTokenError::ForSomebodyElse);
        }
        given(vec![for_alice(None)])
            .when(use_as(other("alice", Some("Alice@Example.com")), 0))
            .then_expect_events(vec![used(), FORGOTTEN]);
    }

    #[test]
    fn who_it_is_for_is_forgotten_as_it_is_revoked_and_for_good() {
        given(vec![for_alice(None)])
            .when(RegistrationTokenCommand::RevokeRegistrationToken)
            .then_expect_events(vec![REVOKED, FORGOTTEN]);
        given(vec![for_alice(None), REVOKED, FORGOTTEN])
            .when(RegistrationTokenCommand::UnrevokeRegistrationToken)
            .then_expect_error(RegistrationTokenError::InviteeForgotten);
    }

    #[test]
    fn who_it_is_for_is_forgotten_once_it_has_expired() {
        for (now, events) in [(9, vec![]), (10, vec![FORGOTTEN])] {
            given(vec![for_alice(Some(10))])
                .when(RegistrationTokenCommand::ForgetInvitee { now })
                .then_expect_events(events);
        }
        for before in [created(None, Some(10)), for_alice(Some(10))] {
            given(vec![before, FORGOTTEN])
                .when(RegistrationTokenCommand::ForgetInvitee { now: 10 })
                .then_expect_events(vec![]);
        }
    }

    #[test]
    fn a_key_of_its_own_seals_who_it_is_for() {
        assert_eq!(for_alice(None).subject(), Some(ID.as_uuid()));
        assert_eq!(for_alice(None).sealing_key(), Some(ID.as_uuid()));
        assert_eq!(created(None, None).subject(), None);
    }
}
