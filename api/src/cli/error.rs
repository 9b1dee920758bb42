//! How a command ends when it does not succeed.

use std::process::ExitCode;

use muniment_projections::ProjectionsError;
use muniment_store::{
    CodecError, KeyError,
    check::CheckError,
    index::FindError,
    log::LogError,
    migrate::MigrateError,
    sql::{DatabaseError, OpenError},
    tree::AuditKeyError,
};

use crate::{
    accounts::AccountError,
    app::StartError,
    as_of::{LookBackError, MomentError},
    config::ConfigError,
    history::{AuditedError, EntryError},
    http::ServeError,
};

#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{0}")]
    Config(#[from] ConfigError),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Database(String),
    /// Something that should never change has changed.
    #[error("{0}")]
    Damaged(String),
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// Documented in the help text.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Config(_) => 3,
            Self::NotFound(_) => 4,
            Self::Refused(_) => 5,
            Self::Database(_) => 6,
            Self::Damaged(_) => 7,
        })
    }

    /// Stable name of the kind, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "configuration",
            Self::NotFound(_) => "not_found",
            Self::Refused(_) => "refused",
            Self::Database(_) => "database",
            Self::Damaged(_) => "damaged",
            Self::Failed(_) => "failed",
        }
    }
}

impl From<AccountError> for CliError {
    fn from(error: AccountError) -> Self {
        let text = error.to_string();
        match error {
            AccountError::UserNotFound
            | AccountError::EmailNotFound
            | AccountError::SessionNotFound
            | AccountError::ClientNotFound
            | AccountError::RegistrationTokenNotFound
            | AccountError::UpstreamLinkNotFound => Self::NotFound(text),
            AccountError::UsernameTaken
            | AccountError::UsernameReserved
            | AccountError::UsernameInvalid(_)
            | AccountError::EmailInvalid(_)
            | AccountError::EmailExists(_)
            | AccountError::EmailInUse
            | AccountError::PasswordsDisabled
            | AccountError::PasswordTooWeak
            | AccountError::SessionFinished
            | AccountError::RegistrationTokenRefused(_)
            | AccountError::UpstreamSubjectTaken
            | AccountError::Precondition => Self::Refused(text),
            AccountError::Unavailable(_) => Self::Database(text),
            AccountError::Internal(_) | AccountError::Busy => Self::Failed(text),
        }
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<MomentError> for CliError {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::Unreadable => Self::Refused(error.to_string()),
            MomentError::Beyond { .. } => Self::NotFound(error.to_string()),
            MomentError::Log(error) => error.into(),
        }
    }
}

impl From<EntryError> for CliError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Codec(error) => error.into(),
            error @ EntryError::Metadata { .. } => Self::Failed(error.to_string()),
        }
    }
}

impl From<AuditedError> for CliError {
    fn from(error: AuditedError) -> Self {
        match error {
            AuditedError::Entry(error) => error.into(),
            AuditedError::Unrecorded(error) => error.into(),
        }
    }
}

impl From<LookBackError> for CliError {
    fn from(error: LookBackError) -> Self {
        match error {
            LookBackError::Start(error) => error.into(),
            LookBackError::Projections(error) => error.into(),
            LookBackError::Log(error) => error.into(),
        }
    }
}

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        let text = error.to_string();
        match error {
            ServeError::Bind { .. } | ServeError::Server(_) => Self::Failed(text),
            ServeError::Unsupported { .. } => Self::Refused(text),
        }
    }
}

impl From<DatabaseError> for CliError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<CheckError> for CliError {
    fn from(error: CheckError) -> Self {
        let text = error.to_string();
        match error {
            CheckError::Database(_) | CheckError::Scratch(_) => Self::Database(text),
            CheckError::Codec(_) => Self::Failed(text),
        }
    }
}

impl From<MigrateError> for CliError {
    fn from(error: MigrateError) -> Self {
        let text = error.to_string();
        match error {
            MigrateError::Database(_) | MigrateError::Unfinished => Self::Database(text),
            MigrateError::OtherLog | MigrateError::Differs(_) => Self::Refused(text),
            MigrateError::Damaged(_) => Self::Damaged(text),
        }
    }
}

impl From<FindError> for CliError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Log(error) => error.into(),
            error @ (FindError::Behind { .. } | FindError::Metadata { .. }) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

impl From<LogError> for CliError {
    fn from(error: LogError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Database(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<AuditKeyError> for CliError {
    fn from(error: AuditKeyError) -> Self {
        match error {
            AuditKeyError::Store(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<CodecError> for CliError {
    fn from(error: CodecError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ProjectionsError> for CliError {
    fn from(error: ProjectionsError) -> Self {
        Self::Failed(error.to_string())
    }
}
