//! Stopping without losing what was accepted.

use futures_util::future::{join_all, poll_immediate};
use muniment_store::log::{AppendError, EventLog};
use muniment_tests::{TestDatabase, each_log, within};

use crate::support::{assert_sound, bare, locks};

each_log!(
    closing_finishes_what_was_accepted,
    a_closed_log_takes_nothing_more_but_can_be_read,
    closing_twice_does_no_harm,
);

async fn closing_finishes_what_was_accepted(database: TestDatabase) {
    let log = bare(&database).await;
    let mut appends = Vec::new();
    for _ in 0..20 {
        appends.push(locks(&log, log.new_user_id(), 0, 1).await);
    }
    let mut answers = join_all(appends.into_iter().map(|append| log.log.append(append)));
    // Polled once, all are in the queue.
    assert!(poll_immediate(&mut answers).await.is_none());

    within("closing", log.log.close()).await;
    assert_eq!(log.head().await, 20);
    for answer in within("an answer", answers).await {
        answer.unwrap();
    }
    assert_sound(&log.events().await);
}

async fn a_closed_log_takes_nothing_more_but_can_be_read(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    log.log.append(locks(&log, user, 0, 1).await).await.unwrap();
    log.log.close().await;
    let error = log.log.append(locks(&log, user, 1, 1).await).await;
    assert!(matches!(error.unwrap_err(), AppendError::Closed));
    assert_eq!(log.head().await, 1);
}

async fn closing_twice_does_no_harm(database: TestDatabase) {
    let log = bare(&database).await;
    within("closing", log.log.close()).await;
    within("closing again", log.log.close()).await;
}
