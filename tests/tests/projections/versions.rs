//! Read models of another version of the program.

use muniment_projections::ProjectionsError;
use muniment_tests::{Follow, LogSetup, TestDatabase, TestLog, each_backend};

use crate::support::{assert_up_to_date, checkpoints, rows, some_accounts};

each_backend!(
    a_projection_of_an_older_version_is_rebuilt_at_the_start,
    a_projection_of_a_newer_version_is_refused,
    a_new_projection_is_filled_at_the_start,
    what_was_appended_without_the_read_models_is_applied_at_the_start,
    preparing_again_changes_nothing,
);

/// The log as a program would find it at its start, before it prepares the read models.
async fn unprepared(database: &TestDatabase) -> TestLog {
    TestLog::open_with(database, LogSetup::following(Follow::Nothing)).await
}

async fn a_projection_of_an_older_version_is_rebuilt_at_the_start(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    let before = rows(&log).await;
    log.tamper("UPDATE projections SET version = 0 WHERE name = 'users'")
        .await;
    log.tamper("UPDATE users SET username = 'as the old version had it'")
        .await;
    log.close().await;

    let log = unprepared(&database).await;
    assert_ne!(rows(&log).await, before);
    log.projections.prepare(&log.database).await.unwrap();
    assert_eq!(rows(&log).await, before);
    assert_up_to_date(&log).await;
}

async fn a_projection_of_a_newer_version_is_refused(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    log.tamper("UPDATE projections SET version = 99 WHERE name = 'user_emails'")
        .await;
    let (before, at) = (rows(&log).await, checkpoints(&log).await);
    log.close().await;

    let log = unprepared(&database).await;
    let error = log.projections.prepare(&log.database).await.unwrap_err();
    assert!(
        matches!(error, ProjectionsError::Newer("user_emails")),
        "{error}"
    );
    assert_eq!(rows(&log).await, before);
    assert_eq!(checkpoints(&log).await, at);

    // As its message says, a rebuild on purpose makes it ours.
    log.projections
        .rebuild(&log.database, |_| {})
        .await
        .unwrap();
    log.projections.prepare(&log.database).await.unwrap();
    assert_eq!(rows(&log).await, before);
    assert_up_to_date(&log).await;
}

async fn a_new_projection_is_filled_at_the_start(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    let before = rows(&log).await;
    log.tamper("DELETE FROM projections WHERE name = 'user_emails'")
        .await;
    log.tamper("DELETE FROM user_emails").await;
    log.close().await;

    let log = unprepared(&database).await;
    log.projections.prepare(&log.database).await.unwrap();
    assert_eq!(rows(&log).await, before);
    assert_up_to_date(&log).await;
}

async fn what_was_appended_without_the_read_models_is_applied_at_the_start(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    log.register("early").await;
    log.close().await;
    let log = unprepared(&database).await;
    some_accounts(&log).await;
    assert_eq!(log.count("users").await, 1);

    log.projections.prepare(&log.database).await.unwrap();
    assert_eq!(log.count("users").await, 5);
    assert_eq!(log.count("user_emails").await, 3);
    assert_up_to_date(&log).await;
}

async fn preparing_again_changes_nothing(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    let (before, at) = (rows(&log).await, checkpoints(&log).await);
    for _ in 0..2 {
        log.projections.prepare(&log.database).await.unwrap();
        assert_eq!(rows(&log).await, before);
        assert_eq!(checkpoints(&log).await, at);
    }
}
