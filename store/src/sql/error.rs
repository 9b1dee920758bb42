//! What can go wrong between us and a database.

/// A statement failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database cannot be reached or is shutting down; trying again later may help.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database does not accept writes.
    #[error("the database is read-only")]
    ReadOnly(#[source] sqlx::Error),
    #[error("the database refused a statement: {0}")]
    Statement(#[source] sqlx::Error),
    /// The database can be asked, but not believed: what it was asked for is older than what was
    /// acknowledged, and the truth cannot be worked out either.
    #[error("what was asked for is not known at the moment: {0}")]
    Unknown(String),
    /// A row does not have the shape that the program expects.
    #[error("the database returned an unexpected value: {0}")]
    Shape(#[source] sqlx::Error),
}

impl DatabaseError {
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unknown(_))
    }

    /// The database holds to a rule about its rows, which what was to be written breaks.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        use sqlx::error::ErrorKind;
        matches!(
            self,
            Self::Statement(sqlx::Error::Database(cause)) if matches!(
                cause.kind(),
                ErrorKind::UniqueViolation
                    | ErrorKind::NotNullViolation
                    | ErrorKind::CheckViolation
                    | ErrorKind::ForeignKeyViolation
            )
        )
    }

    /// Why a database that works did not take this very statement, or why its answer was of no use:
    /// a rule about rows, a table that is not as the program knows it. `None` when trying again may
    /// help. Holds no value of any row.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        match self {
            Self::Shape(_) => Some("a row is not of the expected shape".to_owned()),
            Self::Statement(sqlx::Error::Database(cause)) => {
                let code = cause.code()?;
                if !is_of_statement(&code) {
                    return None;
                }
                let rule = cause
                    .constraint()
                    .map(|name| format!(", constraint {name}"))
                    .unwrap_or_default();
                Some(format!(
                    "the database refused a statement (code {code}{rule})"
                ))
            }
            Self::Unavailable(_) | Self::ReadOnly(_) | Self::Unknown(_) | Self::Statement(_) => {
                None
            }
        }
    }

    /// The connection is gone, which says nothing of the next one.
    pub(super) fn is_lost_connection(error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
            sqlx::Error::Database(cause) => {
                matches!(cause.code().as_deref(), Some("57P01" | "57P02" | "57P03"))
            }
            _ => false,
        }
    }
}

/// Whether a code is about what a statement says or about the rows it meets, and not about the state
/// that the database is in.
fn is_of_statement(code: &str) -> bool {
    // PostgreSQL: data exceptions, integrity constraints, and names that are not there; but not
    // missing privileges, which an operator gives back.
    if code.len() == 5 {
        return code != "42501"
            && ["22", "23", "42"]
                .iter()
                .any(|class| code.starts_with(class));
    }
    // SQLite's extended codes hold the primary one in their lowest byte: error (such as a table
    // that is missing), constraint, mismatch.
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 1 | 19 | 20))
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            // A server that closes the connection in mid-sentence is a protocol error to sqlx.
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::Database(cause) => match cause.code().as_deref() {
                // PostgreSQL class 25006; SQLite SQLITE_READONLY and its extended codes.
                Some("25006" | "8" | "264" | "520" | "776" | "1032" | "1544") => {
                    Self::ReadOnly(error)
                }
                // PostgreSQL: connection exceptions, operator intervention, insufficient resources.
                // SQLite: busy, locked; disk full, or a write or flush that the system refused.
                Some(
                    "57P01" | "57P02" | "57P03" | "5" | "6" | "261" | "517" | "13" | "778" | "1034",
                ) => Self::Unavailable(error),
                Some(code)
                    if code.len() == 5 && (code.starts_with("08") || code.starts_with("53")) =>
                {
                    Self::Unavailable(error)
                }
                _ => Self::Statement(error),
            },
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::Decode(_) => Self::Shape(error),
            _ => Self::Statement(error),
        }
    }
}

/// A database cannot be used. The texts are for an operator at a terminal.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "database.uri is not one that is understood: {0}; use sqlite:///path/to/muniment.db or \
         postgres://user:password@host/database"
    )]
    Uri(String),
    #[error("the folder {0} for the database cannot be used: {1}; create it or choose another one")]
    Folder(String, #[source] std::io::Error),
    #[error("the database cannot be reached: {0}; check database.uri, and that the server is up")]
    Unreachable(#[source] sqlx::Error),
    #[error(
        "the database was written by a newer version of muniment (migration {0} is not known \
         here); run that version or a later one"
    )]
    NewerSchema(i64),
    #[error("migration {0} of the database differs from the one in this program; do not edit it")]
    ModifiedSchema(i64),
    #[error("the database is read-only; muniment has to write to it")]
    ReadOnly,
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl OpenError {
    pub(super) fn connecting(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(cause) => Self::Uri(cause.to_string()),
            error => match DatabaseError::from(error) {
                DatabaseError::ReadOnly(_) => Self::ReadOnly,
                DatabaseError::Unavailable(cause)
                | DatabaseError::Statement(cause)
                | DatabaseError::Shape(cause) => Self::Unreachable(cause),
                unknown @ DatabaseError::Unknown(_) => Self::Database(unknown),
            },
        }
    }

    pub(super) fn migrating(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
                Self::NewerSchema(version)
            }
            MigrateError::VersionMismatch(version) => Self::ModifiedSchema(version),
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
                match DatabaseError::from(cause) {
                    DatabaseError::ReadOnly(_) => Self::ReadOnly,
                    other => Self::Database(other),
                }
            }
            other => Self::Migration(other),
        }
    }
}
