//! Taking items, and what becomes of them.

use muniment_store::{
    Clock,
    outbox::{DONE, FAILED, MAX_ATTEMPTS, NewItem, Outbox, Outcome},
    sql::query,
    time::{DAY, SECOND},
};
use muniment_tests::{TestDatabase, TestLog, each_backend};

use crate::support::{backlog, enqueue, item, stored_payload, take_key};

each_backend!(
    a_key_is_enqueued_once,
    a_transaction_that_is_undone_enqueues_nothing,
    an_item_is_taken_by_one,
    an_item_whose_worker_died_is_taken_again,
    what_was_done_late_is_done_all_the_same,
    who_lost_a_lease_cannot_fail_the_item,
    failures_are_tried_again_after_longer_and_longer_waits,
    an_item_is_given_up_in_the_end,
    an_item_that_kills_its_worker_is_given_up,
    what_will_never_work_is_given_up_at_once,
    payloads_are_sealed_and_destroyed_when_it_ended,
    an_item_may_wait_for_its_time,
    what_ended_long_ago_is_removed,
    many_workers_do_each_item_once,
);

/// Longer than any lease.
const LEASE: i64 = 121 * SECOND;

async fn open(database: &TestDatabase) -> (TestLog, Outbox) {
    let log = TestLog::open(database).await;
    let outbox = log.outbox(database).await;
    (log, outbox)
}

async fn a_key_is_enqueued_once(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    assert!(enqueue(&outbox, "a").await);
    assert!(!enqueue(&outbox, "a").await, "it waits");
    let taken = outbox.take().await.unwrap().unwrap();
    outbox.finish(taken.lease, Outcome::Done).await.unwrap();
    assert!(!enqueue(&outbox, "a").await, "it was done");
    assert_eq!(take_key(&outbox).await, None);
    assert_eq!(log.count("outbox").await, 1);
}

async fn a_transaction_that_is_undone_enqueues_nothing(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    let mut transaction = log.database.begin().await.unwrap();
    let item = item(&outbox, "a", None);
    assert!(Outbox::enqueue(&mut transaction, &item).await.unwrap());
    drop(transaction);
    assert_eq!(take_key(&outbox).await, None);
}

async fn an_item_is_taken_by_one(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    let other = log.outbox(&database).await;
    enqueue(&outbox, "a").await;
    assert_eq!(take_key(&outbox).await.as_deref(), Some("a"));
    assert_eq!(take_key(&other).await, None);
}

async fn an_item_whose_worker_died_is_taken_again(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    drop(outbox.take().await.unwrap().unwrap());
    let other = log.outbox(&database).await;
    log.clock.step(LEASE);
    let again = other.take().await.unwrap().unwrap();
    assert_eq!((again.key.as_str(), again.attempt), ("a", 2));
    assert_eq!(again.payload.as_slice(), b"alice@example.com");
}

async fn what_was_done_late_is_done_all_the_same(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    let slow = outbox.take().await.unwrap().unwrap();
    log.clock.step(LEASE);
    let second = outbox.take().await.unwrap().unwrap();
    assert!(outbox.finish(slow.lease, Outcome::Done).await.unwrap());
    let late = outbox.finish(second.lease, Outcome::Failed("late"));
    assert!(!late.await.unwrap());
    log.clock.step(LEASE);
    assert_eq!(take_key(&outbox).await, None);
    assert_eq!(backlog(&log).await.failed, 0);
}

async fn who_lost_a_lease_cannot_fail_the_item(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    let slow = outbox.take().await.unwrap().unwrap();
    log.clock.step(LEASE);
    let second = outbox.take().await.unwrap().unwrap();
    for outcome in [Outcome::Later("slow"), Outcome::Failed("slow")] {
        assert!(!outbox.finish(slow.lease, outcome).await.unwrap());
    }
    assert!(outbox.finish(second.lease, Outcome::Done).await.unwrap());
}

async fn failures_are_tried_again_after_longer_and_longer_waits(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    for (attempt, wait) in (1..).zip([5, 10, 20, 40, 80]) {
        let taken = outbox.take().await.unwrap().unwrap();
        assert_eq!(taken.attempt, attempt);
        outbox
            .finish(taken.lease, Outcome::Later("away"))
            .await
            .unwrap();
        let row = log
            .database
            .fetch_one(query("SELECT due_at, error FROM outbox"));
        let row = row.await.unwrap();
        assert_eq!(row.get::<String, _>("error").unwrap(), "away");
        let pause = row.get::<i64, _>("due_at").unwrap() - log.clock.now();
        let bounds = wait * SECOND / 2..=wait * SECOND;
        assert!(bounds.contains(&pause), "{attempt}: {pause}");
        log.clock.step(pause - 1);
        assert_eq!(take_key(&outbox).await, None, "too early");
        log.clock.step(1);
    }
}

