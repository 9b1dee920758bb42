//! The single writer: takes what has queued up, decides each append on its own, writes all that were
//! accepted in one transaction, and answers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Append, AppendError, Applied, FollowError, Follower, LogError, LogMetrics, Outgoing, Position,
    Receipt, StreamId, Upstream, UpstreamError,
    batch::Batch,
    entries::{self, Assumed, Head, signed, unsigned},
};
use crate::{
    Clock,
    claims::{ClaimHasher, ClaimsInBatch},
    sql::{Database, DatabaseError, Dialect, Query, Row, Transaction, query},
    time::DAY,
};

/// Events of one transaction, at most, unless a single append has more.
const MAX_EVENTS: usize = 1024;
/// How often a batch is decided again because the log of record has moved on.
const UPSTREAM_ATTEMPTS: u32 = 16;
/// How long a used idempotency key is remembered, in microseconds.
const IDEMPOTENCY_WINDOW: i64 = DAY;

pub(super) type Answer = Result<Receipt, AppendError>;

/// An append that waits for its answer.
#[derive(Debug)]
pub(super) struct Pending {
    pub append: Append,
    pub answer: oneshot::Sender<Answer>,
}

pub(super) struct Committer {
    pub database: Database,
    pub clock: Arc<dyn Clock>,
    pub hasher: ClaimHasher,
    pub follower: Arc<dyn Follower>,
    pub tail: watch::Sender<Position>,
    pub metrics: LogMetrics,
    /// The log of record, if that is not the database itself.
    pub upstream: Option<Arc<dyn Upstream>>,
    /// Where this writer left the log, unless something went wrong since.
    pub known: Option<Head>,
}

/// What happens when a read model cannot take an event.
#[derive(Debug, Clone, Copy)]
enum Following {
    /// Nothing is written.
    Together,
    /// The read model is put aside.
    Apart,
}

/// Why a whole transaction came to nothing.
enum BatchError {
    Database(DatabaseError),
    Log(LogError),
    Follow(FollowError),
    Upstream(UpstreamError),
}

impl BatchError {
    /// Whether one append may be the cause, rather than the database as a whole.
    const fn may_be_of_one_append(&self) -> bool {
        match self {
            Self::Follow(_) => true,
            Self::Database(error) | Self::Log(LogError::Database(error)) => {
                matches!(error, DatabaseError::Statement(_) | DatabaseError::Shape(_))
            }
            Self::Upstream(error) => matches!(error, UpstreamError::TooLarge { .. }),
            Self::Log(LogError::Range(_)) => false,
        }
    }
}

impl From<DatabaseError> for BatchError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<LogError> for BatchError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<UpstreamError> for BatchError {
    fn from(error: UpstreamError) -> Self {
        Self::Upstream(error)
    }
}

impl From<BatchError> for AppendError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Database(error) | BatchError::Log(LogError::Database(error)) => {
                Self::database(&error)
            }
            BatchError::Log(error) => Self::Failed(error.to_string()),
            BatchError::Follow(error) => error.into(),
            BatchError::Upstream(
                error @ (UpstreamError::Unavailable(_) | UpstreamError::Moved),
            ) => Self::Unavailable(error.to_string()),
            BatchError::Upstream(error) => Self::Failed(error.to_string()),
        }
    }
}

