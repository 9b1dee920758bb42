//! Where commands run: loads an aggregate from the log, lets it decide, appends what it decided.
//!
//! This is `cqrs_es::EventStore` over [`EventLog`].

mod batch;
mod loading;
mod precondition;

pub use batch::Batch;
use loading::Loaded;
pub use precondition::Precondition;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use cqrs_es::{Aggregate, AggregateError, CqrsFramework, EventEnvelope, EventStore};
use muniment_domain::{ClaimKind, Event, StoredEvent};
use uuid::Uuid;

use crate::{
    Ids,
    codec::{Codec, CodecError},
    log::{
        Append, AppendError, EventLog, IdempotencyKey, LogError, Metadata, Receipt, StreamAppend,
        StreamId,
    },
    vault::VaultWrite,
};

/// How often a command decides again after somebody else appended first.
const ATTEMPTS: u32 = 32;

/// Runs commands against the log.
#[derive(Debug, Clone)]
pub struct Journal {
    log: Arc<dyn EventLog>,
    codec: Codec,
    ids: Arc<Ids>,
}

/// What goes with a command into the same append.
#[derive(Debug, Clone)]
pub struct Execution {
    pub metadata: Metadata,
    pub vault: Vec<VaultWrite>,
    /// Kinds of claims that others may hold too.
    pub shared_claims: HashSet<ClaimKind>,
    pub idempotency: Option<IdempotencyKey>,
    /// On each aggregate that a command is about.
    pub precondition: Option<Precondition>,
}

impl Execution {
    #[must_use]
    pub fn new(metadata: Metadata) -> Self {
        Self {
            metadata,
            vault: Vec::new(),
            shared_claims: HashSet::new(),
            idempotency: None,
            precondition: None,
        }
    }

    #[must_use]
    pub fn with_vault(mut self, write: VaultWrite) -> Self {
        self.vault.push(write);
        self
    }
}

/// Why a command had no effect.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E: std::error::Error> {
    /// The aggregate refused.
    #[error(transparent)]
    Refused(E),
    /// The aggregate is at another version than the precondition has it.
    #[error("the precondition does not hold")]
    Precondition,
    #[error(transparent)]
    Append(AppendError),
    #[error(transparent)]
    Read(LogError),
    #[error(transparent)]
    Codec(CodecError),
    #[error("{0}")]
    Other(String),
}

impl Journal {
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, codec: Codec, ids: Arc<Ids>) -> Self {
        Self { log, codec, ids }
    }

    #[must_use]
    pub fn log(&self) -> &Arc<dyn EventLog> {
        &self.log
    }

    #[must_use]
    pub const fn codec(&self) -> &Codec {
        &self.codec
    }

    /// Runs a command; `None` when it was already satisfied and nothing was appended.
    pub async fn execute<A>(
        &self,
        id: Uuid,
        command: A::Command,
        execution: Execution,
    ) -> Result<Option<Receipt>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone + Send,
        A::Event: StoredEvent + Into<Event>,
        A::Error: Send + Sync + 'static,
    {
        let receipt = Arc::new(Mutex::new(None));
        let is_conditional = execution.precondition.is_some();
        let unit = UnitOfWork {
            journal: self.clone(),
            execution,
            receipt: receipt.clone(),
        };
        let framework = CqrsFramework::<A, _>::new(unit, Vec::new(), ());
        let mut attempt = 0;
        loop {
            attempt += 1;
            match framework.execute(&id.to_string(), command.clone()).await {
                Ok(()) => {
                    return Ok(*receipt.lock().unwrap_or_else(PoisonError::into_inner));
                }
                Err(AggregateError::AggregateConflict) if is_conditional => {
                    self.forget(&StreamId::new(A::TYPE, id)).await;
                    return Err(ExecuteError::Precondition);
                }
                Err(AggregateError::AggregateConflict) if attempt < ATTEMPTS => {
                    self.forget(&StreamId::new(A::TYPE, id)).await;
                }
                Err(error) => return Err(translate(error)),
            }
        }
    }

    /// Whether a command would get as far as being decided: for what is to be done elsewhere before.
    pub async fn check<A>(
        &self,
        id: Uuid,
        execution: &Execution,
    ) -> Result<(), ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        A::Event: StoredEvent,
    {
        if execution.precondition.is_some() {
            let loaded = self.load::<A>(StreamId::new(A::TYPE, id)).await?;
            execution.check(&loaded)?;
        }
        Ok(())
    }
}

/// One command's view of the log.
struct UnitOfWork {
    journal: Journal,
    execution: Execution,
    receipt: Arc<Mutex<Option<Receipt>>>,
}

impl UnitOfWork {
    fn stream<A: Aggregate>(aggregate_id: &str) -> StreamId {
        StreamId {
            aggregate_type: A::TYPE.to_owned(),
            aggregate_id: aggregate_id.to_owned(),
        }
    }

