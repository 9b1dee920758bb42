//! Learning of new events without asking again and again.

use muniment_store::log::EventLog;
use muniment_tests::{Follow, LogSetup, TestDatabase, TestLog, each_log, within};

use crate::support::{bare, locks};

each_log!(
    an_append_wakes_whoever_waits_in_the_same_process,
    an_append_wakes_whoever_waits_in_another_process,
    what_the_tail_shows_can_be_read,
    following_the_tail_takes_no_connection_from_the_pool,
);

async fn an_append_wakes_whoever_waits_in_the_same_process(database: TestDatabase) {
    let log = bare(&database).await;
    let mut tail = log.log.tail();
    let waiting = tokio::spawn(async move {
        tail.changed().await.unwrap();
        *tail.borrow()
    });
    let append = locks(&log, log.new_user_id(), 0, 3).await;
    let receipt = log.log.append(append).await.unwrap();
    let woken_at = within("waking", waiting).await.unwrap();
    assert_eq!(woken_at, receipt.last_position);
    assert_eq!(*log.log.tail().borrow(), receipt.last_position);
}

async fn an_append_wakes_whoever_waits_in_another_process(database: TestDatabase) {
    let (here, there) = (bare(&database).await, bare(&database).await);
    let user = here.new_user_id();
    let mut tail = there.log.tail();
    for version in 0..3 {
        let append = locks(&here, user, version, 1).await;
        let receipt = here.log.append(append).await.unwrap();
        let woken = within(
            "waking",
            tail.wait_for(|head| *head >= receipt.last_position),
        );
        assert_eq!(*woken.await.unwrap(), receipt.last_position);
    }
}

async fn what_the_tail_shows_can_be_read(database: TestDatabase) {
    let (here, there) = (bare(&database).await, bare(&database).await);
    let user = here.new_user_id();
    let reading = tokio::spawn(async move {
        let mut tail = there.log.tail();
        let mut seen = 0;
        while seen < 10 {
            let woken = within("waking", tail.wait_for(|head| *head > seen)).await;
            let head = *woken.unwrap();
            let events = there.log.read_all(seen, 100).await.unwrap();
            seen = events.last().map_or(seen, |event| event.position);
            assert!(seen >= head, "{seen} of {head}");
        }
    });
    for version in 0..10 {
        let append = locks(&here, user, version, 1).await;
        here.log.append(append).await.unwrap();
    }
    within("reading", reading).await.unwrap();
}

async fn following_the_tail_takes_no_connection_from_the_pool(database: TestDatabase) {
    let mut options = database.options();
    options.max_connections = 1;
    let setup = LogSetup::following(Follow::Nothing).behind(&database);
    let there = TestLog::open_at(&options, setup).await;
    let here = bare(&database).await;
    let receipt = here
        .log
        .append(locks(&here, here.new_user_id(), 0, 1).await)
        .await
        .unwrap();
    let mut tail = there.log.tail();
    let woken = within(
        "waking",
        tail.wait_for(|head| *head >= receipt.last_position),
    );
    drop(woken.await.unwrap());
    assert_eq!(there.events().await.len(), 1);
    let user = there.new_user_id();
    there
        .log
        .append(locks(&there, user, 0, 1).await)
        .await
        .unwrap();
    assert_eq!(there.head().await, 2);
}
