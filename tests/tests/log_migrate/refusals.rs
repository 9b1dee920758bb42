//! What is not moved, and not overwritten.

use muniment_store::{
    migrate::{MigrateError, refuse_unfinished},
    sql::query,
};
use muniment_tests::{TestDatabase, TestLog, each_backend, rich_history};

use crate::support::{End, copy, migrate, other};

each_backend!(
    a_target_with_another_log_is_refused,
    a_target_that_has_moved_on_is_refused,
    a_target_that_was_altered_in_the_middle_is_refused,
    a_damaged_source_is_not_copied,
    an_unfinished_target_is_marked,
);

async fn tamper(end: &End, sql: &str) {
    let mut transaction = end.database.begin().await.unwrap();
    assert!(transaction.execute(query(sql)).await.unwrap() > 0);
    transaction.commit().await.unwrap();
}

async fn with_history(database: &TestDatabase) -> End {
    let log = TestLog::open(database).await;
    rich_history(&log, database).await;
    log.close().await;
    End::open(database).await
}

async fn count(end: &End, table: &str) -> i64 {
    let count = query(format!("SELECT count(*) FROM {table}"));
    end.database.fetch_one(count).await.unwrap().get(0).unwrap()
}

async fn a_target_with_another_log_is_refused(database: TestDatabase) {
    let from = with_history(&database).await;
    let target = other(&database).await;
    let log = TestLog::open(&target).await;
    log.register("somebody").await;
    let to = End::open(&target).await;
    let refused = migrate(&from, &to).await;
    assert!(
        matches!(refused, Err(MigrateError::OtherLog)),
        "{refused:?}"
    );
    assert_eq!(count(&to, "events").await, 1);
    assert_eq!(count(&to, "claims").await, 1);
    refuse_unfinished(&to.database).await.unwrap();
}

async fn a_target_that_has_moved_on_is_refused(database: TestDatabase) {
    let from = with_history(&database).await;
    let target = other(&database).await;
    let to = End::open(&target).await;
    migrate(&from, &to).await.unwrap();
    let log = TestLog::open(&target).await;
    log.register("somebody").await;
    let refused = migrate(&from, &to).await;
    assert!(
        matches!(refused, Err(MigrateError::OtherLog)),
        "{refused:?}"
    );
    assert_eq!(count(&to, "events").await, count(&from, "events").await + 1);
}

async fn a_target_that_was_altered_in_the_middle_is_refused(database: TestDatabase) {
    let from = with_history(&database).await;
    let target = other(&database).await;
    let to = End::open(&target).await;
    copy(&from, &to).await.unwrap();
    tamper(&to, "UPDATE events SET event_type = 'x' WHERE position = 7").await;
    let refused = migrate(&from, &to).await.unwrap_err().to_string();
    assert!(refused.contains("the event at position 7"), "{refused}");
    assert!(refuse_unfinished(&to.database).await.is_err());
}

async fn a_damaged_source_is_not_copied(database: TestDatabase) {
    let from = with_history(&database).await;
    tamper(
        &from,
        "UPDATE events SET event_type = 'x' WHERE position = 7",
    )
    .await;
    let target = other(&database).await;
    let to = End::open(&target).await;
    let refused = migrate(&from, &to).await;
    assert!(
        matches!(refused, Err(MigrateError::Damaged(7))),
        "{refused:?}"
    );
    assert_eq!(count(&to, "events").await, 0);
}

async fn an_unfinished_target_is_marked(database: TestDatabase) {
    let from = with_history(&database).await;
    let target = other(&database).await;
    let to = End::open(&target).await;
    refuse_unfinished(&to.database).await.unwrap();
    copy(&from, &to).await.unwrap();
    let refused = refuse_unfinished(&to.database).await;
    assert!(matches!(refused, Err(MigrateError::Unfinished)));
    migrate(&from, &to).await.unwrap();
    refuse_unfinished(&to.database).await.unwrap();
}
