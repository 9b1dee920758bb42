//! The log on SQLite or PostgreSQL, by itself or behind a log of record.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    task::JoinHandle,
};
use uuid::Uuid;

use super::{
    Append, AppendError, EventLog, Follower, LogError, LogMetrics, Position, Receipt,
    RecordedEvent, StreamId, Upstream,
    committer::{Committer, Pending},
    entries, tail,
};
use crate::{Clock, claims::ClaimHasher, sql::Database};

/// Appends that may wait for the writer before callers are held back.
const QUEUE: usize = 1024;

/// A log in a SQL database. Its writer runs as a task until [`SqlLog::close`].
pub struct SqlLog {
    database: Database,
    queue: Mutex<Option<mpsc::Sender<Pending>>>,
    tail: watch::Receiver<Position>,
    writer: Mutex<Option<JoinHandle<()>>>,
    tail_follower: JoinHandle<()>,
    metrics: LogMetrics,
}

impl SqlLog {
    /// Starts the writer on an open database. Must be called within a Tokio runtime.
    pub async fn start(
        database: Database,
        clock: Arc<dyn Clock>,
        hasher: ClaimHasher,
        follower: Arc<dyn Follower>,
    ) -> Result<Self, LogError> {
        Self::start_behind(None, database, clock, hasher, follower).await
    }

    /// The same, on a database that follows a log of record.
    pub async fn start_behind(
        upstream: Option<Arc<dyn Upstream>>,
        database: Database,
        clock: Arc<dyn Clock>,
        hasher: ClaimHasher,
        follower: Arc<dyn Follower>,
    ) -> Result<Self, LogError> {
        let head = read_head(&database).await?;
        let (sender, tail) = watch::channel(head);
        let (queue, pending) = mpsc::channel(QUEUE);
        let metrics = LogMetrics::default();
        let tail_follower = tokio::spawn(tail::follow(database.clone(), sender.clone()));
        let committer = Committer {
            database: database.clone(),
            clock,
            hasher,
            follower,
            tail: sender,
            upstream,
            metrics: metrics.clone(),
            known: None,
        };
        let writer = tokio::spawn(committer.run(pending));
        Ok(Self {
            database,
            queue: Mutex::new(Some(queue)),
            tail,
            writer: Mutex::new(Some(writer)),
            tail_follower,
            metrics,
        })
    }

    #[must_use]
    pub const fn metrics(&self) -> &LogMetrics {
        &self.metrics
    }

    /// Takes no more appends, finishes those that were accepted, and stops.
    pub async fn close(&self) {
        self.queue.lock().await.take();
        if let Some(writer) = self.writer.lock().await.take()
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the log's writer ended abnormally");
        }
        self.tail_follower.abort();
    }
}

impl Drop for SqlLog {
    fn drop(&mut self) {
        self.tail_follower.abort();
    }
}

impl SqlLog {
    async fn enqueue(&self, append: Append) -> Result<Receipt, AppendError> {
        let queue = self.queue.lock().await.clone().ok_or(AppendError::Closed)?;
        let (answer, receipt) = oneshot::channel();
        queue
            .send(Pending { append, answer })
            .await
            .map_err(|_| AppendError::Closed)?;
        drop(queue);
        receipt.await.map_err(|_| AppendError::Closed)?
    }
}

/// The newest position of the log in a database, without starting anything on it.
pub async fn read_head(database: &Database) -> Result<Position, LogError> {
    let row = database.fetch_optional(entries::head_query()).await?;
    Ok(entries::head_from(row)?.position)
}

#[async_trait]
impl EventLog for SqlLog {
    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        let started = Instant::now();
        let answer = self.enqueue(append).await;
        self.metrics.answered(started.elapsed(), &answer);
        answer
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        entries::fetch_events(&self.database, entries::stream_query(stream, after, limit)).await
    }

    async fn read_subject(
        &self,
        subject: Uuid,
        after: Position,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        entries::fetch_events(
            &self.database,
            entries::subject_query(subject, after, limit),
        )
        .await
    }

    async fn read_all(&self, after: Position, limit: u32) -> Result<Vec<RecordedEvent>, LogError> {
        entries::read_all(&self.database, after, limit).await
    }

    async fn head(&self) -> Result<Position, LogError> {
        read_head(&self.database).await
    }

    fn tail(&self) -> watch::Receiver<Position> {
        self.tail.clone()
    }
}

impl std::fmt::Debug for SqlLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlLog")
            .field("dialect", &self.database.dialect())
            .finish_non_exhaustive()
    }
}
