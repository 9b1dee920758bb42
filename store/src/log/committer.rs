//! The single writer: takes what has queued up, decides each append on its own, writes all that were
//! accepted in one transaction, and answers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Append, AppendError, Applied, FollowError, Follower, LogError, Metadata, Position, Receipt,
    RecordedEvent, StreamId,
    entries::{self, Head, Placed, signed, unsigned},
    leaf::leaf_hash,
};
use crate::{
    Clock,
    claims::{ClaimHasher, ClaimsInBatch},
    sql::{Database, DatabaseError, Dialect, Transaction, query},
};

/// Events of one transaction, at most, unless a single append has more.
const MAX_EVENTS: usize = 1024;
/// How long a used idempotency key is remembered, in microseconds.
const IDEMPOTENCY_WINDOW: i64 = 24 * 3600 * 1_000_000;

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
}

/// Why a whole transaction came to nothing.
enum BatchError {
    Database(DatabaseError),
    Log(LogError),
    Follow(FollowError),
}

impl BatchError {
    /// Whether one append may be the cause, rather than the database as a whole.
    const fn may_be_of_one_append(&self) -> bool {
        match self {
            Self::Follow(_) => true,
            Self::Database(error) | Self::Log(LogError::Database(error)) => {
                matches!(error, DatabaseError::Statement(_) | DatabaseError::Shape(_))
            }
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

impl From<BatchError> for AppendError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Database(error) | BatchError::Log(LogError::Database(error)) => {
                Self::database(&error)
            }
            BatchError::Log(error) => Self::Failed(error.to_string()),
            BatchError::Follow(error) => error.into(),
        }
    }
}

impl Committer {
    /// Works until the last sender is gone and the queue is empty.
    pub(super) async fn run(self, mut queue: mpsc::Receiver<Pending>) {
        while let Some(first) = queue.recv().await {
            let mut events = first.append.event_count();
            let mut batch = vec![first];
            while events < MAX_EVENTS {
                let Ok(next) = queue.try_recv() else { break };
                events += next.append.event_count();
                batch.push(next);
            }
            self.commit(batch).await;
        }
    }

