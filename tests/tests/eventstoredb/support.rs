//! A log in front of nodes that can be made to fail.

use eventstoredb_server::Cluster;
use muniment_domain::{UserEvent, UserId};
use muniment_store::{
    Execution, VaultWrite,
    log::{Append, AppendError, IdempotencyKey, Receipt, StreamAppend, StreamId},
};
pub use muniment_tests::assert_sound;
use muniment_tests::{
    Backend, Follow, LogSetup, TestDatabase, TestLog, eventstoredb::EventStore, register,
};

pub const STREAM: &str = muniment_store::log::eventstoredb::DEFAULT_STREAM;

pub struct Scene {
    pub database: TestDatabase,
    pub store: EventStore,
}

impl Scene {
    pub async fn of_nodes(nodes: usize) -> Self {
        Self {
            database: TestDatabase::new(Backend::Sqlite).await,
            store: EventStore::cluster(nodes).await,
        }
    }

    pub const fn nodes(&mut self) -> &mut Cluster {
        self.store.nodes()
    }

    pub fn setup(&self) -> LogSetup {
        LogSetup {
            event_store: Some(self.store.options().clone()),
            ..LogSetup::default()
        }
    }

    pub async fn open(&self) -> TestLog {
        TestLog::open_with(&self.database, self.setup()).await
    }

    /// With a follower of the test's own.
    pub async fn open_following(&self, follow: Follow) -> TestLog {
        let setup = LogSetup {
            follow,
            ..self.setup()
        };
        TestLog::open_with(&self.database, setup).await
    }

    /// What the log of record holds, as event ids in order.
    pub fn recorded(&mut self) -> Vec<uuid::Uuid> {
        let events = self.nodes().stream(STREAM);
        events.iter().map(|stored| stored.event.id).collect()
    }

    /// Both hold the same events, in the same order.
    pub async fn assert_in_step(&mut self, log: &TestLog) {
        let events = log.events().await;
        assert_sound(&events);
        let ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
        assert_eq!(ids, self.recorded());
    }
}

/// `count` facts about an account, in one append.
pub async fn locks(log: &TestLog, user: UserId, expected_version: u64, count: usize) -> Append {
    let mut append = Append::new(log.metadata());
    let mut events = Vec::new();
    for _ in 0..count {
        let event = UserEvent::UserLocked { user_id: user };
        let id = log.ids.event_id();
        events.push(log.codec.seal(&event, id).await.unwrap());
    }
    append.streams.push(StreamAppend {
        stream: StreamId::new("user", user.as_uuid()),
        expected_version,
        events,
    });
    append
}

pub async fn try_register(log: &TestLog, name: &str) -> Result<Receipt, AppendError> {
    let user = log.new_user_id();
    match log.execute(user, register(user, name)).await {
        Ok(receipt) => Ok(receipt.unwrap()),
        Err(muniment_store::ExecuteError::Append(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

/// A password change that is asked for with a key.
pub fn with_password_and_key(log: &TestLog, user: UserId, key: &str) -> (uuid::Uuid, Execution) {
    let password_id = log.ids.ulid();
    let mut execution = log.execution().with_vault(VaultWrite::PutPassword {
        id: password_id.into(),
        user_id: user,
        scheme_version: 1,
        hash: "secret-hash".to_owned(),
    });
    execution.idempotency = Some(IdempotencyKey {
        key: key.to_owned(),
        digest: [1; 32],
    });
    (password_id, execution)
}
