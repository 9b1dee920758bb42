//! The account: its name, flags, email addresses and the fact that it has a password.
//!
//! The password itself, its hash and every other secret live outside the log.

mod command;
mod error;
mod event;

mod add_email;
mod deactivate;
mod erase;
mod lock;
mod on_homeserver;
mod register;
mod remove_email;
mod request_password_link;
mod set_admin;
mod set_password;
mod sign_in;
mod upstream;

pub use command::UserCommand;
pub use error::UserError;
pub use event::{EmailRemovalReason, Origin, UserEvent};

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};

use crate::{EmailAddress, EmailId, PasswordId, Pii, UpstreamLinkId, UserId};

/// The smallest state that the decisions below need.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct User {
    id: Option<UserId>,
    locked: bool,
    standing: Standing,
    can_request_admin: bool,
    emails: Vec<(EmailId, Pii<EmailAddress>)>,
    /// Addresses, present and former, that the log still holds in readable form.
    readable_emails: Vec<EmailId>,
    password: Option<PasswordId>,
    upstream_links: Vec<UpstreamLinkId>,
    /// Accepted terms of service.
    terms: Vec<String>,
}

/// How far an account has come to its end.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Standing {
    #[default]
    Active,
    /// Can be reactivated.
    Deactivated,
    /// Cannot.
    Erased,
}

impl User {
    /// The account's id, or the reason why nothing can be done to it.
    fn registered(&self) -> Result<UserId, UserError> {
        match self.id {
            Some(_) if self.standing == Standing::Erased => Err(UserError::Erased),
            Some(id) => Ok(id),
            None => Err(UserError::NotFound),
        }
    }
}

impl Aggregate for User {
    const TYPE: &'static str = "user";
    type Command = UserCommand;
    type Event = UserEvent;
    type Error = UserError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        let events = match command {
            UserCommand::RegisterUser {
                user_id,
                username,
                origin,
            } => register::decide(self, user_id, username, origin)?,
            UserCommand::LockUser { deactivate } => lock::decide_lock(self, deactivate)?,
            UserCommand::UnlockUser { reactivate } => lock::decide_unlock(self, reactivate)?,
            UserCommand::DeactivateUser { erase } => deactivate::decide(self, erase)?,
            UserCommand::EraseUser => erase::decide(self)?,
            UserCommand::ReactivateUser => deactivate::decide_reactivate(self)?,
            UserCommand::GrantAdmin => set_admin::decide_grant(self)?,
            UserCommand::RevokeAdmin => set_admin::decide_revoke(self)?,
            UserCommand::AddEmail {
                email_id,
                email,
                origin,
            } => add_email::decide(self, email_id, email, origin)?,
            UserCommand::RemoveEmail { email_id } => remove_email::decide(self, email_id)?,
            UserCommand::SetPassword {
                password_id,
                scheme_version,
                origin,
            } => set_password::decide(self, password_id, scheme_version, origin)?,
            UserCommand::UpgradePasswordHash {
                password_id,
                upgraded_from,
                scheme_version,
            } => sign_in::decide_upgrade(self, password_id, upgraded_from, scheme_version)?,
            UserCommand::ReportFailedSignIns {
                attempts,
                since,
                ip,
            } => sign_in::decide_failed(self, attempts, since, ip)?,
            UserCommand::AcceptTerms { terms_uri } => sign_in::decide_terms(self, terms_uri)?,
            UserCommand::SetDisplayName { display_name } => {
                on_homeserver::decide_display_name(self, display_name)?
            }
            UserCommand::AllowCrossSigningReset => on_homeserver::decide_cross_signing_reset(self)?,
            UserCommand::RequestPasswordLink { email_id } => {
                request_password_link::decide(self, email_id)?
            }
            UserCommand::LinkUpstream {
                link_id,
                provider_id,
                subject,
                account_name,
            } => upstream::decide_link(self, link_id, provider_id, subject, account_name)?,
            UserCommand::UnlinkUpstream { link_id } => upstream::decide_unlink(self, link_id)?,
        };
        for event in events {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            UserEvent::UserRegistered { user_id, .. } => self.id = Some(user_id),
            UserEvent::UserLocked { .. } => self.locked = true,
            UserEvent::UserUnlocked { .. } => self.locked = false,
            UserEvent::UserDeactivated {
                shredded_emails, ..
            } => {
                self.standing = Standing::Deactivated;
                self.password = None;
                self.readable_emails
                    .retain(|id| !shredded_emails.contains(id));
            }
            UserEvent::UserReactivated { .. } => self.standing = Standing::Active,
            UserEvent::UserErased { .. } => self.standing = Standing::Erased,
            UserEvent::UserAdminGranted { .. } => self.can_request_admin = true,
            UserEvent::UserAdminRevoked { .. } => self.can_request_admin = false,
            UserEvent::UserEmailAdded {
                email_id, email, ..
            } => {
                self.emails.push((email_id, email));
                self.readable_emails.push(email_id);
            }
            UserEvent::UserEmailRemoved { email_id, .. } => {
                self.emails.retain(|(id, _)| *id != email_id);
            }
            UserEvent::UserPasswordSet { password_id, .. }
            | UserEvent::UserPasswordHashUpgraded { password_id, .. } => {
                self.password = Some(password_id);
            }
            UserEvent::UserUpstreamLinked { link_id, .. } => self.upstream_links.push(link_id),
            UserEvent::UserUpstreamUnlinked { link_id, .. } => {
                self.upstream_links.retain(|id| *id != link_id);
            }
            UserEvent::UserTermsAccepted { terms_uri, .. } => self.terms.push(terms_uri),
            UserEvent::UserSignInsFailed { .. }
            | UserEvent::UserDisplayNameSet { .. }
            | UserEvent::UserCrossSigningResetAllowed { .. }
            | UserEvent::UserPasswordLinkRequested { .. } => {}
        }
    }
}

#[cfg(test)]
mod given {
    //! Histories that the tests of the single decisions start from.

    use super::*;
    use crate::Username;

    pub(super) const ALICE: UserId = UserId::from_uuid(uuid::Uuid::from_u128(1));

    pub(super) fn alice() -> UserEvent {
        UserEvent::UserRegistered {
            user_id: ALICE,
            username: Username::parse("alice").unwrap().into(),
            origin: Origin::Admin,
        }
    }

    pub(super) fn email_id(n: u128) -> EmailId {
        EmailId::from_uuid(uuid::Uuid::from_u128(n))
    }

    pub(super) fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    pub(super) fn email(n: u128, text: &str) -> UserEvent {
        UserEvent::UserEmailAdded {
            user_id: ALICE,
            email_id: email_id(n),
            email: address(text).into(),
            origin: Origin::Admin,
        }
    }

    pub(super) fn locked() -> UserEvent {
        UserEvent::UserLocked { user_id: ALICE }
    }

    pub(super) fn deactivated() -> UserEvent {
        UserEvent::UserDeactivated {
            user_id: ALICE,
            erase_on_homeserver: true,
            shredded_emails: Vec::new(),
        }
    }

    pub(super) fn user(history: Vec<UserEvent>) -> cqrs_es::test::AggregateTestExecutor<User> {
        cqrs_es::test::TestFramework::with(()).given(history)
    }
}
