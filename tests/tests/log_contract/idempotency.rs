//! An append that is asked for twice happens once.

use muniment_store::log::{Append, AppendError, EventLog, IdempotencyKey, Receipt};
use muniment_tests::{TestDatabase, TestLog, each_log};
use tokio::task::JoinSet;

use crate::support::{as_one_batch, bare, locks, registration, version};

each_log!(
    a_repeated_key_returns_the_first_receipt_and_writes_nothing,
    a_key_that_is_used_for_another_request_is_refused,
    one_key_that_16_use_at_once_is_used_once,
    a_refused_append_does_not_use_up_its_key,
    a_key_outlives_the_process,
    a_key_is_remembered_for_a_day,
);
each_log!(current_thread:
    a_key_that_is_repeated_within_one_batch_is_used_once,
    a_key_that_is_used_for_two_requests_within_one_batch_serves_the_first,
);

/// An append to a new stream each time, as a client that asks again would cause.
async fn keyed(log: &TestLog, key: &str, digest: u8) -> Append {
    let mut append = locks(log, log.new_user_id(), 0, 2).await;
    append.idempotency = Some(IdempotencyKey {
        key: key.to_owned(),
        digest: [digest; 32],
    });
    append
}

fn repeated(receipt: Receipt) -> Receipt {
    Receipt {
        repeated: true,
        ..receipt
    }
}

async fn a_repeated_key_returns_the_first_receipt_and_writes_nothing(database: TestDatabase) {
    let log = bare(&database).await;
    let first = log.log.append(keyed(&log, "k", 1).await).await.unwrap();
    assert!(!first.repeated);
    log.clock.step(1_000_000);
    log.log.append(keyed(&log, "other", 1).await).await.unwrap();

    let second = log.log.append(keyed(&log, "k", 1).await).await.unwrap();
    assert_eq!(second, repeated(first));
    assert_eq!(log.head().await, 4);
}

async fn a_key_that_is_used_for_another_request_is_refused(database: TestDatabase) {
    let log = bare(&database).await;
    log.log.append(keyed(&log, "k", 1).await).await.unwrap();
    let error = log.log.append(keyed(&log, "k", 2).await).await;
    assert!(matches!(
        error.unwrap_err(),
        AppendError::IdempotencyMismatch
    ));
    assert_eq!(log.head().await, 2);
}

async fn one_key_that_16_use_at_once_is_used_once(database: TestDatabase) {
    let log = bare(&database).await;
    let mut rivals = JoinSet::new();
    for _ in 0..16 {
        let append = keyed(&log, "k", 1).await;
        let log = log.log.clone();
        rivals.spawn(async move { log.append(append).await.unwrap() });
    }
    let receipts = rivals.join_all().await;
    assert_eq!(receipts.iter().filter(|r| !r.repeated).count(), 1);
    for receipt in &receipts {
        assert_eq!((receipt.first_position, receipt.last_position), (1, 2));
    }
    assert_eq!(log.head().await, 2);
}

async fn a_key_that_is_repeated_within_one_batch_is_used_once(database: TestDatabase) {
    let log = bare(&database).await;
    let mut appends = Vec::new();
    for key in ["k", "k", "other", "k"] {
        appends.push(keyed(&log, key, 1).await);
    }
    let results = as_one_batch(&log, appends).await;
    let receipts: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    assert!(!receipts[0].repeated);
    assert_eq!(receipts[1], repeated(receipts[0]));
    assert_eq!(receipts[2].first_position, 3);
    assert_eq!(receipts[3], repeated(receipts[0]));
    assert_eq!(log.head().await, 4);
}

async fn a_key_that_is_used_for_two_requests_within_one_batch_serves_the_first(
    database: TestDatabase,
) {
    let log = bare(&database).await;
    let appends = vec![keyed(&log, "k", 1).await, keyed(&log, "k", 2).await];
    let results = as_one_batch(&log, appends).await;
    assert!(results[0].is_ok());
    assert!(matches!(results[1], Err(AppendError::IdempotencyMismatch)));
    assert_eq!(log.head().await, 2);
}

async fn a_refused_append_does_not_use_up_its_key(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let mut append = registration(&log, user, "alice").await;
    append.idempotency = keyed(&log, "k", 1).await.idempotency;

    let mut conflicting = append.clone();
    conflicting.streams[0].expected_version = 7;
    log.log.append(conflicting).await.unwrap_err();
    let receipt = log.log.append(append).await.unwrap();
    assert!(!receipt.repeated);
    assert_eq!(version(&log, user).await, 1);
}

async fn a_key_outlives_the_process(database: TestDatabase) {
    let log = bare(&database).await;
    let first = log.log.append(keyed(&log, "k", 1).await).await.unwrap();
    log.close().await;
    let log = bare(&database).await;
    let second = log.log.append(keyed(&log, "k", 1).await).await.unwrap();
    assert_eq!(second, repeated(first));
}

async fn a_key_is_remembered_for_a_day(database: TestDatabase) {
    let log = bare(&database).await;
    let hour = 3_600_000_000;
    log.log.append(keyed(&log, "k", 1).await).await.unwrap();
    log.clock.step(23 * hour);
    log.log.append(keyed(&log, "other", 1).await).await.unwrap();
    let again = log.log.append(keyed(&log, "k", 1).await).await.unwrap();
    assert!(again.repeated);

    log.clock.step(2 * hour);
    log.log.append(keyed(&log, "third", 1).await).await.unwrap();
    let fresh = log.log.append(keyed(&log, "k", 2).await).await.unwrap();
    assert!(!fresh.repeated);
    assert_eq!(log.head().await, 8);
}