    async fn append<E>(
        &self,
        stream: StreamId,
        version: u64,
        events: &[E],
    ) -> Result<Receipt, Failure>
    where
        E: StoredEvent + Into<Event>,
    {
        let mut append = self.execution.append();
        self.journal
            .add_to(&mut append, stream, version, events)
            .await
            .map_err(Failure::Codec)?;
        self.journal
            .log
            .append(append)
            .await
            .map_err(Failure::Append)
    }
}

impl Execution {
    /// An append of nothing yet.
    fn append(&self) -> Append {
        let mut append = Append::new(self.metadata.clone());
        append.vault.clone_from(&self.vault);
        append.shared_claims.clone_from(&self.shared_claims);
        append.idempotency.clone_from(&self.idempotency);
        append
    }

    fn check<A>(&self, loaded: &Loaded<A>) -> Result<(), Failure> {
        match &self.precondition {
            Some(precondition) if !precondition.holds(&loaded.stream, loaded.version) => {
                Err(Failure::Precondition)
            }
            _ => Ok(()),
        }
    }
}

impl Journal {
    /// Adds events to an append, with the claims and vault writes that they bring.
    async fn add_to<E>(
        &self,
        append: &mut Append,
        stream: StreamId,
        version: u64,
        events: &[E],
    ) -> Result<(), CodecError>
    where
        E: StoredEvent + Into<Event>,
    {
        let mut new = Vec::with_capacity(events.len());
        for event in events {
            append.claims.extend(event.claims());
            new.push(self.codec.seal(event, self.ids.event_id()).await?);
        }
        append.vault.extend(
            new.iter()
                .flat_map(|new| VaultWrite::implied_by(&new.event)),
        );
        append.streams.push(StreamAppend {
            stream,
            expected_version: version,
            events: new,
        });
        Ok(())
    }
}

impl<A> EventStore<A> for UnitOfWork
where
    A: Aggregate,
    A::Event: StoredEvent + Into<Event>,
    A::Error: Send + Sync + 'static,
{
    type AC = Loaded<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let stream = Self::stream::<A>(aggregate_id);
        Ok(self
            .journal
            .events::<A>(&stream, 0)
            .await?
            .events
            .into_iter()
            .map(|(sequence, payload)| envelope(aggregate_id, sequence, payload))
            .collect())
    }

    async fn load_aggregate(
        &self,
        aggregate_id: &str,
    ) -> Result<Self::AC, AggregateError<A::Error>> {
        let loaded = self.journal.load(Self::stream::<A>(aggregate_id)).await?;
        self.execution.check(&loaded)?;
        Ok(loaded)
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: Self::AC,
        _metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let id = context.stream.aggregate_id.clone();
        let receipt = self
            .append(context.stream, context.version, &events)
            .await?;
        *self.receipt.lock().unwrap_or_else(PoisonError::into_inner) = Some(receipt);
        let first = context.version + 1;
        Ok((first..)
            .zip(events)
            .map(|(sequence, event)| envelope(&id, sequence, event))
            .collect())
    }
}

fn envelope<A: Aggregate>(id: &str, sequence: u64, payload: A::Event) -> EventEnvelope<A> {
    EventEnvelope {
        aggregate_id: id.to_owned(),
        sequence: usize::try_from(sequence).unwrap_or(usize::MAX),
        payload,
        metadata: HashMap::new(),
    }
}

/// What travels through cqrs-es's error type and comes out as [`ExecuteError`].
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the precondition does not hold")]
    Precondition,
    #[error(transparent)]
    Append(AppendError),
    #[error(transparent)]
    Read(LogError),
    #[error(transparent)]
    Codec(CodecError),
}

impl<E: std::error::Error> From<Failure> for AggregateError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Append(AppendError::Conflict { .. }) => Self::AggregateConflict,
            failure => Self::UnexpectedError(Box::new(failure)),
        }
    }
}

impl<E: std::error::Error> From<Failure> for ExecuteError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Precondition => Self::Precondition,
            Failure::Append(error) => Self::Append(error),
            Failure::Read(error) => Self::Read(error),
            Failure::Codec(error) => Self::Codec(error),
        }
    }
}

fn translate<E: std::error::Error>(error: AggregateError<E>) -> ExecuteError<E> {
    match error {
        AggregateError::UserError(error) => ExecuteError::Refused(error),
        AggregateError::AggregateConflict => {
            ExecuteError::Append(AppendError::Unavailable("too many conflicts".to_owned()))
        }
        AggregateError::UnexpectedError(error) => match error.downcast::<Failure>() {
            Ok(failure) => (*failure).into(),
            Err(error) => ExecuteError::Other(error.to_string()),
        },
        AggregateError::DatabaseConnectionError(error)
        | AggregateError::DeserializationError(error) => ExecuteError::Other(error.to_string()),
    }
}
