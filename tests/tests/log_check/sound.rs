//! What is no damage is not reported.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use muniment_domain::{UserCommand, UserId};
use muniment_store::sql::{Dialect, query};
use muniment_tests::{
    LogSetup, TestDatabase, TestLog, destroy_erased, each_backend, give_up_after, rich_history,
};

use crate::support::{assert_sound, check, lines};

each_backend!(
    an_empty_log_is_sound,
    a_rich_history_is_sound,
    a_check_changes_nothing,
    an_interrupted_rebuild_is_neither_reported_nor_disturbed,
    a_log_that_is_written_to_meanwhile_is_sound,
    a_person_who_is_erased_meanwhile_is_no_damage,
    a_lost_key_is_found_and_a_destroyed_one_is_not,
    a_key_that_should_be_destroyed_is_found,
);

async fn an_empty_log_is_sound(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let report = assert_sound(&log, &database).await;
    assert_eq!((report.head, report.events, report.rows), (0, 0, 0));
}

async fn a_rich_history_is_sound(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    let report = assert_sound(&log, &database).await;
    assert_eq!(report.head, log.head().await);
    assert_eq!(report.events, report.head);
    // Users, sessions of clients, then one of each kind that is only there once.
    assert_eq!(report.streams, 5 + 7 + 6);
    let count = async |table| u64::try_from(log.count(table).await).unwrap();
    assert_eq!(report.claims, count("claims").await);
    assert_eq!(report.passwords, count("user_passwords").await);
    let mut tokens = 0;
    for table in [
        "oauth2_access_tokens",
        "oauth2_refresh_tokens",
        "compat_access_tokens",
        "compat_refresh_tokens",
        "personal_access_tokens",
    ] {
        tokens += count(table).await;
    }
    assert_eq!(report.tokens, tokens);
    let mut rows = 0;
    for table in [
        "users",
        "user_emails",
        "browser_sessions",
        "oauth2_sessions",
        "compat_sessions",
        "personal_sessions",
        "oauth2_clients",
        "registration_tokens",
        "upstream_links",
        "policy_data",
        "erasures",
    ] {
        rows += count(table).await;
    }
    assert_eq!(report.rows, rows);
}

async fn a_check_changes_nothing(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    log.tamper("UPDATE users SET username = 'mallory' WHERE username = 'alice'")
        .await;
    log.tamper("UPDATE projections SET position = 3").await;
    let first = lines(&check(&log, &database).await);
    assert!(!first.is_empty());
    assert_eq!(lines(&check(&log, &database).await), first);
}

async fn an_interrupted_rebuild_is_neither_reported_nor_disturbed(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    let checkpoints = "SELECT count(*) FROM projections WHERE name LIKE '%rebuild'";
    let mut polls = 1;
    let under_way = async || {
        let row = log.database.fetch_one(query(checkpoints)).await.unwrap();
        row.get::<i64, _>(0).unwrap() > 0
    };
    while !under_way().await {
        let rebuilding = log.projections.rebuild(&log.database, |_| {});
        give_up_after(polls, rebuilding).await;
        polls += 1;
    }
    assert_sound(&log, &database).await;
    assert!(under_way().await);
    log.projections
        .rebuild(&log.database, |_| {})
        .await
        .unwrap();
    assert_sound(&log, &database).await;
}

async fn writes(log: &TestLog, database: &TestDatabase, stop: &AtomicBool, user: UserId) {
    let mut n = 0;
    while !stop.load(Ordering::SeqCst) {
        let name = format!("user-{n}");
        let other = log.register(&name).await;
        let email = log.add_email(other, "shared@example.com").await.unwrap();
        log.set_password(other, "hash").await.unwrap();
        log.set_password(user, "hash").await.unwrap();
        for command in [
            UserCommand::RemoveEmail { email_id: email },
            UserCommand::LockUser { deactivate: true },
        ] {
            log.execute(other, command).await.unwrap();
        }
        // As a server does, soon.
        destroy_erased(log, database, &LogSetup::default().master).await;
        n += 1;
    }
}

