//! Writing to the log of record before the database commits.

use std::sync::Arc;

use super::{
    EventStoreDbError,
    link::{Link, Written},
    staging, wire,
};
use crate::{
    claims::ClaimHasher,
    codec::Codec,
    log::{Follower, Outgoing, Position, UpstreamError},
    sql::{Database, Transaction},
};

/// What the server takes in one write by default (`MaxAppendSize`), less some air.
pub(super) const MAX_WRITE: usize = 1_000_000;

/// A stream, and the database that follows it.
#[derive(Clone)]
pub(super) struct Origin {
    pub link: Arc<Link>,
    pub stream: Arc<str>,
    pub database: Database,
    pub hasher: ClaimHasher,
    pub codec: Codec,
    pub follower: Arc<dyn Follower>,
}

impl Origin {
    /// Writes the events, if the log of record stands at the head on which they were decided.
    /// `staged_for` is the head for which was kept what goes with them.
    pub(super) async fn write(
        &self,
        transaction: &mut Transaction,
        batch: Outgoing<'_>,
        staged_for: Option<Position>,
    ) -> Result<(), UpstreamError> {
        let mut appends = batch.appends.iter();
        let staged = appends.any(|append| staging::needs_staging(append));
        if staged && staged_for != Some(batch.head) {
            return Err(UpstreamError::Moved);
        }
        let vault = batch
            .appends
            .iter()
            .filter_map(|append| Some((staging::first_event(append)?, append.vault.len())))
            .collect();
        let (events, size) = wire::encode(&batch.events, &vault)
            .map_err(|error| UpstreamError::Failed(error.to_string()))?;
        if size > MAX_WRITE {
            return Err(UpstreamError::TooLarge {
                size,
                limit: MAX_WRITE,
            });
        }
        let reached = batch.head + events.len() as u64;
        staging::reap(transaction, reached)
            .await
            .map_err(EventStoreDbError::from)?;
        let after = (batch.head > 0).then(|| wire::revision(batch.head));
        match self.link.append(&self.stream, after, &events).await? {
            Written::AtExpected => Ok(()),
            Written::Moved => Err(UpstreamError::Moved),
        }
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
