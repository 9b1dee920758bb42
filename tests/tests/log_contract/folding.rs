//! What a command reads of a long stream, once it was read.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use muniment_domain::{User, UserCommand, UserId};
use muniment_store::{
    Batch, ExecuteError, Journal,
    log::{
        Append, AppendError, EventLog, LogError, Position, Receipt, RecordedEvent, SqlLog, StreamId,
    },
};
use muniment_tests::{TestDatabase, TestLog, each_log};
use tokio::sync::watch;
use uuid::Uuid;

use crate::support::locks;

each_log!(
    a_command_on_a_long_stream_reads_what_is_new,
    what_others_wrote_is_always_read,
    a_batch_reads_what_is_new_too,
    an_account_that_is_erased_meanwhile_is_erased,
);

const LOCK: UserCommand = UserCommand::LockUser { deactivate: false };
const UNLOCK: UserCommand = UserCommand::UnlockUser { reactivate: false };

/// A log that counts the events that are read of streams.
#[derive(Debug)]
struct Counting {
    log: Arc<SqlLog>,
    read: AtomicUsize,
}

impl Counting {
    fn read(&self) -> usize {
        self.read.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl EventLog for Counting {
    async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        self.log.append(batch).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let events = self.log.read_stream(stream, after, limit).await?;
        self.read.fetch_add(events.len(), Ordering::SeqCst);
        Ok(events)
    }

    async fn read_subject(
        &self,
        subject: Uuid,
        after: Position,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        self.log.read_subject(subject, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: u32) -> Result<Vec<RecordedEvent>, LogError> {
        self.log.read_all(after, limit).await
    }

    async fn head(&self) -> Result<Position, LogError> {
        self.log.head().await
    }

    fn tail(&self) -> watch::Receiver<Position> {
        self.log.tail()
    }
}

fn counted(log: &TestLog) -> (Journal, Arc<Counting>) {
    let counting = Arc::new(Counting {
        log: log.log.clone(),
        read: AtomicUsize::new(0),
    });
    let journal = Journal::new(counting.clone(), log.codec.clone(), log.ids.clone());
    (journal, counting)
}

/// An account with 101 events; unlocked.
async fn with_a_history(log: &TestLog) -> UserId {
    let alice = log.register("alice").await;
    log.log
        .append(locks(log, alice, 1, 99).await)
        .await
        .unwrap();
    log.execute(alice, UNLOCK).await.unwrap().unwrap();
    alice
}

async fn execute(log: &TestLog, journal: &Journal, user: UserId, command: UserCommand) -> bool {
    let done = journal.execute::<User>(user.as_uuid(), command, log.execution());
    done.await.unwrap().is_some()
}

async fn a_command_on_a_long_stream_reads_what_is_new(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = with_a_history(&log).await;
    // With keys, and so a memory, of its own.
    let fresh = TestLog::open(&database).await;
    let (journal, counting) = counted(&fresh);
    assert!(execute(&fresh, &journal, alice, LOCK).await);
    assert_eq!(counting.read(), 101);
    for command in [UNLOCK, LOCK, UNLOCK] {
        assert!(execute(&fresh, &journal, alice, command.clone()).await);
        assert!(counting.read() <= 1, "what the command before wrote");
        assert!(!execute(&fresh, &journal, alice, command).await);
        assert_eq!(counting.read(), 1);
    }
    assert!(!execute(&fresh, &journal, alice, UNLOCK).await);
    assert_eq!(counting.read(), 0);
}

async fn what_others_wrote_is_always_read(database: TestDatabase) {
    let one = TestLog::open(&database).await;
    let alice = with_a_history(&one).await;
    let other = TestLog::open(&database).await;
    for _ in 0..3 {
        assert!(one.execute(alice, LOCK).await.unwrap().is_some());
        assert!(other.execute(alice, LOCK).await.unwrap().is_none());
        assert!(other.execute(alice, UNLOCK).await.unwrap().is_some());
        assert!(one.execute(alice, UNLOCK).await.unwrap().is_none());
    }
}

async fn a_batch_reads_what_is_new_too(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = with_a_history(&log).await;
    let (journal, counting) = counted(&log);
    let lock =
        |command| Batch::<muniment_domain::UserError>::new().then::<User>(alice.as_uuid(), command);
    for command in [LOCK, UNLOCK, LOCK] {
        let done = journal.execute_all(&lock(command), log.execution()).await;
        assert!(done.unwrap().is_some());
        assert_eq!(counting.read(), 1);
    }
}

async fn an_account_that_is_erased_meanwhile_is_erased(database: TestDatabase) {
    let one = TestLog::open(&database).await;
    let alice = with_a_history(&one).await;
    one.add_email(alice, "alice@example.com").await.unwrap();
    assert!(one.execute(alice, LOCK).await.unwrap().is_some());
    let other = TestLog::open(&database).await;
    other.execute(alice, UserCommand::EraseUser).await.unwrap();
    muniment_tests::destroy_erased(
        &other,
        &database,
        &muniment_tests::LogSetup::default().master,
    )
    .await;
    let refused = one.execute(alice, UNLOCK).await.unwrap_err();
    assert!(matches!(
        refused,
        ExecuteError::Refused(muniment_domain::UserError::Erased)
    ));
}