async fn a_log_that_is_written_to_meanwhile_is_sound(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    let stop = AtomicBool::new(false);
    let before = log.head().await;
    let checks = async {
        // Several checks, each of which sees another log.
        let mut seen = BTreeSet::new();
        while seen.len() < 5 {
            let head = assert_sound(&log, &database).await.head;
            assert!(head >= before);
            seen.insert(head);
        }
        stop.store(true, Ordering::SeqCst);
    };
    tokio::join!(checks, writes(&log, &database, &stop, cast.alice));
}

async fn on_keys(database: &TestDatabase, log: &TestLog, sql: &str) {
    let keys = database.options().open_keys(&log.database).await.unwrap();
    let table = match keys.dialect() {
        Dialect::Sqlite => "subject_keys",
        Dialect::Postgres => "muniment_keys.subject_keys",
    };
    let mut transaction = keys.begin().await.unwrap();
    let sql = sql.replace("{table}", table);
    assert!(transaction.execute(query(sql)).await.unwrap() > 0);
    transaction.commit().await.unwrap();
}

/// As far as a check of one moment can tell, which reads keys after rows: keys destroyed in between
/// are counted, and the check begins again.
async fn a_person_who_is_erased_meanwhile_is_no_damage(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    let user = log.register("frank").await;
    log.add_email(user, "frank@example.com").await.unwrap();
    let erase = async {
        for user in [cast.alice, cast.bob, user] {
            log.execute(user, UserCommand::EraseUser).await.unwrap();
            let id = user.as_uuid();
            let literal = match log.database.dialect() {
                Dialect::Sqlite => format!("x'{}'", id.simple()),
                Dialect::Postgres => format!("'{id}'"),
            };
            let sql = format!(
                "UPDATE {{table}} SET wrapped = NULL, wrapped_by = NULL WHERE subject = {literal}"
            );
            on_keys(&database, &log, &sql).await;
        }
    };
    let checks = async {
        for _ in 0..6 {
            assert_sound(&log, &database).await;
        }
    };
    tokio::join!(checks, erase);
    assert_sound(&log, &database).await;
}

async fn a_lost_key_is_found_and_a_destroyed_one_is_not(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    on_keys(
        &database,
        &log,
        "DELETE FROM {table} WHERE wrapped IS NOT NULL",
    )
    .await;
    let report = check(&log, &database).await;
    let found = lines(&report).join("\n");
    let first = "events: position 1: the event cannot be read: a key is missing";
    assert!(found.contains(first), "{found}");
    // What destroyed keys sealed is accounted for without them.
    let erased = format!("reference {}:", cast.erin);
    assert!(!found.contains(&erased), "{found}");
}

/// As when a backup of the keys was put back while a server ran.
async fn a_key_that_should_be_destroyed_is_found(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    let id = cast.erin.as_uuid();
    let literal = match log.database.dialect() {
        Dialect::Sqlite => format!("x'{}'", id.simple()),
        Dialect::Postgres => format!("'{id}'"),
    };
    // Any key will do: nothing is opened with it that could be found out.
    let sql = format!(
        "UPDATE {{table}} SET (wrapped, wrapped_by) = \
         (SELECT k.wrapped, k.wrapped_by FROM {{table}} k WHERE k.wrapped IS NOT NULL LIMIT 1) \
         WHERE subject = {literal} AND id <> {literal}"
    );
    on_keys(&database, &log, &sql).await;
    let report = check(&log, &database).await;
    let found = lines(&report);
    let left: Vec<_> = found
        .iter()
        .filter(|line| line.starts_with("subject_keys: id "))
        .collect();
    assert_eq!(left.len(), 1, "{found:?}");
    assert!(left[0].ends_with(": the key is there, which the log says is destroyed"));
}
