//! A log of record outside the database, which the database follows.

use async_trait::async_trait;

use super::{Append, Position, RecordedEvent};
use crate::sql::Transaction;

/// Where events have to be before the database may hold them.
///
/// The log's writer calls it with the writer's lock held, so that of all processes that share the
/// database one writes at a time. It must not rely on that: a process that has lost its lock may
/// still be writing.
#[async_trait]
pub trait Upstream: Send + Sync + std::fmt::Debug {
    /// Called before a batch is decided, outside a transaction: keeps what whoever completes the
    /// batch in our place would need, and fails early while there is nothing to write to.
    async fn prepare(&self, batch: &[Append]) -> Result<(), UpstreamError>;

    /// Called when the batch is written to the database but not committed. The database commits if,
    /// and only if, this succeeds.
    async fn write(
        &self,
        transaction: &mut Transaction,
        batch: Outgoing<'_>,
    ) -> Result<(), UpstreamError>;

    /// Brings the database to where the log of record stands.
    async fn catch_up(&self) -> Result<(), UpstreamError>;
}

/// The part of a batch that was accepted.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The database's head, on which the batch was decided.
    pub head: Position,
    /// In order, from `head + 1`.
    pub events: Vec<&'a RecordedEvent>,
    pub appends: Vec<&'a Append>,
}

#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// There are events that the batch was decided without: catch up and decide again.
    #[error("the log has moved on")]
    Moved,
    /// Whether a write has arrived is not known.
    #[error("the event store is not available: {0}")]
    Unavailable(String),
    #[error("an append of {size} bytes is larger than the {limit} that the event store takes")]
    TooLarge { size: usize, limit: usize },
    #[error("{0}")]
    Failed(String),
}