impl Committer {
    /// Works until the last sender is gone and the queue is empty.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Pending>) {
        while let Some(first) = queue.recv().await {
            let mut events = first.append.event_count();
            let mut batch = vec![first];
            while events < MAX_EVENTS {
                let Ok(next) = queue.try_recv() else { break };
                events += next.append.event_count();
                batch.push(next);
            }
            self.metrics.batch(batch.len());
            self.commit(batch).await;
        }
    }

    async fn commit(&mut self, batch: Vec<Pending>) {
        let (appends, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|p| (p.append, p.answer)).unzip();
        let results = match self.write(&appends, Following::Together).await {
            Ok(results) => results,
            // One append that cannot be written must not fail its neighbours, and one read model
            // must not fail any.
            Err(error)
                if error.may_be_of_one_append()
                    && (appends.len() > 1 || matches!(error, BatchError::Follow(_))) =>
            {
                let mut results = Vec::with_capacity(appends.len());
                for append in &appends {
                    let alone = std::slice::from_ref(append);
                    let result = self.write(alone, Following::Apart).await;
                    results.push(result.map_or_else(
                        |error| Err(error.into()),
                        |mut one| one.pop().unwrap_or(Err(AppendError::Closed)),
                    ));
                }
                results
            }
            Err(error) => vec![Err(AppendError::from(error)); appends.len()],
        };
        for (answer, result) in answers.into_iter().zip(results) {
            if let Err(error @ (AppendError::Failed(_) | AppendError::Unavailable(_))) = &result {
                tracing::error!(%error, "an append failed");
            }
            // Whoever asked may have gone away; the append stands all the same.
            drop(answer.send(result));
        }
    }

    async fn write(
        &mut self,
        appends: &[Append],
        following: Following,
    ) -> Result<Vec<Answer>, BatchError> {
        let Some(upstream) = self.upstream.clone() else {
            return self.write_once(appends, following).await;
        };
        for _ in 0..UPSTREAM_ATTEMPTS {
            upstream.prepare(appends).await?;
            match self.write_once(appends, following).await {
                Err(BatchError::Upstream(UpstreamError::Moved)) => upstream.catch_up().await?,
                other => return other,
            }
        }
        Err(UpstreamError::Moved.into())
    }

    async fn write_once(
        &mut self,
        appends: &[Append],
        following: Following,
    ) -> Result<Vec<Answer>, BatchError> {
        // Whatever goes wrong below, nothing is known afterwards.
        let known = self.known.take();
        let mut transaction = Transaction::writing(&self.database).await?;
        if let Some(head) = known
            && let Some(decided) = self
                .write_assuming(head, &mut transaction, appends, following)
                .await?
        {
            return self.finish(transaction, decided).await;
        }
        let head = entries::head_from(transaction.fetch_optional(entries::head_query()).await?)?;
        let hasher = self.hasher.clone();
        let mut batch = Batch {
            head,
            recorded_at: self.clock.now().max(head.recorded_at),
            versions: current_versions(&mut transaction, appends).await?,
            claims: ClaimsInBatch::load(&mut transaction, &hasher, appends.iter()).await?,
            keys: known_keys(&mut transaction, appends).await?,
            placed: Vec::new(),
            accepted: Vec::new(),
        };
        let answers = batch.decide_all(appends);
        if batch.placed.is_empty() {
            return Ok(answers);
        }
        entries::insert(&mut transaction, &batch.placed).await?;
        if transaction.dialect() == Dialect::Postgres {
            let position = batch.last_position().to_string();
            transaction
                .execute(query("SELECT pg_notify('muniment_tail', $1)").bind(position))
                .await?;
        }
        let reached = self
            .store(&mut transaction, batch, appends, following)
            .await?;
        self.finish(transaction, Decided { answers, reached }).await
    }

    /// Writes the events by one statement if the log is where this writer left it. `None` means that
    /// it is not, or that this way would not be quicker, and that nothing was written.
    async fn write_assuming(
        &self,
        head: Head,
        transaction: &mut Transaction,
        appends: &[Append],
        following: Following,
    ) -> Result<Option<Decided>, BatchError> {
        if appends.iter().any(|append| append.idempotency.is_some()) {
            return Ok(None);
        }
        let mut batch = Batch::assuming(head, self.clock.now(), appends, &self.hasher);
        let versions: Vec<(StreamId, u64)> = batch
            .versions
            .iter()
            .map(|(stream, version)| (stream.clone(), *version))
            .collect();
        let answers = batch.decide_all(appends);
        if batch.placed.is_empty() {
            return Ok(None);
        }
        let assumed = Assumed {
            head: head.position,
            versions: &versions,
            free: &batch.claims.exclusive(),
        };
        if !entries::insert_unless_moved(transaction, &assumed, &batch.placed).await? {
            return Ok(None);
        }
        let reached = self.store(transaction, batch, appends, following).await?;
        Ok(Some(Decided { answers, reached }))
    }

    async fn finish(
        &mut self,
        transaction: Transaction,
        decided: Decided,
    ) -> Result<Vec<Answer>, BatchError> {
        transaction.commit().await?;
        let reached = decided.reached;
        self.known = Some(reached);
        self.tail
            .send_if_modified(|tail| std::mem::replace(tail, reached.position.max(*tail)) < *tail);
        Ok(decided.answers)
    }

    /// Writes all that goes with the events; answers where the log then stands.
    async fn store(
        &self,
        transaction: &mut Transaction,
        batch: Batch<'_>,
        appends: &[Append],
        following: Following,
    ) -> Result<Head, BatchError> {
        let reached = Head {
            position: batch.last_position(),
            recorded_at: batch.recorded_at,
        };
        batch.claims.write(transaction).await?;
        for (index, receipt) in &batch.accepted {
            let append = &appends[*index];
            for write in &append.vault {
                write
                    .write(transaction, signed(receipt.last_position))
                    .await?;
            }
            if let Some(key) = &append.idempotency {
                remember(transaction, &key.key, &key.digest, receipt).await?;
            }
        }
        let events = batch
            .accepted
            .iter()
            .flat_map(|(index, _)| &appends[*index].streams)
            .flat_map(|stream| &stream.events);
        let applied: Vec<Applied<'_>> = batch
            .placed
            .iter()
            .zip(events)
            .map(|(placed, new)| Applied {
                record: &placed.record,
                event: &new.event,
            })
            .collect();
        let head = batch.head.position;
        match following {
            Following::Together => self.follower.follow(transaction, head, &applied),
            Following::Apart => self.follower.follow_apart(transaction, head, &applied),
        }
        .await
        .map_err(|error| match error {
            FollowError::Database(error) => BatchError::Database(error),
            apply @ FollowError::Apply { .. } => BatchError::Follow(apply),
        })?;
        if let Some(upstream) = &self.upstream {
            let outgoing = Outgoing {
                head: batch.head.position,
                events: batch.placed.iter().map(|placed| &placed.record).collect(),
                appends: accepted(&batch.accepted, appends),
            };
            upstream.write(transaction, outgoing).await?;
        }
        Ok(reached)
    }
}

