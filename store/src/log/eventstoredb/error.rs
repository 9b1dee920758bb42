use crate::{
    log::{FollowError, LogError, Position, UpstreamError},
    sql::DatabaseError,
};

/// The log of record cannot be used. The texts are for an operator at a terminal.
#[derive(Debug, thiserror::Error)]
pub enum EventStoreDbError {
    #[error("event_store.uri is not one that is understood: {0}")]
    Uri(String),
    #[error("EventStoreDB is not available: {0}; check event_store.uri, and that the server is up")]
    Unavailable(String),
    #[error("EventStoreDB refused: {0}")]
    Refused(String),
    #[error(
        "the database holds the log up to position {database}, but the stream {stream} in \
         EventStoreDB does not have the same event there; they do not belong together, or one of \
         them was restored from an older backup than the other"
    )]
    Diverged { stream: String, database: Position },
    #[error("the event at position {position} in EventStoreDB is not what was written: {reason}")]
    Damaged { position: Position, reason: String },
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Follow(#[from] FollowError),
}

impl From<EventStoreDbError> for UpstreamError {
    fn from(error: EventStoreDbError) -> Self {
        let unavailable = match &error {
            EventStoreDbError::Unavailable(_) => true,
            EventStoreDbError::Database(cause)
            | EventStoreDbError::Log(LogError::Database(cause))
            | EventStoreDbError::Follow(FollowError::Database(cause)) => cause.is_unavailable(),
            _ => false,
        };
        if unavailable {
            Self::Unavailable(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}
