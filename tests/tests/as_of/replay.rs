//! Replaying into a database beside the live one.

use muniment_projections::{Discrepancy, Leaves, Projections, Replay};
use muniment_store::{
    check::{DifferenceKind, Finding},
    log::{Position, head_within},
    sql::{Transaction, query, scratch},
};
use muniment_tests::{TestDatabase, TestLog, each_backend, rich_history};

each_backend!(
    a_replay_is_what_the_live_read_models_are,
    every_row_that_differs_is_named_with_both_values,
    what_cannot_be_taken_is_told_and_the_rest_is_replayed,
    a_replay_ends_where_it_is_told_to
);

struct Outcome {
    replay: Replay,
    untaken: Vec<String>,
    reached: Position,
}

async fn replay(log: &TestLog, to: Option<Position>) -> Outcome {
    let mut live = Transaction::snapshot(&log.database).await.unwrap();
    let head = head_within(&mut live).await.unwrap();
    let (mut untaken, mut reached) = (Vec::new(), 0);
    let replay = Replay {
        live,
        scratch: scratch().await.unwrap(),
        to: to.unwrap_or(head),
        leaves: Leaves::Rows,
    };
    let replay = log
        .projections
        .replay(
            replay,
            |position| reached = position,
            |finding| untaken.push(finding.to_string()),
        )
        .await
        .unwrap();
    Outcome {
        replay,
        untaken,
        reached,
    }
}

async fn discrepancies(projections: &Projections, outcome: &mut Outcome) -> Vec<Discrepancy> {
    let Replay {
        live, scratch, to, ..
    } = &mut outcome.replay;
    let mut found = Vec::new();
    projections
        .discrepancies(scratch, live, *to, |discrepancy| found.push(discrepancy))
        .await
        .unwrap();
    found
}

async fn a_replay_is_what_the_live_read_models_are(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    let mut outcome = replay(&log, None).await;
    assert_eq!(outcome.untaken, Vec::<String>::new());
    assert_eq!(outcome.reached, log.head().await);
    assert_eq!(discrepancies(&log.projections, &mut outcome).await, []);
    // Which is no wonder if nothing was compared.
    let users = query("SELECT count(*) FROM users");
    let row = outcome.replay.scratch.fetch_optional(users).await.unwrap();
    assert_eq!(
        row.unwrap().get::<i64, _>(0).unwrap(),
        log.count("users").await
    );
}

async fn every_row_that_differs_is_named_with_both_values(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    log.tamper("UPDATE users SET username = 'mallory' WHERE username = 'bob'")
        .await;
    log.tamper("DELETE FROM user_emails WHERE email = 'bob@example.com'")
        .await;
    let mut outcome = replay(&log, None).await;
    let found = discrepancies(&log.projections, &mut outcome).await;
    let [Discrepancy::Row(renamed), Discrepancy::Row(missing)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(renamed.table, "users");
    assert_eq!(renamed.place, format!("id {}", cast.bob));
    let DifferenceKind::Value {
        column,
        expected,
        found,
    } = &renamed.kind
    else {
        panic!("{renamed:?}");
    };
    assert_eq!(column, "username");
    assert_eq!(
        (expected.text(), found.text()),
        (Some("bob"), Some("mallory"))
    );
    assert_eq!(missing.table, "user_emails");
    assert_eq!(missing.kind, DifferenceKind::Missing);
    let told = Finding::from(renamed.clone()).to_string();
    assert!(!told.contains("bob") && !told.contains("mallory"), "{told}");
}

async fn what_cannot_be_taken_is_told_and_the_rest_is_replayed(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    log.add_email(alice, "alice@example.com").await.unwrap();
    log.register("bob").await;
    // As if Alice had never been registered.
    let payload = "UPDATE events SET payload = '{}' WHERE position = 1";
    log.tamper(payload).await;
    let mut outcome = replay(&log, None).await;
    assert_eq!(outcome.untaken.len(), 1, "{:?}", outcome.untaken);
    assert!(outcome.untaken[0].starts_with("events: position 1: the event cannot be read"));
    let found = discrepancies(&log.projections, &mut outcome).await;
    let [Discrepancy::Row(foreign)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(foreign.kind, DifferenceKind::Foreign);
    assert_eq!(foreign.place, format!("id {alice}"));
}

async fn a_replay_ends_where_it_is_told_to(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    for name in ["alice", "bob", "carol"] {
        log.register(name).await;
    }
    let mut outcome = replay(&log, Some(2)).await;
    assert_eq!(outcome.reached, 2);
    let users = query("SELECT username FROM users ORDER BY username");
    let rows = outcome.replay.scratch.fetch_all(users).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
    assert_eq!(names, ["alice", "bob"]);
}
