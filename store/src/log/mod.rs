//! The event log: what it promises, and the shapes that go in and come out.
//!
//! Positions are dense and in commit order. What [`EventLog::append`] acknowledges is on disk.

mod append;
mod batch;
mod committer;
mod entries;
mod error;
#[cfg(feature = "eventstoredb")]
pub mod eventstoredb;
mod leaf;
mod metrics;
mod record;
mod sql_log;
mod tail;
mod upstream;

pub use append::{Append, ClaimMode, IdempotencyKey, NewEvent, Receipt, StreamAppend};
pub use committer::find_receipt;
pub use entries::{copy as copy_events, head_within, newest_of, read_all_within};
pub(crate) use entries::{events_query, fetch_events, read_all, signed, unsigned};
pub use error::{AppendError, LogError};
pub(crate) use leaf::Leaf;
pub use leaf::leaf_hash;
pub use metrics::LogMetrics;
pub use record::{Metadata, Position, RecordedEvent, StreamId};
pub use sql_log::{SqlLog, read_head};
pub use upstream::{Outgoing, Upstream, UpstreamError};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::sql::Transaction;

/// An append-only log of events, shared by everything that writes.
#[async_trait]
pub trait EventLog: Send + Sync + std::fmt::Debug {
    /// Appends a batch as one atomic unit: all its events, claims and vault writes, or nothing.
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError>;

    /// The events of one stream with a sequence above `after`, in order, at most `limit`.
    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, LogError>;

    /// The events about one person, from every stream, above a position.
    async fn read_subject(
        &self,
        subject: uuid::Uuid,
        after: Position,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, LogError>;

    /// All events above a position, in order, at most `limit`.
    async fn read_all(&self, after: Position, limit: u32) -> Result<Vec<RecordedEvent>, LogError>;

    /// The newest position; 0 when the log is empty.
    async fn head(&self) -> Result<Position, LogError>;

    /// A watch on the newest position, which follows the writes of other processes too.
    fn tail(&self) -> watch::Receiver<Position>;
}

/// Applies events to read models inside the append's own transaction.
#[async_trait]
pub trait Follower: Send + Sync {
    /// Brings the read models from their checkpoint to `head` first, should they be behind it (a
    /// foreign writer, a new projection), then applies `events`, which follow `head`.
    async fn follow(
        &self,
        transaction: &mut Transaction,
        head: Position,
        events: &[Applied<'_>],
    ) -> Result<(), FollowError>;

    /// The same, after [`Follower::follow`] has failed with [`FollowError::Apply`] in a transaction
    /// that was undone: a read model that cannot take an event is put aside, so that the others and
    /// the log go on without it. Whoever has nothing to put aside fails again.
    async fn follow_apart(
        &self,
        transaction: &mut Transaction,
        head: Position,
        events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        self.follow(transaction, head, events).await
    }
}

/// An event that is about to be committed, with its decoded form.
#[derive(Debug, Clone, Copy)]
pub struct Applied<'a> {
    pub record: &'a RecordedEvent,
    pub event: &'a muniment_domain::Event,
}

/// A read model could not take an event.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error(transparent)]
    Database(#[from] crate::sql::DatabaseError),
    #[error("projection {projection} cannot apply the event at position {position}: {reason}")]
    Apply {
        projection: &'static str,
        position: Position,
        reason: String,
    },
}
