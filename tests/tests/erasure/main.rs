//! Erasing a person: what goes, what stays, and what happens when it is interrupted or undone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod deactivation;
mod rotation;
mod support;

use muniment_store::{
    MasterSecret,
    log::RecordedEvent,
    sql::{Database, Dialect, query},
};
use muniment_tests::{
    Follow, LogSetup, TestDatabase, TestLog, TestServer, assert_sound, each_log,
    server::{master, stderr},
    traces::{assert_absent, holds, places},
};
use serde_json::{Value, json};

use support::{EMAIL, PERSONAL, USERNAME, accounts, add_email, get, history, live, text, told};

each_log!(
    nothing_of_an_erased_person_is_found_anywhere,
    the_history_of_an_erased_person_still_stands,
    the_name_of_an_erased_person_stays_taken_and_the_address_is_free,
    whoever_erases_types_the_name,
    keys_that_come_back_from_a_backup_are_destroyed_at_the_next_start,
    an_erasure_that_was_interrupted_is_finished_by_the_next_one,
    a_database_from_before_the_erasure_is_put_right
);

fn erase(server: &TestServer) {
    text(&server.command(&["users", "erase", USERNAME, "--yes"]));
}

/// The log as it is stored.
async fn events_of(database: &TestDatabase) -> Vec<RecordedEvent> {
    events_under(database, master()).await
}

/// The same, under another `secrets.encryption`.
async fn events_under(database: &TestDatabase, master: MasterSecret) -> Vec<RecordedEvent> {
    let setup = LogSetup {
        master,
        ..LogSetup::following(Follow::Nothing)
    };
    let log = TestLog::open_with(database, setup).await;
    let events = log.events().await;
    log.close().await;
    events
}

/// The store of keys, and what its table is called there.
async fn key_store(database: &TestDatabase) -> (Database, &'static str) {
    let main = database.open().await;
    let keys = database.options().open_keys(&main).await.unwrap();
    let table = match keys.dialect() {
        Dialect::Sqlite => "subject_keys",
        Dialect::Postgres => "muniment_keys.subject_keys",
    };
    (keys, table)
}

async fn run(keys: &Database, statement: String) {
    let mut transaction = keys.begin().await.unwrap();
    transaction.execute(query(statement)).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn wrapped_keys(database: &TestDatabase) -> Vec<Vec<u8>> {
    let (keys, table) = key_store(database).await;
    let rows = keys
        .fetch_all(query(format!(
            "SELECT wrapped FROM {table} WHERE wrapped IS NOT NULL"
        )))
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

async fn nothing_of_an_erased_person_is_found_anywhere(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    let before = places(&database, &server).await;
    assert!(before.values().any(|bytes| holds(bytes, EMAIL.as_bytes())));
    let keys = wrapped_keys(&database).await;
    assert_eq!(keys.len(), 3, "one of the person, two of addresses");

    erase(&server);

    let mut after = places(&database, &server).await;
    let export = text(&server.command(&["audit", "log", &person.id, "--json", "--personal-data"]));
    after.insert("the exported history".into(), export.into_bytes());
    after.insert("the list of users".into(), accounts(&server).into_bytes());
    assert_absent(&after, &PERSONAL);
    for (place, bytes) in &after {
        for key in &keys {
            let hex = hex::encode(key);
            assert!(!holds(bytes, key), "{place} holds a wrapped key");
            assert!(!holds(bytes, hex.as_bytes()), "{place} holds a wrapped key");
        }
        assert!(
            !holds(bytes, b"$argon2id$"),
            "{place} holds a password hash"
        );
    }
    assert!(wrapped_keys(&database).await.is_empty());
    let refused = server
        .get("/api/admin/v1/users")
        .bearer_auth(&person.token)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
}

async fn the_history_of_an_erased_person_still_stands(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    let stored = events_of(&database).await;
    erase(&server);

    let told_now = history(&server, &person.id);
    assert_eq!(told(&told_now, "username"), ["(erased)"]);
    assert_eq!(told(&told_now, "email"), ["(erased)", "(erased)"]);
    assert_eq!(told_now.last().unwrap()["type"], "user.erased");
    assert_eq!(history(&server, USERNAME), told_now, "by the name's hash");

    let events = events_of(&database).await;
    assert_sound(&events);
    assert_eq!(events[..stored.len()], stored, "no stored event changed");

    let path = format!("/api/admin/v1/users/{}", person.id);
    let live = (accounts(&server), get(&server, &admin, &path).await);
    let placeholder = format!("erased-{}", person.id.to_lowercase());
    assert_eq!(live.1["data"]["attributes"]["username"], placeholder);
    text(&server.command(&["projections", "rebuild"]));
    let rebuilt = (accounts(&server), get(&server, &admin, &path).await);
    assert_eq!(rebuilt, live);
    // Compares every read model with what the events amount to, row by row.
    text(&server.command(&["log", "check"]));
}

async fn the_name_of_an_erased_person_stays_taken_and_the_address_is_free(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    erase(&server);
    let again = server
        .post("/api/admin/v1/users")
        .bearer_auth(&admin)
        .json(&json!({ "username": USERNAME }))
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 409);
    let bert = server.register(&admin, "bert").await;
    add_email(&server, &admin, &bert, EMAIL).await;

    for action in ["lock", "unlock", "reactivate"] {
        let refused = server
            .post(&format!("/api/admin/v1/users/{}/{action}", person.id))
            .bearer_auth(&admin)
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), 404, "{action}");
    }
}

