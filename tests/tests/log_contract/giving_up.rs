//! Callers that go away in the middle, as HTTP clients do: nothing half is left, and nothing stuck.

use muniment_store::{
    log::EventLog,
    sql::{Transaction, query},
};
use muniment_tests::{TestDatabase, TestLog, each_log, give_up_after, within};

use crate::support::assert_sound;

each_log!(
    a_command_that_is_given_up_happens_whole_or_not_at_all,
    a_transaction_that_is_given_up_leaves_no_lock,
    a_writer_that_gives_up_keeps_nobody_waiting,
);

/// More polls than anything here needs.
const ENOUGH: usize = 1000;

async fn a_command_that_is_given_up_happens_whole_or_not_at_all(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let mut given_up = 0;
    for polls in 0..ENOUGH {
        let name = format!("user-{polls}");
        if give_up_after(polls, log.register(&name)).await.is_some() {
            break;
        }
        given_up += 1;
    }
    assert!((1..ENOUGH).contains(&given_up), "{given_up}");
    // What was accepted before its caller went away is finished before this.
    log.register("last").await;

    let events = log.events().await;
    assert_sound(&events);
    let users = i64::try_from(events.len()).unwrap();
    assert_eq!(log.count("users").await, users);
    assert_eq!(log.count("claims").await, users);
    for event in &events {
        log.codec.open(event).await.unwrap();
    }
    let head = log.head().await;
    assert_eq!(*log.log.tail().borrow(), head);
}

async fn a_transaction_that_is_given_up_leaves_no_lock(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let before = log.count("projections").await;
    for polls in 0..ENOUGH {
        let working = async {
            let mut transaction = log.database.begin().await.unwrap();
            let statement = "INSERT INTO projections (name, version, position) VALUES ('x', 1, 1)";
            let statement = query(statement);
            transaction.execute(statement).await.unwrap();
            transaction
        };
        let Some(transaction) = give_up_after(polls, working).await else {
            continue;
        };
        drop(transaction);
        log.register("alice").await;
        assert_eq!(log.count("projections").await, before);
        return;
    }
    panic!("never ended");
}

async fn a_writer_that_gives_up_keeps_nobody_waiting(database: TestDatabase) {
    let here = TestLog::open(&database).await;
    let there = TestLog::open(&database).await;
    for polls in 0..ENOUGH {
        let writing = Transaction::writing(&here.database);
        let given_up = give_up_after(polls, writing).await.is_none();
        let name = format!("user-{polls}");
        within("another process's turn", there.register(&name)).await;
        if !given_up {
            return;
        }
    }
    panic!("never ended");
}
