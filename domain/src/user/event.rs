use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Claim, ClaimKind, EmailAddress, EmailId, PasswordId, Pii, StoredEvent, UserId, Username,
    catalogue::events,
};

/// Which way a change came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Through one of the administrators' APIs.
    Admin,
    /// On the command line.
    Operator,
    /// By the user, on their own account.
    SelfService,
}

/// Why an email address left an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailRemovalReason {
    Removed,
    /// The account was deactivated.
    Deactivation,
    /// The person was erased.
    Erasure,
}

events! {
    /// What has happened to an account.
    pub enum UserEvent of "user" {
        /// The account came to be, and its username was taken for good.
        UserRegistered is "user.registered" version "1" {
            user_id: UserId,
            username: Pii<Username>,
            origin: Origin,
        }
        /// The account's sessions are refused until it is unlocked.
        UserLocked is "user.locked" version "1" {
            user_id: UserId,
        }
        /// The account's sessions are accepted again.
        UserUnlocked is "user.unlocked" version "1" {
            user_id: UserId,
        }
        /// Every session of the account ended with this, and its passwords were destroyed.
        UserDeactivated is "user.deactivated" version "2" {
            user_id: UserId,
            /// Whether the homeserver is asked to erase what the user has written.
            erase_on_homeserver: bool,
            /// Email addresses, present and former, whose keys are destroyed: nobody can read them in
            /// the log any more.
            shredded_emails: Vec<EmailId>,
        }
        /// The account can be used again. What deactivation removed did not come back.
        UserReactivated is "user.reactivated" version "1" {
            user_id: UserId,
        }
        /// The person's keys and vault rows are destroyed: nobody can read their personal data any
        /// more. Nothing can happen to the account after this.
        UserErased is "user.erased" version "1" {
            user_id: UserId,
        }
        /// The user may ask for administrators' scopes.
        UserAdminGranted is "user.admin_granted" version "1" {
            user_id: UserId,
        }
        /// The user may not ask for administrators' scopes. Sessions that were granted them keep them.
        UserAdminRevoked is "user.admin_revoked" version "1" {
            user_id: UserId,
        }
        /// The account has another email address.
        UserEmailAdded is "user.email_added" version "1" {
            user_id: UserId,
            /// Also the id of the key that seals the address.
            email_id: EmailId,
            email: Pii<EmailAddress>,
            origin: Origin,
        }
        /// The account no longer has the email address.
        UserEmailRemoved is "user.email_removed" version "1" {
            user_id: UserId,
            email_id: EmailId,
            reason: EmailRemovalReason,
        }
        /// The account has a new password. Its hash is in the vault, not here.
        UserPasswordSet is "user.password_set" version "1" {
            user_id: UserId,
            password_id: PasswordId,
            scheme_version: u16,
            origin: Origin,
        }
    }
}

impl UserEvent {
    #[must_use]
    pub const fn user_id(&self) -> UserId {
        match self {
            Self::UserRegistered { user_id, .. }
            | Self::UserLocked { user_id }
            | Self::UserUnlocked { user_id }
            | Self::UserDeactivated { user_id, .. }
            | Self::UserReactivated { user_id }
            | Self::UserErased { user_id }
            | Self::UserAdminGranted { user_id }
            | Self::UserAdminRevoked { user_id }
            | Self::UserEmailAdded { user_id, .. }
            | Self::UserEmailRemoved { user_id, .. }
            | Self::UserPasswordSet { user_id, .. } => *user_id,
        }
    }
}

impl StoredEvent for UserEvent {
    fn subject(&self) -> Option<Uuid> {
        Some(self.user_id().as_uuid())
    }

    fn sealing_key(&self) -> Option<Uuid> {
        match self {
            Self::UserEmailAdded { email_id, .. } => Some(email_id.as_uuid()),
            Self::UserRegistered { .. }
            | Self::UserLocked { .. }
            | Self::UserUnlocked { .. }
            | Self::UserDeactivated { .. }
            | Self::UserReactivated { .. }
            | Self::UserErased { .. }
            | Self::UserAdminGranted { .. }
            | Self::UserAdminRevoked { .. }
            | Self::UserEmailRemoved { .. }
            | Self::UserPasswordSet { .. } => self.subject(),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::UserRegistered {
                user_id, username, ..
            } => username
                .clear()
                .map(|name| Claim::username(name, user_id.as_uuid()))
                .into_iter()
                .collect(),
            Self::UserEmailAdded {
                user_id,
                email_id,
                email,
                ..
            } => email
                .clear()
                .map(|address| Claim::email(address, user_id.as_uuid(), email_id.as_uuid()))
                .into_iter()
                .collect(),
            Self::UserEmailRemoved { email_id, .. } => vec![Claim::Free {
                kind: ClaimKind::Email,
                reference: email_id.as_uuid(),
            }],
            Self::UserLocked { .. }
            | Self::UserUnlocked { .. }
            | Self::UserDeactivated { .. }
            | Self::UserReactivated { .. }
            | Self::UserErased { .. }
            | Self::UserAdminGranted { .. }
            | Self::UserAdminRevoked { .. }
            | Self::UserPasswordSet { .. } => Vec::new(),
        }
    }
}
