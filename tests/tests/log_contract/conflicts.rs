//! Expected versions, and appends that happen whole or not at all.

use muniment_store::log::{Append, AppendError, EventLog};
use muniment_tests::{TestDatabase, each_log};

use crate::support::{add, as_one_batch, bare, locks, stream, version};

each_log!(
    an_append_at_the_expected_version_is_written,
    a_conflict_names_the_actual_version,
    a_stream_that_does_not_exist_stands_at_zero,
    two_streams_are_appended_together,
    when_one_of_two_streams_conflicts_neither_is_written,
    one_append_may_name_a_stream_twice,
    an_append_without_events_is_refused,
    of_32_appends_at_one_version_one_is_written,
);
each_log!(current_thread: a_batch_is_decided_in_the_order_in_which_it_queued);

async fn an_append_at_the_expected_version_is_written(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let first = log.log.append(locks(&log, user, 0, 2).await).await.unwrap();
    assert_eq!((first.first_position, first.last_position), (1, 2));
    let second = log.log.append(locks(&log, user, 2, 1).await).await.unwrap();
    assert_eq!((second.first_position, second.last_position), (3, 3));
}

async fn a_conflict_names_the_actual_version(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    log.log.append(locks(&log, user, 0, 3).await).await.unwrap();
    for wrong in [0, 2, 4] {
        let error = log.log.append(locks(&log, user, wrong, 1).await).await;
        match error.unwrap_err() {
            AppendError::Conflict {
                stream: named,
                expected,
                actual,
            } => {
                assert_eq!(named, stream(user));
                assert_eq!((expected, actual), (wrong, 3));
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(log.head().await, 3);
}

async fn a_stream_that_does_not_exist_stands_at_zero(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let error = log.log.append(locks(&log, user, 1, 1).await).await;
    assert!(matches!(
        error.unwrap_err(),
        AppendError::Conflict {
            expected: 1,
            actual: 0,
            ..
        }
    ));
}

async fn two_streams_are_appended_together(database: TestDatabase) {
    let log = bare(&database).await;
    let (one, other) = (log.new_user_id(), log.new_user_id());
    log.log
        .append(locks(&log, other, 0, 1).await)
        .await
        .unwrap();
    let mut append = locks(&log, one, 0, 2).await;
    let more = vec![muniment_domain::UserEvent::UserUnlocked { user_id: other }];
    add(&log, &mut append, other, 1, more).await;

    let receipt = log.log.append(append).await.unwrap();
    assert_eq!((receipt.first_position, receipt.last_position), (2, 4));
    assert_eq!(version(&log, one).await, 2);
    assert_eq!(version(&log, other).await, 2);
}

async fn when_one_of_two_streams_conflicts_neither_is_written(database: TestDatabase) {
    let log = bare(&database).await;
    let (one, other) = (log.new_user_id(), log.new_user_id());
    let unlocked = |user_id| vec![muniment_domain::UserEvent::UserUnlocked { user_id }];
    for conflict_comes_first in [true, false] {
        let mut append = Append::new(log.metadata());
        let (first, second) = if conflict_comes_first { (7, 0) } else { (0, 7) };
        add(&log, &mut append, one, first, unlocked(one)).await;
        add(&log, &mut append, other, second, unlocked(other)).await;
        let error = log.log.append(append).await.unwrap_err();
        assert!(matches!(error, AppendError::Conflict { .. }), "{error}");
    }
    assert_eq!(log.head().await, 0);
}

async fn one_append_may_name_a_stream_twice(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let more = vec![muniment_domain::UserEvent::UserUnlocked { user_id: user }];

    let mut astray = locks(&log, user, 0, 2).await;
    add(&log, &mut astray, user, 0, more.clone()).await;
    let error = log.log.append(astray).await.unwrap_err();
    assert!(
        matches!(error, AppendError::Conflict { actual: 2, .. }),
        "{error}"
    );

    let mut append = locks(&log, user, 0, 2).await;
    add(&log, &mut append, user, 2, more).await;
    log.log.append(append).await.unwrap();
    assert_eq!(version(&log, user).await, 3);
}

async fn an_append_without_events_is_refused(database: TestDatabase) {
    let log = bare(&database).await;
    let error = log.log.append(Append::new(log.metadata())).await;
    assert!(matches!(error.unwrap_err(), AppendError::Empty));
    let streams_only = locks(&log, log.new_user_id(), 0, 0).await;
    let error = log.log.append(streams_only).await;
    assert!(matches!(error.unwrap_err(), AppendError::Empty));
}

async fn of_32_appends_at_one_version_one_is_written(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let append = locks(&log, user, 0, 1).await;
        let log = log.log.clone();
        writers.spawn(async move { log.append(append).await });
    }
    let results = writers.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(
            matches!(error, AppendError::Conflict { actual: 1, .. }),
            "{error}"
        );
    }
    assert_eq!(log.head().await, 1);
}

async fn a_batch_is_decided_in_the_order_in_which_it_queued(database: TestDatabase) {
    let log = bare(&database).await;
    let (user, other) = (log.new_user_id(), log.new_user_id());
    let results = as_one_batch(
        &log,
        vec![
            locks(&log, user, 0, 2).await,
            locks(&log, other, 0, 1).await,
            locks(&log, user, 1, 1).await,
            locks(&log, user, 2, 1).await,
        ],
    )
    .await;
    let positions: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().map(|receipt| receipt.first_position).ok())
        .collect();
    assert_eq!(positions, [Some(1), Some(3), None, Some(4)]);
    assert!(matches!(
        results[2],
        Err(AppendError::Conflict {
            expected: 1,
            actual: 2,
            ..
        })
    ));
    assert_eq!(log.head().await, 4);
}
