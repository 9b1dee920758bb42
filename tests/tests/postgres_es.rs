//! `postgres-es` reads and writes the same table: it reads what we wrote, and what it writes is an
//! event like any other.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

use std::{collections::HashMap, sync::Arc};

use cqrs_es::{
    AggregateError, CqrsFramework, DomainEvent, EventStore, persist::PersistedEventStore,
};
use muniment_domain::{Event, Pii, User, UserCommand, UserError, UserEvent, UserId, user::Origin};
use muniment_projections::queries::user;
use muniment_store::{
    log::{EventLog, StreamId},
    sql::Database,
};
use muniment_tests::{TestDatabase, TestLog, assert_sound, each_backend, within};
use postgres_es::PostgresEventRepository;
use tokio::task::JoinSet;

each_backend!(postgres:
    it_reads_what_we_wrote,
    it_refuses_and_is_satisfied_as_we_would_be,
    what_it_writes_takes_the_next_position,
    what_it_writes_in_one_transaction_lies_together,
    what_it_fails_to_write_leaves_no_gap,
    its_metadata_is_hashed_as_stored,
    it_starts_a_log_of_its_own,
    it_wakes_our_tail,
    our_next_append_brings_the_read_models_up_to_date,
    our_next_start_brings_the_read_models_up_to_date,
    positions_are_dense_when_both_write_at_once,
);

const LOCK: UserCommand = UserCommand::LockUser { deactivate: false };
const UNLOCK: UserCommand = UserCommand::UnlockUser { reactivate: false };

type TheirStore = PersistedEventStore<PostgresEventRepository, User>;

fn their_store(log: &TestLog) -> TheirStore {
    let Database::Postgres { readers: pool, .. } = &log.database else {
        panic!("a PostgreSQL database");
    };
    PersistedEventStore::new_event_store(PostgresEventRepository::new(pool.clone()))
}

fn them(log: &TestLog) -> CqrsFramework<User, TheirStore> {
    CqrsFramework::new(their_store(log), Vec::new(), ())
}

async fn they_execute(log: &TestLog, user: UserId, command: UserCommand) {
    let id = user.as_uuid().to_string();
    them(log).execute(&id, command).await.unwrap();
}

fn stream(user: UserId) -> StreamId {
    StreamId::new("user", user.as_uuid())
}

async fn it_reads_what_we_wrote(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let email_id = log.add_email(alice, "alice@example.com").await.unwrap();
    let password_id = log.set_password(alice, "hash").await.unwrap();
    let lock = UserCommand::LockUser { deactivate: true };
    log.execute(alice, lock).await.unwrap();

    let theirs = their_store(&log)
        .load_events(&alice.as_uuid().to_string())
        .await
        .unwrap();
    let ours = log.log.read_stream(&stream(alice), 0, 100).await.unwrap();
    assert_eq!(theirs.len(), 6);
    for (their, our) in theirs.iter().zip(&ours) {
        assert_eq!(their.aggregate_id, our.stream.aggregate_id);
        assert_eq!(their.sequence as u64, our.sequence);
        assert_eq!(their.payload.event_type(), our.event_type);
        assert_eq!(their.payload.event_version(), our.event_version);
        assert_eq!(their.metadata["actor"], "operator:tests");
    }
    let UserEvent::UserRegistered {
        user_id,
        username: Pii::Sealed(_),
        origin: Origin::Admin,
    } = &theirs[0].payload
    else {
        panic!("{:?}", theirs[0].payload);
    };
    assert_eq!(*user_id, alice);
    assert!(matches!(
        &theirs[1].payload,
        UserEvent::UserEmailAdded { email_id: id, email: Pii::Sealed(_), .. } if *id == email_id
    ));
    assert!(matches!(
        &theirs[2].payload,
        UserEvent::UserPasswordSet { password_id: id, .. } if *id == password_id
    ));
    // What holds no personal data is the same for both.
    for (their, our) in theirs[2..].iter().zip(&ours[2..]) {
        let our = log.codec.open(our).await.unwrap();
        assert_eq!(Event::User(their.payload.clone()), our);
    }
}

async fn it_refuses_and_is_satisfied_as_we_would_be(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    they_execute(&log, alice, UNLOCK).await;
    let stranger = log.new_user_id().as_uuid().to_string();
    let refusal = them(&log).execute(&stranger, LOCK).await.unwrap_err();
    assert!(matches!(
        refusal,
        AggregateError::UserError(UserError::NotFound)
    ));
    assert_eq!(log.head().await, 1);
}

async fn what_it_writes_takes_the_next_position(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    log.register("bob").await;
    they_execute(&log, alice, LOCK).await;
    log.register("carol").await;

    let events = log.events().await;
    assert_eq!(events.len(), 4);
    assert_sound(&events);
    let locked = &events[2];
    assert_eq!(locked.stream, stream(alice));
    assert_eq!(locked.sequence, 2);
    assert_eq!(locked.event_type, "user.locked");
    assert_eq!(locked.metadata().unwrap().actor, "external");
    assert!(
        events
            .iter()
            .all(|e| e.position == 3 || e.event_id != locked.event_id)
    );
    assert_eq!(
        log.codec.open(locked).await.unwrap(),
        Event::User(UserEvent::UserLocked { user_id: alice })
    );
    // Our decisions are based on it too.
    assert!(log.execute(alice, LOCK).await.unwrap().is_none());
    assert!(log.execute(alice, UNLOCK).await.unwrap().is_some());
}

