//! Positions without gaps, in commit order.

use std::sync::Arc;

use muniment_domain::UserEvent;
use muniment_store::log::EventLog;
use muniment_tests::{TestClock, TestDatabase, TestLog, each_log, within};
use tokio::task::JoinSet;

use crate::support::{add, assert_found, assert_sound, bare, locks, write};

each_log!(
    positions_are_dense_under_32_writers,
    whoever_follows_the_tail_misses_nothing_under_32_writers,
    times_never_decrease_when_the_clock_goes_back,
    times_never_decrease_between_processes_whose_clocks_differ,
    a_log_that_is_opened_again_goes_on_where_it_was,
);

const WRITERS: usize = 32;
const ROUNDS: usize = 12;
/// Each round appends one to three events to one stream and one to another.
const EVENTS: u64 = (WRITERS * ROUNDS / 3 * (1 + 2 + 3) + WRITERS * ROUNDS) as u64;

async fn write_many(log: &TestLog) -> Vec<crate::support::Written> {
    let (one, other) = (log.new_user_id(), log.new_user_id());
    let mut written = Vec::new();
    let mut version = 0;
    for round in 0..ROUNDS {
        let count = round % 3 + 1;
        let mut append = locks(log, one, version, count).await;
        version += count as u64;
        let fact = vec![UserEvent::UserUnlocked { user_id: other }];
        add(log, &mut append, other, round as u64, fact).await;
        written.push(write(log, append).await);
    }
    written
}

async fn positions_are_dense_under_32_writers(database: TestDatabase) {
    let log = Arc::new(bare(&database).await);
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let log = log.clone();
        writers.spawn(async move { write_many(&log).await });
    }
    let written = within("writing", writers.join_all()).await;

    let events = log.events().await;
    assert_eq!(events.len() as u64, EVENTS);
    assert_eq!(log.head().await, EVENTS);
    assert_sound(&events);
    for written in written.iter().flatten() {
        assert_found(written, &events);
    }
}

async fn whoever_follows_the_tail_misses_nothing_under_32_writers(database: TestDatabase) {
    let log = Arc::new(bare(&database).await);
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let log = log.clone();
        writers.spawn(async move { write_many(&log).await });
    }
    let mut tail = log.log.tail();
    let mut seen = 0;
    while seen < EVENTS {
        let woken = within("an append", tail.wait_for(|head| *head > seen)).await;
        let head = *woken.unwrap();
        let page = log.log.read_all(seen, 100).await.unwrap();
        for event in &page {
            seen += 1;
            assert_eq!(event.position, seen);
        }
        assert!(seen >= head || page.len() == 100, "{seen} of {head}");
    }
    within("the end of writing", writers.join_all()).await;
    assert_eq!(log.head().await, EVENTS);
}

async fn times_never_decrease_when_the_clock_goes_back(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let mut times = Vec::new();
    for (version, step) in [0, 5, -3_600_000_000, 0, 3_600_000_001].iter().enumerate() {
        log.clock.step(*step);
        let append = locks(&log, user, version as u64, 1).await;
        times.push(log.log.append(append).await.unwrap().recorded_at - TestClock::START);
    }
    assert_eq!(times, [0, 5, 5, 5, 6]);
    assert_sound(&log.events().await);
}

async fn times_never_decrease_between_processes_whose_clocks_differ(database: TestDatabase) {
    let (ahead, behind) = (bare(&database).await, bare(&database).await);
    ahead.clock.step(3_600_000_000);
    let user = ahead.new_user_id();
    for (version, log) in (0..).zip([&ahead, &behind, &behind, &ahead, &behind]) {
        ahead.clock.step(1);
        let append = locks(log, user, version, 1).await;
        log.log.append(append).await.unwrap();
    }
    assert_sound(&ahead.events().await);
}

async fn a_log_that_is_opened_again_goes_on_where_it_was(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    log.log.append(locks(&log, user, 0, 3).await).await.unwrap();
    let before = log.events().await;
    log.close().await;

    let log = bare(&database).await;
    assert_eq!(*log.log.tail().borrow(), 3);
    assert_eq!(log.events().await, before);
    let receipt = log.log.append(locks(&log, user, 3, 1).await).await.unwrap();
    assert_eq!(receipt.first_position, 4);
}