fn accepted<'a>(accepted: &[(usize, Receipt)], appends: &'a [Append]) -> Vec<&'a Append> {
    let indices = accepted.iter().map(|(index, _)| *index);
    indices.map(|index| &appends[index]).collect()
}

/// A batch that was written but not yet committed.
struct Decided {
    answers: Vec<Answer>,
    reached: Head,
}

async fn current_versions(
    transaction: &mut Transaction,
    appends: &[Append],
) -> Result<HashMap<StreamId, u64>, LogError> {
    let streams: Vec<StreamId> = appends
        .iter()
        .flat_map(|append| &append.streams)
        .map(|stream| stream.stream.clone())
        .collect::<std::collections::HashSet<_>>()
        .into_iter()
        .collect();
    let versions = entries::versions(transaction, &streams).await?;
    Ok(streams.into_iter().zip(versions).collect())
}

async fn known_keys(
    transaction: &mut Transaction,
    appends: &[Append],
) -> Result<BTreeMap<String, ([u8; 32], Receipt)>, LogError> {
    let mut known = BTreeMap::new();
    for key in appends.iter().filter_map(|a| a.idempotency.as_ref()) {
        if let Some(row) = transaction.fetch_optional(key_query(&key.key)).await? {
            let digest: [u8; 32] = row
                .get::<Vec<u8>, _>("digest")?
                .try_into()
                .map_err(|_| LogError::Range("digest"))?;
            known.insert(key.key.clone(), (digest, repeated(&row)?));
        }
    }
    Ok(known)
}

/// What was done under a key, if it was, and not too long ago.
pub async fn find_receipt(database: &Database, key: &str) -> Result<Option<Receipt>, LogError> {
    let row = database.fetch_optional(key_query(key)).await?;
    row.as_ref().map(repeated).transpose()
}

fn key_query(key: &str) -> Query<'static> {
    query(
        "SELECT digest, first_position, last_position, recorded_at \
         FROM idempotency_keys WHERE key = $1",
    )
    .bind(key)
}

fn repeated(row: &Row) -> Result<Receipt, LogError> {
    Ok(Receipt {
        first_position: unsigned(row.get("first_position")?, "first_position")?,
        last_position: unsigned(row.get("last_position")?, "last_position")?,
        recorded_at: row.get("recorded_at")?,
        repeated: true,
    })
}

/// Keeps a used key, and forgets those that are past their time.
pub(super) async fn remember(
    transaction: &mut Transaction,
    key: &str,
    digest: &[u8; 32],
    receipt: &Receipt,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            query("DELETE FROM idempotency_keys WHERE recorded_at < $1")
                .bind(receipt.recorded_at - IDEMPOTENCY_WINDOW),
        )
        .await?;
    transaction
        .execute(
            query(
                "INSERT INTO idempotency_keys \
                 (key, digest, first_position, last_position, recorded_at) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(key)
            .bind(digest.as_slice())
            .bind(signed(receipt.first_position))
            .bind(signed(receipt.last_position))
            .bind(receipt.recorded_at),
        )
        .await?;
    Ok(())
}
