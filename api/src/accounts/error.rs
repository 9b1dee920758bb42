use muniment_domain::{ClaimKind, EmailId, InvalidEmailAddress, Oauth2SessionError, UserError};
use muniment_store::{CodecError, ExecuteError, KeyError, log::AppendError, sql::DatabaseError};

/// Why nothing was done to an account. Each surface maps these once to its own form.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("no such user")]
    UserNotFound,
    #[error("no such email address")]
    EmailNotFound,
    #[error("a user with this name exists already")]
    UsernameTaken,
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

impl From<KeyError> for AccountError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Database(error) => error.into(),
            error => Self::Internal(error.to_string()),
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
            UserError::AlreadyRegistered => Self::Internal(error.to_string()),
        }
    }
}

impl From<Oauth2SessionError> for AccountError {
    fn from(error: Oauth2SessionError) -> Self {
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
