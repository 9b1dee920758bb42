//! Who still uses GraphQL with bearer tokens, and for what, so that an operator knows whom to move:
//! counted for the metrics, and gathered in memory to be written now and then, so that a request costs
//! no write.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use muniment_domain::{ClientId, PersonalSessionOwner};
use muniment_store::{
    graphql_calls::{self, Called, Caller, Calls},
    sql::{Database, DatabaseError},
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::auth::Requester;

/// Counts that may wait while the database is away; further ones are lost.
const MOST: usize = 20_000;
/// Clients with a label of their own in the metrics of one process.
const LABELS: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClientLabels {
    client: String,
}

/// What has yet to be written, and what this process has counted.
#[derive(Debug)]
pub struct GraphqlCalls {
    database: Database,
    waiting: Mutex<HashMap<(Caller, &'static str), Calls>>,
    /// One writes at a time.
    writing: tokio::sync::Mutex<()>,
    requests: Family<ClientLabels, Counter>,
    labelled: Mutex<HashSet<ClientId>>,
}

impl GraphqlCalls {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            waiting: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            requests: Family::default(),
            labelled: Mutex::default(),
        }
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "graphql_bearer_requests",
            "GraphQL requests with a bearer token, which is deprecated, by client; \
             people's own tokens are `personal`, and clients beyond the first hundred `other`",
            self.requests.clone(),
        );
    }

    /// Somebody called these at `now`, in microseconds since 1970.
    pub fn record(&self, caller: Caller, operations: &[&'static str], now: i64) {
        let label = self.label(caller);
        self.requests.get_or_create(&label).inc();
        let mut waiting = lock(&self.waiting);
        for operation in operations {
            add(&mut waiting, (caller, operation), Calls::once(now));
        }
    }

    /// Writes what waits. What could not be written waits on.
    pub async fn flush(&self) -> Result<(), DatabaseError> {
        let _alone = self.writing.lock().await;
        let taken = std::mem::take(&mut *lock(&self.waiting));
        if taken.is_empty() {
            return Ok(());
        }
        let called: Vec<Called> = taken
            .iter()
            .map(|(&(caller, operation), &calls)| Called {
                caller,
                operation: operation.to_owned(),
                calls,
            })
            .collect();
        let written = graphql_calls::add(&self.database, &called).await;
        if written.is_err() {
            let mut waiting = lock(&self.waiting);
            for (called, calls) in taken {
                add(&mut waiting, called, calls);
            }
        }
        written
    }

    fn label(&self, caller: Caller) -> ClientLabels {
        let client = match caller {
            Caller::User(_) => "personal".to_owned(),
            Caller::Client(id) => {
                let mut labelled = lock(&self.labelled);
                if labelled.contains(&id) || labelled.len() < LABELS {
                    labelled.insert(id);
                    id.to_string()
                } else {
                    "other".to_owned()
                }
            }
        };
        ClientLabels { client }
    }
}

