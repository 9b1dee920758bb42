use muniment_domain::{EmailId, UserId};
use muniment_store::outbox::{NewItem, Outbox, OutboxError, OutboxItem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something to be done outside of the database. Stored, sealed, until it is done: a field that is
/// added needs a default, and none may change its meaning.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    SendEmailCode {
        authentication_id: Uuid,
        /// Who asks, if they have an account already.
        user_id: Option<UserId>,
        email: String,
        code: String,
        /// A language tag such as `de` or `en-GB`.
        locale: String,
        /// A username.
        name: Option<String>,
        /// Too late to send it; microseconds since 1970.
        expires_at: i64,
    },
    /// Finds the accounts of a recovery, and mails them tickets.
    MailRecoveryTickets {
        session_id: Uuid,
    },
    SendRecoveryMail {
        user_id: Option<UserId>,
        email: String,
        /// With the ticket in it.
        link: String,
        locale: String,
        name: Option<String>,
        expires_at: i64,
    },
    /// Draws the ticket of a link that an administrator has mailed, and mails it.
    MailPasswordLink {
        user_id: UserId,
        email_id: EmailId,
        locale: String,
    },
    SendPasswordLink {
        user_id: UserId,
        email: String,
        /// With the ticket in it.
        link: String,
        locale: String,
        name: String,
        expires_at: i64,
    },
    /// Tells the homeserver of a user as they are, then of their devices.
    ProvisionUser {
        user_id: UserId,
        /// Given once, when the user is new.
        displayname: Option<String>,
    },
    SyncDevices {
        user_id: UserId,
    },
    DeleteUserOnHomeserver {
        user_id: UserId,
        /// Given when the user was erased, so that nobody else knows it any more.
        localpart: Option<String>,
        erase: bool,
    },
    ReactivateUser {
        user_id: UserId,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum EnqueueError {
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error("an effect cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Effect {
    /// Stored, and the label under which it is counted.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SendEmailCode { .. } => "send_email_code",
            Self::MailRecoveryTickets { .. } => "mail_recovery_tickets",
            Self::SendRecoveryMail { .. } => "send_recovery_mail",
            Self::MailPasswordLink { .. } => "mail_password_link",
            Self::SendPasswordLink { .. } => "send_password_link",
            Self::ProvisionUser { .. } => "provision_user",
            Self::SyncDevices { .. } => "sync_devices",
            Self::DeleteUserOnHomeserver { .. } => "delete_user_on_homeserver",
            Self::ReactivateUser { .. } => "reactivate_user",
        }
    }

    /// Whose erasure makes it void.
    const fn subject(&self) -> Option<UserId> {
        match self {
            Self::SendEmailCode { user_id, .. } | Self::SendRecoveryMail { user_id, .. } => {
                *user_id
            }
            // What an erasure itself brings about outlives it.
            Self::DeleteUserOnHomeserver {
                localpart: Some(_), ..
            }
            // Nobody knows yet.
            | Self::MailRecoveryTickets { .. } => None,
            Self::MailPasswordLink { user_id, .. }
            | Self::SendPasswordLink { user_id, .. }
            | Self::ProvisionUser { user_id, .. }
            | Self::SyncDevices { user_id }
            | Self::DeleteUserOnHomeserver { user_id, .. }
            | Self::ReactivateUser { user_id } => Some(*user_id),
        }
    }

    /// An item for the outbox: with an append as `VaultWrite::Enqueue`, else by `Outbox::enqueue`.
    /// An effect of one kind is done once for each `occasion`: the id of the code or ticket that is
    /// mailed; a fresh id where the same may be done any number of times.
    pub fn item(&self, outbox: &Outbox, occasion: Uuid) -> Result<OutboxItem, EnqueueError> {
        self.item_due(outbox, occasion, None)
    }

    /// The same, not to be done before a time in microseconds since 1970.
    pub fn item_due(
        &self,
        outbox: &Outbox,
        occasion: Uuid,
        due_at: Option<i64>,
    ) -> Result<OutboxItem, EnqueueError> {
        let payload = zeroize::Zeroizing::new(serde_json::to_vec(self)?);
        let key = format!("{}:{occasion}", self.kind());
        let new = NewItem {
            kind: self.kind(),
            key: &key,
            payload: &payload,
            user_id: self.subject(),
            due_at,
        };
        Ok(outbox.item(&new).map_err(OutboxError::from)?)
    }
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Effect({})", self.kind())
    }
}