    async fn commit(&self, batch: Vec<Pending>) {
        let (appends, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|p| (p.append, p.answer)).unzip();
        let results = match self.write(&appends).await {
            Ok(results) => results,
            // One append that cannot be written must not fail its neighbours.
            Err(error) if appends.len() > 1 && error.may_be_of_one_append() => {
                let mut results = Vec::with_capacity(appends.len());
                for append in &appends {
                    let result = self.write(std::slice::from_ref(append)).await;
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

    async fn write(&self, appends: &[Append]) -> Result<Vec<Answer>, BatchError> {
        let mut transaction = Transaction::writing(&self.database).await?;
        let head = entries::head_from(transaction.fetch_optional(entries::head_query()).await?)?;
        let mut batch = Batch {
            head,
            recorded_at: self.clock.now().max(head.recorded_at),
            versions: current_versions(&mut transaction, appends).await?,
            claims: ClaimsInBatch::load(&mut transaction, &self.hasher, appends.iter()).await?,
            keys: known_keys(&mut transaction, appends).await?,
            placed: Vec::new(),
            accepted: Vec::new(),
        };
        let answers: Vec<Answer> = appends
            .iter()
            .enumerate()
            .map(|(index, append)| batch.decide(index, append))
            .collect();
        let Some(last) = batch.placed.last() else {
            return Ok(answers);
        };
        let last_position = last.record.position;
        self.store(&mut transaction, batch, appends).await?;
        if transaction.dialect() == Dialect::Postgres {
            transaction
                .execute(
                    query("SELECT pg_notify('muniment_tail', $1)").bind(last_position.to_string()),
                )
                .await?;
        }
        transaction.commit().await?;
        self.tail
            .send_if_modified(|tail| std::mem::replace(tail, last_position.max(*tail)) < *tail);
        Ok(answers)
    }

    async fn store(
        &self,
        transaction: &mut Transaction,
        batch: Batch<'_>,
        appends: &[Append],
    ) -> Result<(), BatchError> {
        entries::insert(transaction, &batch.placed).await?;
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
        self.follower
            .follow(transaction, batch.head.position, &applied)
            .await
            .map_err(|error| match error {
                FollowError::Database(error) => BatchError::Database(error),
                apply @ FollowError::Apply { .. } => BatchError::Follow(apply),
            })
    }
}

/// One transaction's worth of decisions.
struct Batch<'a> {
    head: Head,
    recorded_at: i64,
    versions: HashMap<StreamId, u64>,
    claims: ClaimsInBatch<'a>,
    keys: BTreeMap<String, ([u8; 32], Receipt)>,
    placed: Vec<Placed>,
    /// Indices of the accepted appends, with their receipts.
    accepted: Vec<(usize, Receipt)>,
}

impl Batch<'_> {
    fn decide(&mut self, index: usize, append: &Append) -> Answer {
        if let Some(key) = &append.idempotency
            && let Some((digest, receipt)) = self.keys.get(&key.key)
        {
            return if *digest == key.digest {
                Ok(Receipt {
                    repeated: true,
                    ..*receipt
                })
            } else {
                Err(AppendError::IdempotencyMismatch)
            };
        }
        if append.event_count() == 0 {
            return Err(AppendError::Empty);
        }
        let mut reached = HashMap::new();
        for stream in &append.streams {
            let actual = reached
                .get(&stream.stream)
                .or_else(|| self.versions.get(&stream.stream))
                .copied()
                .unwrap_or(0);
            if actual != stream.expected_version {
                return Err(AppendError::Conflict {
                    stream: stream.stream.clone(),
                    expected: stream.expected_version,
                    actual,
                });
            }
            reached.insert(stream.stream.clone(), actual + stream.events.len() as u64);
        }
        self.claims.check(append)?;
        let metadata = serde_json::to_string(&append.metadata)
            .map_err(|error| AppendError::Failed(error.to_string()))?;

        let first_position = self.next_position();
        for stream in &append.streams {
            for (offset, event) in stream.events.iter().enumerate() {
                let mut record = RecordedEvent {
                    position: self.next_position(),
                    event_id: event.event_id,
                    stream: stream.stream.clone(),
                    sequence: stream.expected_version + offset as u64 + 1,
                    event_type: event.event_type.clone(),
                    event_version: event.event_version.clone(),
                    payload: event.payload.clone(),
                    metadata: metadata.clone(),
                    recorded_at: self.recorded_at,
                    subject: event.subject,
                    leaf_hash: [0; 32],
                };
                record.leaf_hash = leaf_hash(&record);
                self.place(record, &append.metadata);
            }
        }
        self.claims.accept(append);
        self.versions.extend(reached);
        let receipt = Receipt {
            first_position,
            last_position: self.next_position() - 1,
            recorded_at: self.recorded_at,
            repeated: false,
        };
        if let Some(key) = &append.idempotency {
            self.keys.insert(key.key.clone(), (key.digest, receipt));
        }
        self.accepted.push((index, receipt));
        Ok(receipt)
    }

    fn next_position(&self) -> Position {
        self.head.position + self.placed.len() as u64 + 1
    }

    fn place(&mut self, record: RecordedEvent, metadata: &Metadata) {
        self.placed.push(Placed {
            record,
            metadata: metadata.clone(),
        });
    }
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
        let row = transaction
            .fetch_optional(
                query(
                    "SELECT digest, first_position, last_position, recorded_at \
                     FROM idempotency_keys WHERE key = $1",
                )
                .bind(key.key.as_str()),
            )
            .await?;
        if let Some(row) = row {
            let digest: [u8; 32] = row
                .get::<Vec<u8>, _>("digest")?
                .try_into()
                .map_err(|_| LogError::Range("digest"))?;
            let receipt = Receipt {
                first_position: unsigned(row.get("first_position")?, "first_position")?,
                last_position: unsigned(row.get("last_position")?, "last_position")?,
                recorded_at: row.get("recorded_at")?,
                repeated: true,
            };
            known.insert(key.key.clone(), (digest, receipt));
        }
    }
    Ok(known)
}

/// Keeps a used key, and forgets those that are past their time.
async fn remember(
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
