//! The connection: tries again what may be tried again, within limits, and finds the leader anew.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use eventstore::{
    AppendToStreamOptions, Client, ClientSettings, Error, EventData, ExpectedRevision,
    ReadStreamOptions, RecordedEvent, StreamPosition, SubscribeToStreamOptions, Subscription,
};
use tokio::time::timeout;

use super::EventStoreDbError;

/// How long one attempt may take. The client itself would wait for ever.
const ATTEMPT: Duration = Duration::from_secs(3);
/// How long all attempts together may take. The writer's lock is held meanwhile.
const ALL_ATTEMPTS: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Link {
    settings: ClientSettings,
    current: Mutex<Current>,
}

#[derive(Clone)]
struct Current {
    generation: u64,
    client: Client,
}

/// What became of a write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    AtExpected,
    /// The stream does not end where it was expected to.
    Moved,
}

pub(super) fn parse(uri: &str) -> Result<ClientSettings, EventStoreDbError> {
    uri.parse()
        .map_err(|error: eventstore::ClientSettingsParseError| {
            EventStoreDbError::Uri(error.message().to_owned())
        })
}

impl Link {
    pub(super) fn open(uri: &str) -> Result<Self, EventStoreDbError> {
        let settings = parse(uri)?;
        let client = connect(&settings)?;
        Ok(Self {
            settings,
            current: Mutex::new(Current {
                generation: 0,
                client,
            }),
        })
    }

    /// Writes events after the revision `after`, or to a stream that does not exist yet. The same
    /// event ids at the same place count as written, so trying again never doubles.
    pub(super) async fn append(
        &self,
        stream: &Arc<str>,
        after: Option<u64>,
        events: &[EventData],
    ) -> Result<Written, EventStoreDbError> {
        let options = AppendToStreamOptions::default()
            .expected_revision(after.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact))
            .requires_leader(true)
            .deadline(ATTEMPT);
        let result = self
            .persist(|client| {
                let (stream, options, events) = (stream.clone(), options.clone(), events.to_vec());
                async move { client.append_to_stream(&*stream, &options, events).await }
            })
            .await;
        match result {
            Ok(_) => Ok(Written::AtExpected),
            Err(Failed::Finally(Error::WrongExpectedVersion { .. })) => Ok(Written::Moved),
            Err(error) => Err(error.into()),
        }
    }

    /// Events from a revision on, at most so many; none if the stream does not exist.
    pub(super) async fn read(
        &self,
        stream: &Arc<str>,
        from: u64,
        count: usize,
    ) -> Result<Vec<RecordedEvent>, EventStoreDbError> {
        let options = ReadStreamOptions::default()
            .position(StreamPosition::Position(from))
            .max_count(count);
        self.read_with(stream, options).await
    }

    async fn read_with(
        &self,
        stream: &Arc<str>,
        options: ReadStreamOptions,
    ) -> Result<Vec<RecordedEvent>, EventStoreDbError> {
        let options = options.requires_leader(true).deadline(ATTEMPT);
        let result = self
            .persist(|client| {
                let (stream, options) = (stream.clone(), options.clone());
                async move {
                    let mut reading = client.read_stream(&*stream, &options).await?;
                    let mut events = Vec::new();
                    while let Some(event) = reading.next().await? {
                        events.extend(event.event);
                    }
                    Ok(events)
                }
            })
            .await;
        match result {
            Err(Failed::Finally(Error::ResourceNotFound)) => Ok(Vec::new()),
            other => Ok(other?),
        }
    }

    /// A stream's last event; `None` if it does not exist.
    pub(super) async fn last(
        &self,
        stream: &Arc<str>,
    ) -> Result<Option<RecordedEvent>, EventStoreDbError> {
        let options = ReadStreamOptions::default()
            .position(StreamPosition::End)
            .max_count(1);
        Ok(self.read_with(stream, options).await?.pop())
    }

    /// Events after a revision as they come. Not tried again: whoever listens knows where to go on.
    pub(super) async fn subscribe(&self, stream: &str, after: Option<u64>) -> Subscription {
        let options = SubscribeToStreamOptions::default()
            .start_from(after.map_or(StreamPosition::Start, StreamPosition::Position));
        self.current()
            .client
            .subscribe_to_stream(stream, &options)
            .await
    }

    /// Makes the next attempt look for the cluster's leader anew.
    pub(super) fn reconnect(&self) {
        self.renew(self.current().generation);
    }

    async fn persist<T, F>(&self, action: impl Fn(Client) -> F) -> Result<T, Failed>
    where
        F: Future<Output = eventstore::Result<T>>,
    {
        let mut last = Error::DeadlineExceeded;
        let trying = async {
            loop {
                let current = self.current();
                let error = match timeout(ATTEMPT, action(current.client)).await {
                    Ok(Ok(value)) => return Ok(value),
                    Ok(Err(error)) => error,
                    Err(_) => Error::DeadlineExceeded,
                };
                match next_step(&error) {
                    NextStep::GiveUp => return Err(Failed::Finally(error)),
                    NextStep::TryAgain => {}
                    NextStep::Reconnect => self.renew(current.generation),
                }
                tracing::debug!(%error, "EventStoreDB did not answer; trying again");
                last = error;
                tokio::time::sleep(PAUSE).await;
            }
        };
        match timeout(ALL_ATTEMPTS, trying).await {
            Ok(result) => result,
            Err(_) => Err(Failed::ForNow(last)),
        }
    }

    fn current(&self) -> Current {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    /// A client that has lost its node never looks for another one by itself, so it is replaced.
    fn renew(&self, generation: u64) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.generation != generation {
            return;
        }
        match connect(&self.settings) {
            Ok(client) => {
                *current = Current {
                    generation: generation + 1,
                    client,
                }
            }
            Err(error) => tracing::warn!(%error, "cannot make a new client"),
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

fn connect(settings: &ClientSettings) -> Result<Client, EventStoreDbError> {
    Client::new(settings.clone()).map_err(|error| EventStoreDbError::Refused(error.to_string()))
}

enum Failed {
    Finally(Error),
    /// It might have worked later.
    ForNow(Error),
}

impl From<Failed> for EventStoreDbError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Finally(error) => Self::Refused(error.to_string()),
            Failed::ForNow(error) => Self::Unavailable(error.to_string()),
        }
    }
}

enum NextStep {
    GiveUp,
    TryAgain,
    Reconnect,
}

fn next_step(error: &Error) -> NextStep {
    match error {
        // The client follows to the leader that the answer names.
        Error::NotLeaderException(_) => NextStep::TryAgain,
        Error::ServerError(_)
        | Error::ConnectionClosed
        | Error::GrpcConnectionError(_)
        | Error::DeadlineExceeded => NextStep::Reconnect,
        // gRPC's numbers: cancelled, resource exhausted, aborted.
        Error::Grpc { code, .. } if matches!(i32::from(*code), 1 | 8 | 10) => NextStep::TryAgain,
        _ => NextStep::GiveUp,
    }
}
