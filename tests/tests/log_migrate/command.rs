//! The command, and a server on what it has made.

use std::process::Output;

use muniment_store::sql::query;
use muniment_tests::{
    Backend, TestDatabase, TestServer,
    server::{configuration, program, stderr, stdout},
};
use serde_json::{Value, json};

/// Runs a command with the configuration of a server on this database.
pub fn run(database: &TestDatabase, arguments: &[&str]) -> Output {
    let config = database.folder().join("config.yaml");
    std::fs::write(&config, configuration(database.uri(), "")).unwrap();
    program(database.folder())
        .args(arguments)
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap()
}

pub fn succeed(database: &TestDatabase, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

const SET_PASSWORD: &str = "mutation($id: ID!, $current: String!, $new: String!) {
    setPassword(input: {userId: $id, currentPassword: $current, newPassword: $new}) { status }
}";

async fn change_password(server: &TestServer, token: &str, old: &str, new: &str) -> Value {
    let viewer = server
        .graphql(Some(token), "{viewer{... on User{id}}}", json!({}))
        .await;
    let id = &viewer["data"]["viewer"]["id"];
    let variables = json!({ "id": id, "current": old, "new": new });
    let answer = server.graphql(Some(token), SET_PASSWORD, variables).await;
    answer["data"]["setPassword"]["status"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn users_tokens_and_passwords_outlive_a_move_there_and_back() {
    let first = TestDatabase::new(Backend::Sqlite).await;
    let second = TestDatabase::new(Backend::Postgres).await;
    let third = TestDatabase::new(Backend::Sqlite).await;

    let mut server = TestServer::start(&first).await;
    let token = stdout(&server.command(&["users", "register", "alice", "--token"]));
    let token = token.trim();
    let admin = server.admin_token().await;
    let alice = server
        .get("/api/admin/v1/users/by-username/alice")
        .bearer_auth(&admin)
        .send()
        .await
        .unwrap();
    let alice: Value = alice.json().await.unwrap();
    let set = server
        .post(&format!(
            "/api/admin/v1/users/{}/set-password",
            alice["data"]["id"].as_str().unwrap()
        ))
        .bearer_auth(&admin)
        .json(&json!({"password": "correct horse battery staple 1"}))
        .send()
        .await
        .unwrap();
    assert_eq!(set.status(), 204);
    server.stop();

    let mut old = "correct horse battery staple 1".to_owned();
    for (from, to) in [(&first, &second), (&second, &third)] {
        let told = succeed(from, &["log", "migrate", "--to", to.uri(), "--json"]);
        let proof: Value = serde_json::from_str(&told).unwrap();
        assert!(proof["events"].as_u64().unwrap() >= 4);
        assert_eq!(proof["sha256"].as_str().unwrap().len(), 64);
        assert!(succeed(to, &["log", "check"]).starts_with("All is well: "));

        let mut server = TestServer::start(to).await;
        let new = format!("{old}2");
        let answer = change_password(&server, token, "not the old one", &new).await;
        assert_eq!(answer, "WRONG_PASSWORD");
        let answer = change_password(&server, token, &old, &new).await;
        assert_eq!(answer, "ALLOWED");
        old = new;
        let users = server
            .get("/api/admin/v1/users")
            .bearer_auth(&admin)
            .send()
            .await
            .unwrap();
        assert_eq!(users.status(), 200);
        let users: Value = users.json().await.unwrap();
        assert_eq!(users["data"][0]["attributes"]["username"], "alice");
        server.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_moved_is_told() {
    let from = TestDatabase::new(Backend::Sqlite).await;
    let to = TestDatabase::new(Backend::Postgres).await;
    succeed(&from, &["users", "register", "alice"]);
    let told = succeed(
        &to,
        &["log", "migrate", "--from", from.uri(), "--to", to.uri()],
    );
    assert!(
        told.starts_with("Both databases hold the same 1 events\n"),
        "{told}"
    );
    assert!(told.contains("SHA-256 of all leaf hashes"), "{told}");
    assert!(told.contains("database.uri"), "{told}");
    assert!(succeed(&to, &["users", "show", "alice"]).contains("alice"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_moved_is_refused() {
    let from = TestDatabase::new(Backend::Sqlite).await;
    let to = TestDatabase::new(Backend::Postgres).await;
    succeed(&from, &["users", "register", "alice"]);
    let same = run(&from, &["log", "migrate", "--to", from.uri()]);
    assert_eq!(same.status.code(), Some(5), "{}", stderr(&same));

    succeed(&to, &["users", "register", "bob"]);
    let other = run(&from, &["log", "migrate", "--to", to.uri()]);
    assert_eq!(other.status.code(), Some(5), "{}", stderr(&other));
    assert!(stderr(&other).contains("another log"), "{}", stderr(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_starts_on_an_unfinished_target() {
    let database = TestDatabase::new(Backend::Sqlite).await;
    let open = database.open().await;
    let mut transaction = open.begin().await.unwrap();
    transaction
        .execute(query("CREATE TABLE unfinished_migration (begun INTEGER)"))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    open.close().await;
    for command in [&["serve"][..], &["users", "list"], &["log", "check"]] {
        let output = run(&database, command);
        assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
        let text = stderr(&output);
        assert!(
            text.contains("unfinished") && text.contains("log migrate"),
            "{text}"
        );
    }
}
