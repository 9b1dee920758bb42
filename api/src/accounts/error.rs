use std::convert::Infallible;

use muniment_domain::{
    BrowserSessionError, ClaimKind, ClientError, CompatSessionError, EmailId, InvalidEmailAddress,
    Oauth2SessionError, PersonalSessionError, PolicyDataError, RegistrationTokenError, UserError,
};
use muniment_store::{
    CodecError, ExecuteError, KeyError,
    log::{AppendError, LogError},
    outbox::OutboxError,
    sql::DatabaseError,
};

use crate::jobs::EnqueueError;

/// Why nothing was done to an account. Each surface maps these once to its own form.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("no such user")]
    UserNotFound,
    #[error("no such session")]
    SessionNotFound,
    /// It has ended, so that nothing more can happen in it.
    #[error("the session has ended")]
    SessionFinished,
    #[error("no such client")]
    ClientNotFound,
    #[error("no such registration token")]
    RegistrationTokenNotFound,
    /// Revoked, expired or used up; or the other way round.
    #[error("{0}")]
    RegistrationTokenRefused(RegistrationTokenError),
    #[error("no such link to an upstream provider")]
    UpstreamLinkNotFound,
    #[error("the upstream identity is linked to another user")]
    UpstreamSubjectTaken,
    #[error("no such email address")]
    EmailNotFound,
    #[error("a user with this name exists already")]
    UsernameTaken,
    /// By the homeserver.
    #[error("the homeserver does not give this name away")]
    UsernameReserved,
    #[error("the username is not valid: {0}")]
    UsernameInvalid(#[from] muniment_domain::InvalidUsername),
    #[error("the email address is not valid: {0}")]
    EmailInvalid(#[from] InvalidEmailAddress),
    /// This very user has the address.
    #[error("the user has this email address already")]
    EmailExists(EmailId),
    #[error("the email address is used by another user")]
    EmailInUse,
    #[error("passwords are disabled in the configuration")]
    PasswordsDisabled,
    #[error("the password is too weak")]
    PasswordTooWeak,
    /// What the request has expected is not so.
    #[error("the account is not at the version that was expected")]
    Precondition,
    /// Too many passwords are at work already; nothing was done.
    #[error("too many passwords are being checked at the moment, try again later")]
    Busy,
    /// The database does not answer; nothing is known to have been written.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// For the log, not for the client.
    #[error("{0}")]
    Internal(String),
}

impl From<DatabaseError> for AccountError {
    fn from(error: DatabaseError) -> Self {
        if error.is_unavailable() {
            Self::Unavailable(error.to_string())
        } else {
            Self::Internal(error.to_string())
        }
    }
}

/// Of commands that are never refused.
impl From<Infallible> for AccountError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<LogError> for AccountError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Database(error) => error.into(),
            error @ LogError::Range(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<KeyError> for AccountError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Database(error) => error.into(),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<EnqueueError> for AccountError {
    fn from(error: EnqueueError) -> Self {
        match error {
            EnqueueError::Outbox(OutboxError::Database(error)) => error.into(),
            EnqueueError::Outbox(OutboxError::Key(error)) => error.into(),
            error @ EnqueueError::Json(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<AppendError> for AccountError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::ClaimTaken {
                kind: ClaimKind::Username,
            } => Self::UsernameTaken,
            AppendError::ClaimTaken {
                kind: ClaimKind::Email,
            } => Self::EmailInUse,
            AppendError::ClaimTaken {
                kind: ClaimKind::UpstreamSubject,
            } => Self::UpstreamSubjectTaken,
            AppendError::Unavailable(_) | AppendError::Closed => {
                Self::Unavailable(error.to_string())
            }
            AppendError::Conflict { .. }
            | AppendError::IdempotencyMismatch
            | AppendError::Empty
            | AppendError::Failed(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<UserError> for AccountError {
    fn from(error: UserError) -> Self {
        match error {
            // What is left of an erased user can be read, but is nobody that anything can be done to.
            UserError::NotFound | UserError::Erased => Self::UserNotFound,
            UserError::EmailExists { email_id } => Self::EmailExists(email_id),
            UserError::EmailNotFound => Self::EmailNotFound,
            UserError::UpstreamLinkNotFound => Self::UpstreamLinkNotFound,
            UserError::AlreadyRegistered | UserError::PasswordChanged => {
                Self::Internal(error.to_string())
            }
        }
    }
}

impl From<BrowserSessionError> for AccountError {
    fn from(error: BrowserSessionError) -> Self {
        match error {
            BrowserSessionError::NotFound => Self::SessionNotFound,
            BrowserSessionError::Finished => Self::SessionFinished,
            BrowserSessionError::AlreadyStarted => Self::Internal(error.to_string()),
        }
    }
}

impl From<Oauth2SessionError> for AccountError {
    fn from(error: Oauth2SessionError) -> Self {
        match error {
            Oauth2SessionError::NotFound => Self::SessionNotFound,
            Oauth2SessionError::Finished => Self::SessionFinished,
            Oauth2SessionError::AlreadyStarted => Self::Internal(error.to_string()),
        }
    }
}

impl From<CompatSessionError> for AccountError {
    fn from(error: CompatSessionError) -> Self {
        match error {
            CompatSessionError::NotFound => Self::SessionNotFound,
            CompatSessionError::AlreadyStarted => Self::Internal(error.to_string()),
        }
    }
}

impl From<PersonalSessionError> for AccountError {
    fn from(error: PersonalSessionError) -> Self {
        match error {
            PersonalSessionError::NotFound => Self::SessionNotFound,
            PersonalSessionError::Revoked => Self::SessionFinished,
            PersonalSessionError::AlreadyCreated => Self::Internal(error.to_string()),
        }
    }
}

impl From<ClientError> for AccountError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotFound => Self::ClientNotFound,
        }
    }
}

impl From<RegistrationTokenError> for AccountError {
    fn from(error: RegistrationTokenError) -> Self {
        match error {
            RegistrationTokenError::NotFound => Self::RegistrationTokenNotFound,
            RegistrationTokenError::AlreadyCreated => Self::Internal(error.to_string()),
            error => Self::RegistrationTokenRefused(error),
        }
    }
}

impl From<PolicyDataError> for AccountError {
    fn from(error: PolicyDataError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl<E> From<ExecuteError<E>> for AccountError
where
    E: std::error::Error + Into<Self>,
{
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::Precondition => Self::Precondition,
            ExecuteError::Append(error) => error.into(),
            ExecuteError::Read(error) => match error {
                muniment_store::log::LogError::Database(error) => error.into(),
                error @ muniment_store::log::LogError::Range(_) => {
                    Self::Internal(error.to_string())
                }
            },
            ExecuteError::Codec(CodecError::Key(KeyError::Database(error))) => error.into(),
            ExecuteError::Codec(error) => Self::Internal(error.to_string()),
            ExecuteError::Other(error) => Self::Internal(error),
        }
    }
}
