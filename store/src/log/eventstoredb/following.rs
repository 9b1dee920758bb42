//! Learning of events that reached the log of record but not the database, because whoever wrote
//! them died in between.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::watch, task::JoinHandle};

use super::{EventStoreDbError, origin::Origin, staging, wire};
use crate::{
    log::{Append, EventLog, Outgoing, Position, SqlLog, Upstream, UpstreamError},
    sql::Transaction,
};

/// How long whoever wrote an event has to bring it into the database.
const GRACE: Duration = Duration::from_secs(2);
/// Before listening again after an error.
const PAUSE: Duration = Duration::from_millis(500);

/// The log of record, listened to until it is dropped.
pub(super) struct Followed {
    origin: Origin,
    /// The head for which was kept what goes with the batch under way.
    staged_for: Mutex<Option<Position>>,
    /// The last write failed: look before locking the database.
    trouble: AtomicBool,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Followed {
    pub(super) fn start(origin: Origin) -> Self {
        Self {
            origin,
            staged_for: Mutex::new(None),
            trouble: AtomicBool::new(false),
            listener: Mutex::new(None),
        }
    }

    pub(super) fn watch(&self, log: &SqlLog) {
        let listening = listen(self.origin.clone(), log.tail());
        let listener = tokio::spawn(listening);
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    fn note(&self, result: &Result<(), UpstreamError>) {
        let trouble = matches!(
            result,
            Err(UpstreamError::Unavailable(_) | UpstreamError::Failed(_))
        );
        self.trouble.store(trouble, Ordering::Relaxed);
    }
}

#[async_trait]
impl Upstream for Followed {
    async fn prepare(&self, batch: &[Append]) -> Result<(), UpstreamError> {
        if self.trouble.load(Ordering::Relaxed) {
            self.catch_up().await?;
        }
        let staged_for = if batch.iter().any(staging::needs_staging) {
            Some(staging::stage(&self.origin.database, batch).await?)
        } else {
            None
        };
        *self
            .staged_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = staged_for;
        Ok(())
    }

    async fn write(
        &self,
        transaction: &mut Transaction,
        batch: Outgoing<'_>,
    ) -> Result<(), UpstreamError> {
        let staged_for = *self
            .staged_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let result = self.origin.write(transaction, batch, staged_for).await;
        self.note(&result);
        result
    }

    async fn catch_up(&self) -> Result<(), UpstreamError> {
        let result = self.origin.catch_up().await.map_err(Into::into);
        self.note(&result);
        result
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let listener = self
            .listener
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listener {
            listener.abort();
        }
    }
}

impl std::fmt::Debug for Followed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Followed").field(&self.origin).finish()
    }
}

async fn listen(origin: Origin, mut tail: watch::Receiver<Position>) {
    loop {
        if let Err(error) = follow(&origin, &mut tail).await {
            tracing::warn!(%error, "following EventStoreDB was interrupted; trying again");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(
    origin: &Origin,
    tail: &mut watch::Receiver<Position>,
) -> Result<(), EventStoreDbError> {
    let head = *tail.borrow();
    let after = (head > 0).then(|| wire::revision(head));
    let mut events = origin.link.subscribe(&origin.stream, after).await;
    loop {
        let event = match events.next().await {
            Ok(event) => event,
            Err(error) => {
                origin.link.reconnect();
                return Err(EventStoreDbError::Unavailable(error.to_string()));
            }
        };
        let position = event.get_original_event().revision + 1;
        let arrived = tail.wait_for(|head| *head >= position);
        if tokio::time::timeout(GRACE, arrived).await.is_err() {
            origin.catch_up().await?;
        }
    }
}
