//! Commands to several aggregates that succeed or fail together.

use std::sync::Arc;

use async_trait::async_trait;
use cqrs_es::{Aggregate, event_sink::EventSink};
use muniment_domain::{Event, StoredEvent};
use uuid::Uuid;

use super::{ATTEMPTS, ExecuteError, Execution, Journal};
use crate::log::{Append, AppendError, Receipt, StreamId};

/// Commands to several aggregates, each named once. `E` is what their refusals become.
pub struct Batch<E> {
    steps: Vec<Arc<dyn Step<E>>>,
}

impl<E: std::error::Error + Send + Sync + 'static> Batch<E> {
    #[must_use]
    pub fn new() -> Self {
        Self { steps: Vec::new() }
    }

    /// One command to one aggregate.
    #[must_use]
    pub fn then<A>(self, id: Uuid, command: A::Command) -> Self
    where
        A: Aggregate<Services = ()> + Sync + 'static,
        A::Command: Clone + Send + Sync,
        A::Event: StoredEvent + Into<Event>,
        A::Error: Into<E>,
    {
        self.then_all::<A>(id, vec![command])
    }

    /// Several commands to one aggregate, each of which sees what the ones before it did.
    #[must_use]
    pub fn then_all<A>(mut self, id: Uuid, commands: Vec<A::Command>) -> Self
    where
        A: Aggregate<Services = ()> + Sync + 'static,
        A::Command: Clone + Send + Sync,
        A::Event: StoredEvent + Into<Event>,
        A::Error: Into<E>,
    {
        self.steps.push(Arc::new(Commands::<A> { id, commands }));
        self
    }
}

impl<E: std::error::Error + Send + Sync + 'static> Default for Batch<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> std::fmt::Debug for Batch<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batch({} aggregates)", self.steps.len())
    }
}

/// The commands to one aggregate.
#[async_trait]
trait Step<E: std::error::Error>: Send + Sync {
    /// Lets the aggregate decide, and adds what it decided to the append.
    async fn decide(
        &self,
        journal: &Journal,
        execution: &Execution,
        append: &mut Append,
    ) -> Result<(), ExecuteError<E>>;
}

struct Commands<A: Aggregate> {
    id: Uuid,
    commands: Vec<A::Command>,
}

#[async_trait]
impl<A, E> Step<E> for Commands<A>
where
    A: Aggregate<Services = ()> + Sync + 'static,
    A::Command: Clone + Send + Sync,
    A::Event: StoredEvent + Into<Event>,
    A::Error: Into<E>,
    E: std::error::Error + Send + Sync + 'static,
{
    async fn decide(
        &self,
        journal: &Journal,
        execution: &Execution,
        append: &mut Append,
    ) -> Result<(), ExecuteError<E>> {
        let stream = StreamId::new(A::TYPE, self.id);
        let mut loaded = journal.load::<A>(stream).await?;
        execution.check(&loaded)?;
        let sink = EventSink::<A>::default();
        for command in &self.commands {
            loaded
                .aggregate
                .handle(command.clone(), &(), &sink)
                .await
                .map_err(|refusal| ExecuteError::Refused(refusal.into()))?;
        }
        let events = sink.collect().await;
        if events.is_empty() {
            return Ok(());
        }
        journal
            .add_to(append, loaded.stream, loaded.version, &events)
            .await
            .map_err(ExecuteError::Codec)
    }
}

impl Journal {
    /// Runs the commands of a batch in one append; `None` when nothing was to be done.
    pub async fn execute_all<E>(
        &self,
        batch: &Batch<E>,
        execution: Execution,
    ) -> Result<Option<Receipt>, ExecuteError<E>>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut append = execution.append();
            for step in &batch.steps {
                step.decide(self, &execution, &mut append).await?;
            }
            if append.streams.is_empty() {
                return Ok(None);
            }
            match self.log.append(append).await {
                Ok(receipt) => return Ok(Some(receipt)),
                Err(AppendError::Conflict { stream, .. })
                    if execution.precondition.is_some() || attempt < ATTEMPTS =>
                {
                    self.forget(&stream).await;
                    if execution.precondition.is_some() {
                        return Err(ExecuteError::Precondition);
                    }
                }
                Err(error) => return Err(ExecuteError::Append(error)),
            }
        }
    }
}
