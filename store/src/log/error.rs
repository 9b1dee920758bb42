use muniment_domain::ClaimKind;

use super::{FollowError, StreamId};
use crate::sql::DatabaseError;

/// Reading failed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the log holds a value out of range in column {0}")]
    Range(&'static str),
}

/// Nothing was appended, and why. After [`AppendError::Unavailable`] alone it is not known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// Someone else appended first: read again and decide again.
    #[error("stream {stream} stands at {actual}, not at {expected}")]
    Conflict {
        stream: StreamId,
        expected: u64,
        actual: u64,
    },
    #[error("this {} is taken", kind.as_str())]
    ClaimTaken { kind: ClaimKind },
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    #[error("an append needs at least one event")]
    Empty,
    /// The database went away; whether the append is in the log has to be read from the log.
    #[error("the log is not available: {0}")]
    Unavailable(String),
    /// The writer of this process has stopped.
    #[error("the log is closed")]
    Closed,
    #[error("{0}")]
    Failed(String),
}

impl AppendError {
    pub(super) fn database(error: &DatabaseError) -> Self {
        if error.is_unavailable() {
            Self::Unavailable(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}

impl From<FollowError> for AppendError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Database(error) => Self::database(&error),
            FollowError::Apply { .. } => Self::Failed(error.to_string()),
        }
    }
}