async fn whoever_erases_types_the_name(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    for answer in ["", "yes\n", "Margarethe\n"] {
        let refused = server.command_answering(&["users", "erase", &person.id], answer);
        assert_eq!(refused.status.code(), Some(5));
        assert!(stderr(&refused).contains("nothing was changed"));
    }
    assert_eq!(told(&history(&server, USERNAME), "username"), [USERNAME]);
    let done = server.command_answering(&["users", "erase", &person.id], "margarethe\n");
    assert!(text(&done).contains(&person.id));
    assert_eq!(told(&history(&server, USERNAME), "username"), ["(erased)"]);
    let twice: Value = serde_json::from_str(&text(
        &server.command(&["users", "erase", USERNAME, "--yes", "--json"]),
    ))
    .unwrap();
    assert_eq!(twice["id"], person.id);
}

async fn keys_that_come_back_from_a_backup_are_destroyed_at_the_next_start(database: TestDatabase) {
    let mut server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    let (keys, table) = key_store(&database).await;
    run(
        &keys,
        format!("CREATE TABLE backup AS SELECT * FROM {table}"),
    )
    .await;
    erase(&server);
    server.stop();

    run(&keys, format!("DELETE FROM {table}")).await;
    run(&keys, format!("INSERT INTO {table} SELECT * FROM backup")).await;
    assert_eq!(wrapped_keys(&database).await.len(), 3);
    let server = server.restart().await;
    assert!(wrapped_keys(&database).await.is_empty());
    assert!(server.log().contains("are destroyed now"));
    let told_now = history(&server, &person.id);
    assert_eq!(told(&told_now, "username"), ["(erased)"]);
    assert_eq!(told(&told_now, "email"), ["(erased)", "(erased)"]);
}

async fn an_erasure_that_was_interrupted_is_finished_by_the_next_one(database: TestDatabase) {
    let mut server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    let (keys, table) = key_store(&database).await;
    // The process ends when the log knows of it and nothing else is done.
    run(
        &keys,
        format!("CREATE TABLE backup AS SELECT * FROM {table}"),
    )
    .await;
    erase(&server);
    server.stop();
    run(&keys, format!("DELETE FROM {table}")).await;
    run(&keys, format!("INSERT INTO {table} SELECT * FROM backup")).await;
    run(&keys, "DROP TABLE backup".to_owned()).await;

    erase(&server);
    assert!(wrapped_keys(&database).await.is_empty());
    assert_absent(&places(&database, &server).await, &PERSONAL);
    let erased = history(&server, &person.id)
        .iter()
        .filter(|event| event["type"] == "user.erased")
        .count();
    assert_eq!(erased, 1);
}

async fn a_database_from_before_the_erasure_is_put_right(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    let person = live(&server, &admin).await;
    // The keys are gone, and the log and the read models know nothing of it.
    let (keys, table) = key_store(&database).await;
    let destroy = format!("UPDATE {table} SET wrapped = NULL, wrapped_by = NULL");
    run(&keys, destroy).await;
    text(&server.command(&["projections", "rebuild"]));
    assert!(!accounts(&server).contains(USERNAME));
    text(&server.command(&["users", "erase", &person.id, "--yes"]));
    assert_absent(&places(&database, &server).await, &PERSONAL);
    let told_now = history(&server, &person.id);
    assert_eq!(told_now.last().unwrap()["type"], "user.erased");
    text(&server.command(&["log", "check"]));
}
