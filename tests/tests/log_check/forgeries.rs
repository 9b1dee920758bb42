//! What was written by somebody who knew how.

use muniment_domain::UserCommand;
use muniment_tests::{Follow, LogSetup, TestDatabase, TestLog, each_backend, rich_history};

use crate::support::{check, lines};

each_backend!(
    an_event_with_the_right_hash_is_found_by_what_nobody_made_of_it,
    many_findings_are_told_in_part_and_counted,
);
each_backend!(postgres: an_event_id_that_is_used_twice_is_found);

async fn an_event_with_the_right_hash_is_found_by_what_nobody_made_of_it(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    let head = log.head().await;
    log.close().await;
    let setup = LogSetup::following(Follow::Nothing);
    setup.clock.step(1_000_000_000_000);
    let log = TestLog::open_with(&database, setup).await;
    log.execute(cast.alice, UserCommand::GrantAdmin)
        .await
        .unwrap();
    let found = lines(&check(&log, &database).await);
    for says in [
        format!(
            "projections: name users: stands at position {head}, the log at {}",
            head + 1
        ),
        format!(
            "users: id {}: can_request_admin differs from what the events say",
            cast.alice
        ),
    ] {
        assert!(found.contains(&says), "{}", found.join("\n"));
    }
}

async fn many_findings_are_told_in_part_and_counted(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    log.tamper("UPDATE events SET actor = 'operator:nobody'")
        .await;
    let report = check(&log, &database).await;
    assert_eq!(report.findings.told().len(), 20);
    assert_eq!(report.findings.count(), log.head().await);
    let untold: Vec<_> = report.findings.untold().collect();
    assert_eq!(untold, [("events", log.head().await - 20)]);
}

async fn an_event_id_that_is_used_twice_is_found(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    log.tamper("ALTER TABLE events DROP CONSTRAINT events_event_id_key")
        .await;
    log.tamper(
        "UPDATE events SET event_id = (SELECT event_id FROM events WHERE position = 2) \
         WHERE position = 7",
    )
    .await;
    let found = lines(&check(&log, &database).await);
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("events: position 7: event_id ")
                && line.ends_with("is also that of position 2")),
        "{}",
        found.join("\n")
    );
}