/// Whose token it is: the client's whose session it is of, or who made it for themselves.
pub fn caller(requester: &Requester) -> Option<Caller> {
    match requester {
        Requester::Anonymous | Requester::BrowserSession { .. } => None,
        Requester::Oauth2Session { session, .. } => Some(Caller::Client(session.client_id)),
        Requester::PersonalSession { session, .. } => Some(match session.owner {
            PersonalSessionOwner::User(id) => Caller::User(id),
            PersonalSessionOwner::Client(id) => Caller::Client(id),
        }),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(
    waiting: &mut HashMap<(Caller, &'static str), Calls>,
    called: (Caller, &'static str),
    calls: Calls,
) {
    if let Some(known) = waiting.get_mut(&called) {
        *known = known.and(calls);
    } else if waiting.len() < MOST {
        waiting.insert(called, calls);
    }
}

#[cfg(test)]
mod tests {
    use muniment_store::sql::DatabaseOptions;
    use uuid::Uuid;

    use super::*;

    async fn open() -> (tempfile::TempDir, DatabaseOptions, GraphqlCalls) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("muniment.db");
        let options = DatabaseOptions::new(format!("sqlite://{}", file.display()));
        let database = options.open().await.unwrap();
        (folder, options, GraphqlCalls::new(database))
    }

    fn client(n: usize) -> Caller {
        Caller::Client(ClientId::from_uuid(Uuid::from_u128(n as u128)))
    }

    async fn written(calls: &GraphqlCalls) -> Vec<(Caller, Vec<(String, i64)>)> {
        let found = graphql_calls::since(&calls.database, 0, 1000)
            .await
            .unwrap();
        let each = |called: Called| (called.operation, called.calls.calls);
        found
            .into_iter()
            .map(|(caller, all)| (caller, all.into_iter().map(each).collect()))
            .collect()
    }

    #[tokio::test]
    async fn counts_add_up_over_several_writings() {
        let (_folder, _, calls) = open().await;
        calls.record(client(1), &["user", "users"], 5);
        calls.record(client(1), &["user"], 7);
        calls.record(client(2), &["viewer"], 6);
        assert_eq!(written(&calls).await, [], "not yet");
        calls.flush().await.unwrap();
        calls.record(client(1), &["user"], 4);
        calls.flush().await.unwrap();
        calls.flush().await.unwrap();
        let of_one = vec![("user".to_owned(), 3), ("users".to_owned(), 1)];
        let of_two = vec![("viewer".to_owned(), 1)];
        assert_eq!(
            written(&calls).await,
            [(client(1), of_one), (client(2), of_two)]
        );
        let found = graphql_calls::since(&calls.database, 7, 1000).await;
        let found = found.unwrap();
        assert_eq!(found.len(), 1);
        let user = found[0].1[0].calls;
        assert_eq!((user.first_at, user.last_at), (4, 7));
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_later() {
        let (_folder, options, calls) = open().await;
        calls.record(client(1), &["user"], 5);
        calls.database.close().await;
        calls.flush().await.unwrap_err();
        calls.record(client(1), &["user"], 6);
        let database = options.open().await.unwrap();
        let again = GraphqlCalls { database, ..calls };
        again.flush().await.unwrap();
        let expected = vec![("user".to_owned(), 2)];
        assert_eq!(written(&again).await, [(client(1), expected)]);
    }

    #[tokio::test]
    async fn only_so_many_clients_have_a_label() {
        let (_folder, _, calls) = open().await;
        for n in 0..LABELS + 10 {
            calls.record(client(n), &[], 1);
        }
        let count = |client: &str| {
            let labels = ClientLabels {
                client: client.to_owned(),
            };
            calls.requests.get_or_create(&labels).get()
        };
        assert_eq!(count("other"), 10);
        calls.record(client(0), &[], 1);
        assert_eq!(count(&Uuid::nil().to_string()), 0);
        let Caller::Client(first) = client(0) else {
            unreachable!()
        };
        assert_eq!(count(&first.to_string()), 2);
    }

    #[tokio::test]
    async fn more_callers_than_fit_are_not_kept() {
        let (_folder, _, calls) = open().await;
        for n in 0..MOST + 10 {
            calls.record(client(n), &["user"], 1);
        }
        assert_eq!(lock(&calls.waiting).len(), MOST);
    }

    #[tokio::test]
    async fn whoever_has_moved_on_is_forgotten() {
        let (_folder, _, calls) = open().await;
        calls.record(client(1), &["user"], 5);
        calls.record(client(2), &["user"], 9);
        calls.flush().await.unwrap();
        let now = graphql_calls::KEPT + 8;
        let gone = graphql_calls::clean_up(&calls.database, now, 10);
        assert_eq!(gone.await.unwrap(), 1);
        let left = vec![("user".to_owned(), 1)];
        assert_eq!(written(&calls).await, [(client(2), left)]);
    }
}
