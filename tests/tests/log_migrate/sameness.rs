//! What is the same afterwards.

use std::collections::BTreeSet;

use muniment_domain::{ClaimKind, UserCommand};
use muniment_store::{
    current_password,
    migrate::{COPIED, COPIED_KEYS, LEFT, keys_table},
    owner_of,
    sql::{Cell, Database, Dialect, Shape, Transaction, query},
};
use muniment_tests::{TestDatabase, TestLog, each_backend, register, rich_history};

use crate::support::{End, assert_sound, copy, many_events, migrate, other};

each_backend!(
    there_and_back_every_byte_is_the_same,
    what_was_taken_is_taken_and_the_log_goes_on,
    a_move_may_be_repeated,
    what_is_written_after_a_first_copy_is_copied_too,
    an_empty_log_may_be_moved,
    every_table_is_copied_or_left_for_a_reason,
);

/// All rows of a table.
async fn rows(database: &Database, table: &str) -> Vec<Vec<Cell>> {
    let mut transaction = Transaction::snapshot(database).await.unwrap();
    let mut shape = Shape::read(&mut transaction, table).await.unwrap();
    let order = shape.order(transaction.dialect());
    shape.columns.sort_by(|a, b| a.name.cmp(&b.name));
    let select = format!("SELECT {} FROM {table} ORDER BY {order}", shape.names());
    let rows = transaction.fetch_all(query(select)).await.unwrap();
    rows.iter().map(|row| row.cells().unwrap()).collect()
}

async fn assert_same(one: &End, other: &End) {
    for table in COPIED.into_iter().chain([
        "events",
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
        "projections",
    ]) {
        let rows_of_one = rows(&one.database, table).await;
        assert!(!rows_of_one.is_empty(), "{table}");
        assert!(rows_of_one == rows(&other.database, table).await, "{table}");
    }
    for table in COPIED_KEYS {
        let of_one = rows(&one.keys, &keys_table(&one.keys, table)).await;
        let of_other = rows(&other.keys, &keys_table(&other.keys, table)).await;
        assert!(!of_one.is_empty() && of_one == of_other, "{table}");
    }
}

async fn there_and_back_every_byte_is_the_same(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    many_events(&log, cast.alice, 1300).await;
    log.close().await;
    let (there, back) = (
        other(&database).await,
        TestDatabase::new(database.backend()).await,
    );
    let (from, there, back) = (
        End::open(&database).await,
        End::open(&there).await,
        End::open(&back).await,
    );
    let proof = migrate(&from, &there).await.unwrap();
    assert_same(&from, &there).await;
    assert_sound(&there).await;
    assert_eq!(migrate(&there, &back).await.unwrap(), proof);
    assert_same(&from, &back).await;
    assert_sound(&back).await;
    assert!(proof.events > 1300);
    assert!(proof.tables.iter().all(|table| table.rows > 0));
}

async fn what_was_taken_is_taken_and_the_log_goes_on(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    let head = log.head().await;
    let password = current_password(&log.database, cast.alice).await.unwrap();
    log.close().await;
    let target = other(&database).await;
    migrate(&End::open(&database).await, &End::open(&target).await)
        .await
        .unwrap();

    let log = TestLog::open(&target).await;
    let owner = owner_of(&log.database, &log.hasher, ClaimKind::Username, "bob").await;
    assert_eq!(owner.unwrap(), Some(cast.bob.as_uuid()));
    let newcomer = log.new_user_id();
    let refused = log.execute(newcomer, register(newcomer, "bob")).await;
    assert!(refused.unwrap_err().to_string().contains("taken"));
    let moved = current_password(&log.database, cast.alice).await.unwrap();
    assert_eq!(moved.unwrap().hash, password.unwrap().hash);
    // Nobody gets a new key for what was destroyed.
    assert!(
        log.execute(cast.erin, UserCommand::GrantAdmin)
            .await
            .is_err()
    );
    log.register("frank").await;
    log.execute(cast.alice, UserCommand::GrantAdmin)
        .await
        .unwrap();
    assert_eq!(log.head().await, head + 2);
    assert_sound(&End::open(&target).await).await;
}

async fn a_move_may_be_repeated(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    log.close().await;
    let target = other(&database).await;
    let (from, to) = (End::open(&database).await, End::open(&target).await);
    let proof = migrate(&from, &to).await.unwrap();
    assert_eq!(migrate(&from, &to).await.unwrap(), proof);
    assert_same(&from, &to).await;
}

async fn what_is_written_after_a_first_copy_is_copied_too(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    let target = other(&database).await;
    let (from, to) = (End::open(&database).await, End::open(&target).await);
    let first = copy(&from, &to).await.unwrap();
    // The target is not finished, the source still in use.
    log.register("frank").await;
    log.set_password(cast.bob, "another hash").await.unwrap();
    let second = migrate(&from, &to).await.unwrap();
    assert_eq!(second.events, first.events + 2);
    assert_same(&from, &to).await;
    assert_sound(&to).await;
}

async fn an_empty_log_may_be_moved(database: TestDatabase) {
    let target = other(&database).await;
    let (from, to) = (End::open(&database).await, End::open(&target).await);
    let proof = migrate(&from, &to).await.unwrap();
    assert_eq!(proof.events, 0);
    let log = TestLog::open(&target).await;
    log.register("alice").await;
    assert_sound(&to).await;
}

/// A new table must be put where it belongs: to what is copied, or to what is made anew.
async fn every_table_is_copied_or_left_for_a_reason(database: TestDatabase) {
    let end = End::open(&database).await;
    let list = match end.database.dialect() {
        Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        Dialect::Postgres => {
            "SELECT tablename::text AS name FROM pg_tables \
             WHERE schemaname IN ('public', 'muniment_keys')"
        }
    };
    let mut there = BTreeSet::new();
    for database in [&end.database, &end.keys] {
        for row in database.fetch_all(query(list)).await.unwrap() {
            there.insert(row.get::<String, _>("name").unwrap());
        }
    }
    there.remove("_sqlx_migrations");
    let read_models = [
        "browser_sessions",
        "compat_sessions",
        "erasures",
        "oauth2_clients",
        "oauth2_sessions",
        "personal_sessions",
        "policy_data",
        "registration_tokens",
        "upstream_links",
        "user_emails",
        "users",
    ];
    let known = COPIED
        .into_iter()
        .chain(COPIED_KEYS)
        .chain(LEFT)
        .chain(read_models)
        .chain(["events"]);
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert_eq!(there, known);
}