async fn what_it_writes_in_one_transaction_lies_together(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    log.add_email(alice, "alice@example.com").await.unwrap();
    let lock = UserCommand::LockUser { deactivate: true };
    they_execute(&log, alice, lock).await;
    let events = log.events().await;
    assert_sound(&events);
    let types: Vec<_> = events.iter().map(|e| e.event_type.as_str()).collect();
    assert_eq!(
        types[2..],
        ["user.locked", "user.deactivated", "user.email_removed"]
    );
}

async fn what_it_fails_to_write_leaves_no_gap(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let store = their_store(&log);
    let id = alice.as_uuid().to_string();
    let outdated = store.load_aggregate(&id).await.unwrap();
    log.execute(alice, LOCK).await.unwrap();

    let events = vec![UserEvent::UserAdminGranted { user_id: alice }];
    let error = store.commit(events, outdated, HashMap::new()).await;
    assert!(matches!(
        error.map(|_| ()).unwrap_err(),
        AggregateError::AggregateConflict
    ));
    they_execute(&log, alice, UNLOCK).await;
    log.register("bob").await;
    let events = log.events().await;
    assert_eq!(events.len(), 4);
    assert_sound(&events);
}

async fn its_metadata_is_hashed_as_stored(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let metadata = HashMap::from([
        ("actor".to_owned(), "jörg \"the\\ operator\" ✓".to_owned()),
        ("note".to_owned(), "\u{1}\n\t".to_owned()),
    ]);
    them(&log)
        .execute_with_metadata(&alice.as_uuid().to_string(), LOCK, metadata)
        .await
        .unwrap();
    let events = log.events().await;
    assert_sound(&events);
    let read = events[1].metadata().unwrap();
    assert_eq!(read.actor, "jörg \"the\\ operator\" ✓");
}

async fn it_starts_a_log_of_its_own(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.new_user_id();
    they_execute(&log, alice, muniment_tests::register(alice, "alice")).await;
    let events = log.events().await;
    assert_eq!(events.len(), 1);
    assert_sound(&events);
}

async fn it_wakes_our_tail(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let mut tail = log.log.tail();
    for (command, position) in [(LOCK, 2), (UNLOCK, 3)] {
        they_execute(&log, alice, command).await;
        let woken = within("waking", tail.wait_for(|head| *head >= position)).await;
        assert_eq!(*woken.unwrap(), position);
    }
}

async fn our_next_append_brings_the_read_models_up_to_date(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    they_execute(&log, alice, LOCK).await;
    let row = user(&log.reads, alice).await.unwrap().unwrap();
    assert_eq!(row.locked_at, None);

    log.register("bob").await;
    let row = user(&log.reads, alice).await.unwrap().unwrap();
    assert_eq!(row.locked_at, Some(log.events().await[1].recorded_at));
    assert_eq!(log.count("users").await, 2);

    they_execute(&log, alice, UNLOCK).await;
    they_execute(&log, alice, UserCommand::GrantAdmin).await;
    log.register("carol").await;
    let row = user(&log.reads, alice).await.unwrap().unwrap();
    assert_eq!((row.locked_at, row.can_request_admin), (None, true));
}

async fn our_next_start_brings_the_read_models_up_to_date(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    they_execute(&log, alice, LOCK).await;
    log.close().await;
    let log = TestLog::open(&database).await;
    let row = user(&log.reads, alice).await.unwrap().unwrap();
    assert!(row.locked_at.is_some());
}

const USERS: usize = 4;
const ROUNDS: usize = 10;

async fn positions_are_dense_when_both_write_at_once(database: TestDatabase) {
    let log = Arc::new(TestLog::open(&database).await);
    let mut users = Vec::new();
    for n in 0..USERS {
        users.push(log.register(&format!("user-{n}")).await);
    }
    let mut writers = JoinSet::new();
    for user in &users {
        for ours in [true, false] {
            let (log, user) = (log.clone(), *user);
            writers.spawn(async move {
                if ours {
                    we_write(&log, user).await;
                } else {
                    they_write(&log, user).await;
                }
            });
        }
    }
    within("writing", writers.join_all()).await;

    let events = log.events().await;
    assert_eq!(events.len(), USERS + USERS * 2 * ROUNDS);
    assert_sound(&events);
    log.register("last").await;
    for user_id in users {
        let row = user(&log.reads, user_id).await.unwrap().unwrap();
        // They lock and unlock in turn, and unlock last.
        assert_eq!(row.locked_at, None);
    }
    assert_eq!(
        log.count("user_emails").await,
        i64::try_from(USERS * ROUNDS).unwrap()
    );
}

async fn we_write(log: &TestLog, user: UserId) {
    for n in 0..ROUNDS {
        let address = format!("{n}@{}.example.com", user.to_string().to_lowercase());
        log.add_email(user, &address).await.unwrap();
    }
}

/// Tries again after a conflict; as often as somebody else can have been first.
async fn they_write(log: &TestLog, user: UserId) {
    let (them, id) = (them(log), user.as_uuid().to_string());
    for n in 0..ROUNDS {
        let command = if n % 2 == 0 { LOCK } else { UNLOCK };
        let mut attempts = 0;
        while let Err(error) = them.execute(&id, command.clone()).await {
            assert!(
                matches!(error, AggregateError::AggregateConflict),
                "{error}"
            );
            attempts += 1;
            assert!(attempts <= ROUNDS, "conflicts without end");
        }
    }
}
