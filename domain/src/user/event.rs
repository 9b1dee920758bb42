use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Claim, ClaimKind, EmailAddress, EmailId, PasswordId, Pii, StoredEvent, UserId, Username,
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
}

/// What has happened to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum UserEvent {
    UserRegistered {
        user_id: UserId,
        username: Pii<Username>,
        origin: Origin,
    },
    UserLocked {
        user_id: UserId,
    },
    UserUnlocked {
        user_id: UserId,
    },
    /// Every session of the account ended with this, and its passwords were destroyed.
    UserDeactivated {
        user_id: UserId,
        erase: bool,
    },
    UserReactivated {
        user_id: UserId,
    },
    /// The user may ask for administrators' scopes.
    UserAdminGranted {
        user_id: UserId,
    },
    UserAdminRevoked {
        user_id: UserId,
    },
    UserEmailAdded {
        user_id: UserId,
        email_id: EmailId,
        email: Pii<EmailAddress>,
        origin: Origin,
    },
    UserEmailRemoved {
        user_id: UserId,
        email_id: EmailId,
        reason: EmailRemovalReason,
    },
    UserPasswordSet {
        user_id: UserId,
        password_id: PasswordId,
        scheme_version: u16,
        origin: Origin,
    },
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
            | Self::UserAdminGranted { user_id }
            | Self::UserAdminRevoked { user_id }
            | Self::UserEmailAdded { user_id, .. }
            | Self::UserEmailRemoved { user_id, .. }
            | Self::UserPasswordSet { user_id, .. } => *user_id,
        }
    }
}

impl DomainEvent for UserEvent {
    fn event_type(&self) -> String {
        match self {
            Self::UserRegistered { .. } => "user.registered",
            Self::UserLocked { .. } => "user.locked",
            Self::UserUnlocked { .. } => "user.unlocked",
            Self::UserDeactivated { .. } => "user.deactivated",
            Self::UserReactivated { .. } => "user.reactivated",
            Self::UserAdminGranted { .. } => "user.admin_granted",
            Self::UserAdminRevoked { .. } => "user.admin_revoked",
            Self::UserEmailAdded { .. } => "user.email_added",
            Self::UserEmailRemoved { .. } => "user.email_removed",
            Self::UserPasswordSet { .. } => "user.password_set",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        match self {
            Self::UserRegistered { .. }
            | Self::UserLocked { .. }
            | Self::UserUnlocked { .. }
            | Self::UserDeactivated { .. }
            | Self::UserReactivated { .. }
            | Self::UserAdminGranted { .. }
            | Self::UserAdminRevoked { .. }
            | Self::UserEmailAdded { .. }
            | Self::UserEmailRemoved { .. }
            | Self::UserPasswordSet { .. } => "1",
        }
        .to_owned()
    }
}

impl StoredEvent for UserEvent {
    fn subject(&self) -> Option<Uuid> {
        Some(self.user_id().as_uuid())
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
            | Self::UserAdminGranted { .. }
            | Self::UserAdminRevoked { .. }
            | Self::UserPasswordSet { .. } => Vec::new(),
        }
    }
}