async fn an_item_is_given_up_in_the_end(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    for _ in 0..MAX_ATTEMPTS {
        let taken = outbox.take().await.unwrap().unwrap();
        outbox
            .finish(taken.lease, Outcome::Later("away"))
            .await
            .unwrap();
        // No wait is longer.
        log.clock.step(3600 * SECOND);
    }
    assert_eq!(take_key(&outbox).await, None);
    let backlog = backlog(&log).await;
    assert_eq!((backlog.waiting, backlog.failed), (0, 1));
}

async fn an_item_that_kills_its_worker_is_given_up(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    for _ in 0..MAX_ATTEMPTS {
        assert!(outbox.take().await.unwrap().is_some());
        log.clock.step(LEASE);
    }
    assert_eq!(take_key(&outbox).await, None);
    assert_eq!(backlog(&log).await.failed, 1);
}

async fn what_will_never_work_is_given_up_at_once(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    let taken = outbox.take().await.unwrap().unwrap();
    let failed = Outcome::Failed("no such user");
    assert!(outbox.finish(taken.lease, failed).await.unwrap());
    log.clock.step(DAY);
    assert_eq!(take_key(&outbox).await, None);
    assert_eq!(backlog(&log).await.failed, 1, "it stays visible");
    assert_eq!(stored_payload(&log).await, None);
}

async fn payloads_are_sealed_and_destroyed_when_it_ended(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    enqueue(&outbox, "a").await;
    let sealed = stored_payload(&log).await.unwrap();
    let clear = b"alice@example.com";
    assert!(!sealed.windows(clear.len()).any(|part| part == clear));
    let taken = outbox.take().await.unwrap().unwrap();
    assert!(!format!("{taken:?}").contains("alice"));
    outbox.finish(taken.lease, Outcome::Done).await.unwrap();
    assert_eq!(stored_payload(&log).await, None);
}

async fn an_item_may_wait_for_its_time(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    let new = NewItem {
        kind: "test",
        key: "a",
        payload: b"",
        user_id: None,
        due_at: Some(log.clock.now() + 10 * SECOND),
    };
    outbox
        .enqueue_now(&outbox.item(&new).unwrap())
        .await
        .unwrap();
    enqueue(&outbox, "b").await;
    assert_eq!(take_key(&outbox).await.as_deref(), Some("b"));
    assert_eq!(take_key(&outbox).await, None);
    log.clock.step(10 * SECOND);
    assert_eq!(take_key(&outbox).await.as_deref(), Some("a"));
}

async fn what_ended_long_ago_is_removed(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    for (key, outcome) in [("a", Outcome::Done), ("b", Outcome::Failed("no"))] {
        enqueue(&outbox, key).await;
        let taken = outbox.take().await.unwrap().unwrap();
        outbox.finish(taken.lease, outcome).await.unwrap();
    }
    enqueue(&outbox, "waits").await;
    let removed = async |after: i64| {
        let now = log.clock.now() + after;
        let done = DONE.remove(&log.database, now, 1000).await.unwrap();
        (done, FAILED.remove(&log.database, now, 1000).await.unwrap())
    };
    assert_eq!(removed(30 * DAY).await, (0, 0));
    assert_eq!(removed(30 * DAY + 1).await, (1, 0));
    assert_eq!(removed(90 * DAY + 1).await, (0, 1));
    assert_eq!(log.count("outbox").await, 1);
    assert!(enqueue(&outbox, "a").await, "its key is forgotten");
}

async fn many_workers_do_each_item_once(database: TestDatabase) {
    let (log, outbox) = open(&database).await;
    for n in 0..20 {
        enqueue(&outbox, &n.to_string()).await;
    }
    let mut workers = Vec::new();
    for _ in 0..4 {
        let outbox = log.outbox(&database).await;
        workers.push(tokio::spawn(async move {
            let mut done = Vec::new();
            // Another worker may have had all that was seen.
            for _ in 0..40 {
                if let Some(taken) = outbox.take().await.unwrap() {
                    outbox.finish(taken.lease, Outcome::Done).await.unwrap();
                    done.push(taken.key);
                }
            }
            done
        }));
    }
    let mut done = Vec::new();
    for worker in workers {
        done.extend(worker.await.unwrap());
    }
    done.sort_by_key(|key| key.parse::<u32>().unwrap());
    let all: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(done, all);
}
