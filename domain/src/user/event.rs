use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Claim, ClaimKind, EmailAddress, EmailId, PasswordId, Pii, StoredEvent, UpstreamLinkId,
    UpstreamProviderId, UserId, Username, catalogue::events,
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
    /// By somebody who registered themselves.
    Registration,
    /// By somebody who proved to own one of the account's email addresses.
    Recovery,
    /// By signing in at an upstream provider.
    Upstream,
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
        /// The password is the same, but its hash in the vault was made anew by a later scheme.
        UserPasswordHashUpgraded is "user.password_hash_upgraded" version "1" {
            user_id: UserId,
            password_id: PasswordId,
            /// The password whose hash it replaces.
            upgraded_from: PasswordId,
            scheme_version: u16,
        }
        /// Somebody tried to sign in with wrong passwords. Counted over a while, not one by one.
        UserSignInsFailed is "user.sign_ins_failed" version "1" {
            user_id: UserId,
            attempts: u32,
            /// When the first of them was, in microseconds since 1970.
            since: i64,
            /// Where the last of them came from.
            ip: Option<Pii<IpAddr>>,
        }
        /// The user accepted the terms of service.
        UserTermsAccepted is "user.terms_accepted" version "1" {
            user_id: UserId,
            terms_uri: String,
        }
        /// The homeserver gave the user another display name, or none. It is kept there alone.
        UserDisplayNameSet is "user.display_name_set" version "1" {
            user_id: UserId,
            /// None when absent.
            display_name: Option<Pii<String>>,
        }
        /// The homeserver lets the user replace their cross-signing keys for some minutes, without
        /// asking them who they are.
        UserCrossSigningResetAllowed is "user.cross_signing_reset_allowed" version "1" {
            user_id: UserId,
        }
        /// An administrator had a link mailed to an address of the user's, by which a password can be
        /// set once.
        UserPasswordLinkRequested is "user.password_link_requested" version "1" {
            user_id: UserId,
            email_id: EmailId,
        }
        /// The user can sign in at an upstream provider.
        UserUpstreamLinked is "user.upstream_linked" version "1" {
            user_id: UserId,
            link_id: UpstreamLinkId,
            provider_id: UpstreamProviderId,
            /// Who the user is there.
            subject: Pii<String>,
            /// What the account is called there, for people.
            account_name: Option<Pii<String>>,
        }
        /// The user can no longer sign in by that identity.
        UserUpstreamUnlinked is "user.upstream_unlinked" version "1" {
            user_id: UserId,
            link_id: UpstreamLinkId,
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
            | Self::UserPasswordSet { user_id, .. }
            | Self::UserPasswordHashUpgraded { user_id, .. }
            | Self::UserSignInsFailed { user_id, .. }
            | Self::UserTermsAccepted { user_id, .. }
            | Self::UserDisplayNameSet { user_id, .. }
            | Self::UserCrossSigningResetAllowed { user_id }
            | Self::UserPasswordLinkRequested { user_id, .. }
            | Self::UserUpstreamLinked { user_id, .. }
            | Self::UserUpstreamUnlinked { user_id, .. } => *user_id,
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
            _ => self.subject(),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        let claim = match self {
            Self::UserRegistered {
                user_id, username, ..
            } => username
                .clear()
                .map(|name| Claim::username(name, user_id.as_uuid())),
            Self::UserEmailAdded {
                user_id,
                email_id,
                email,
                ..
            } => email
                .clear()
                .map(|address| Claim::email(address, user_id.as_uuid(), email_id.as_uuid())),
            Self::UserEmailRemoved { email_id, .. } => Some(Claim::Free {
                kind: ClaimKind::Email,
                reference: email_id.as_uuid(),
            }),
            Self::UserUpstreamLinked {
                user_id,
                link_id,
                provider_id,
                subject,
                ..
            } => subject.clear().map(|subject| {
                Claim::upstream_subject(*provider_id, subject, user_id.as_uuid(), link_id.as_uuid())
            }),
            Self::UserUpstreamUnlinked { link_id, .. } => Some(Claim::Free {
                kind: ClaimKind::UpstreamSubject,
                reference: link_id.as_uuid(),
            }),
            Self::UserLocked { .. }
            | Self::UserUnlocked { .. }
            | Self::UserDeactivated { .. }
            | Self::UserReactivated { .. }
            | Self::UserErased { .. }
            | Self::UserAdminGranted { .. }
            | Self::UserAdminRevoked { .. }
            | Self::UserPasswordSet { .. }
            | Self::UserPasswordHashUpgraded { .. }
            | Self::UserSignInsFailed { .. }
            | Self::UserTermsAccepted { .. }
            | Self::UserDisplayNameSet { .. }
            | Self::UserCrossSigningResetAllowed { .. }
            | Self::UserPasswordLinkRequested { .. } => None,
        };
        claim.into_iter().collect()
    }
}
