//! Work that comes round again.

use muniment_store::{
    expiry::ACCESS_TOKENS,
    schedule,
    sql::query,
    time::{DAY, SECOND},
};
use muniment_tests::{TestDatabase, TestLog, each_backend, rich_history};

each_backend!(
    a_run_belongs_to_one_until_its_lease_is_over,
    expired_tokens_are_removed_in_batches,
);

async fn a_run_belongs_to_one_until_its_lease_is_over(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let there = &log.database;
    let take = async |now| {
        schedule::take(there, "job", now, 60 * SECOND)
            .await
            .unwrap()
    };
    schedule::announce(there, "job", 10).await.unwrap();
    schedule::announce(there, "job", 99).await.unwrap();
    assert!(take(9).await.is_none(), "not due");
    let mut run = take(10).await.unwrap();
    assert!(take(11).await.is_none(), "somebody has it");
    assert!(run.prolong(there, 50 * SECOND, 60 * SECOND).await.unwrap());
    assert!(take(109 * SECOND).await.is_none());
    let second = take(110 * SECOND).await.unwrap();
    assert!(!run.prolong(there, 110 * SECOND, 60 * SECOND).await.unwrap());
    run.end(there, 1, Some(1)).await.unwrap();
    let states = schedule::states(there).await.unwrap();
    assert_eq!(states[0].last_succeeded_at, None, "it was lost");
    second.end(there, 200 * SECOND, Some(5)).await.unwrap();
    let states = schedule::states(there).await.unwrap();
    assert_eq!(states.len(), 1);
    assert_eq!(states[0].last_succeeded_at, Some(5));
    assert_eq!(states[0].due_at, 200 * SECOND);
}

async fn expired_tokens_are_removed_in_batches(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    let all = log.count("oauth2_access_tokens").await;
    assert!(all > 3, "{all}");
    let remove = async |now| ACCESS_TOKENS.remove(&log.database, now, 2).await.unwrap();
    assert_eq!(remove(i64::MAX).await, 0, "these never expire");
    let expire = query("UPDATE oauth2_access_tokens SET expires_at = $1").bind(5_i64);
    let mut transaction = log.database.begin().await.unwrap();
    transaction.execute(expire).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(remove(30 * DAY + 5).await, 0, "too early");
    assert_eq!(remove(30 * DAY + 6).await, 2);
    assert_eq!(log.count("oauth2_access_tokens").await, all - 2);
}
