//! With an append, an item is there exactly when its events are.

use muniment_domain::{User, UserCommand};
use muniment_store::{VaultWrite, outbox::Outbox};
use muniment_tests::{LogSetup, TestDatabase, TestLog, each_log};

use crate::support::{item, take_key};

each_log!(
    an_item_comes_with_its_event,
    an_append_that_is_refused_brings_none,
    a_command_that_changes_nothing_brings_none,
    erasing_a_person_destroys_what_waits_for_them,
    rebuilding_read_models_brings_none,
);

async fn open(database: &TestDatabase) -> (TestLog, Outbox) {
    let log = TestLog::open_with(database, LogSetup::default().behind(database)).await;
    let outbox = log.outbox(database).await;
    (log, outbox)
}

async fn run(log: &TestLog, outbox: &Outbox, user: muniment_domain::UserId, key: &str) {
    let write = VaultWrite::Enqueue(item(outbox, key, Some(user)));
    let execution = log.execution().with_vault(write);
    let command = UserCommand::LockUser { deactivate: false };
    log.journal
        .execute::<User>(user.as_uuid(), command, execution)
        .await
        .unwrap();
}

async fn an_item_comes_with_its_event(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    let alice = log.register("alice").await;
    run(&log, &outbox, alice, "a").await;
    let taken = outbox.take().await.unwrap().unwrap();
    assert_eq!((taken.kind.as_str(), taken.key.as_str()), ("test", "a"));
    assert_eq!(taken.payload.as_slice(), b"alice@example.com");
    for event in log.events().await {
        assert!(!event.payload.contains("example.com"));
    }
}

async fn an_append_that_is_refused_brings_none(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    log.register("alice").await;
    let user = log.new_user_id();
    let write = VaultWrite::Enqueue(item(&outbox, "a", Some(user)));
    let execution = log.execution().with_vault(write);
    let command = muniment_tests::register(user, "alice");
    let refused = log
        .journal
        .execute::<User>(user.as_uuid(), command, execution)
        .await;
    assert!(refused.is_err(), "the name is taken");
    assert_eq!(log.count("outbox").await, 0);
}

async fn a_command_that_changes_nothing_brings_none(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    let alice = log.register("alice").await;
    run(&log, &outbox, alice, "a").await;
    run(&log, &outbox, alice, "b").await;
    assert_eq!(log.count("outbox").await, 1);
}

async fn erasing_a_person_destroys_what_waits_for_them(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    run(&log, &outbox, alice, "a").await;
    run(&log, &outbox, bob, "b").await;
    log.execute(alice, UserCommand::EraseUser).await.unwrap();
    assert_eq!(take_key(&outbox).await.as_deref(), Some("b"));
    assert_eq!(take_key(&outbox).await, None);
}

async fn rebuilding_read_models_brings_none(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    let alice = log.register("alice").await;
    run(&log, &outbox, alice, "a").await;
    log.tamper("DELETE FROM outbox").await;
    log.projections
        .rebuild(&log.database, |_| {})
        .await
        .unwrap();
    assert_eq!(log.count("outbox").await, 0);
}
