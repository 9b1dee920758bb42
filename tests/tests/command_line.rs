//! The operator's commands, on both backends, beside a running server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use muniment_tests::{
    TestDatabase, TestServer, each_backend,
    server::{stderr, stdout},
};
use serde_json::{Value, json};

each_backend!(
    an_account_is_registered_shown_and_changed,
    the_history_names_who_did_what,
    a_token_from_the_command_line_works_on_both_apis,
    accounts_are_listed_page_by_page,
    read_models_are_rebuilt_beside_a_running_server
);

fn json_of(server: &TestServer, arguments: &[&str]) -> Value {
    let output = server.command(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn text_of(server: &TestServer, arguments: &[&str]) -> String {
    let output = server.command(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

async fn an_account_is_registered_shown_and_changed(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    assert!(text_of(&server, &["users", "register", "alice"]).contains("Registered alice"));
    let alice = json_of(&server, &["users", "show", "alice"]);
    assert_eq!(alice["username"], "alice");
    assert_eq!(alice["admin"], false);
    let by_id = json_of(&server, &["users", "show", alice["id"].as_str().unwrap()]);
    assert_eq!(by_id, alice);

    text_of(&server, &["users", "promote", "ALICE"]);
    text_of(&server, &["users", "lock", "alice"]);
    let changed = json_of(&server, &["users", "show", "alice"]);
    assert_eq!(changed["admin"], true);
    assert!(changed["locked_at"].is_string());
    text_of(&server, &["users", "unlock", "alice"]);
    text_of(&server, &["users", "demote", "alice"]);
    assert_eq!(json_of(&server, &["users", "show", "alice"]), alice);

    let gone = json_of(&server, &["users", "lock", "alice", "--deactivate"]);
    assert!(gone["locked_at"].is_string() && gone["deactivated_at"].is_string());
    text_of(&server, &["users", "unlock", "alice", "--reactivate"]);
    assert_eq!(json_of(&server, &["users", "show", "alice"]), alice);
}

async fn the_history_names_who_did_what(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    text_of(&server, &["users", "register", "alice"]);
    let id = json_of(&server, &["users", "show", "alice"])["id"].clone();
    let token = server.admin_token().await;
    let locked = server
        .post(&format!(
            "/api/admin/v1/users/{}/lock",
            id.as_str().unwrap()
        ))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    let request_id = locked.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(locked.status(), 200);

    let lines = text_of(&server, &["audit", "log", "alice", "--json"]);
    let events: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<(&str, &str)> = events
        .iter()
        .map(|event| {
            (
                event["type"].as_str().unwrap(),
                event["actor"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("user.registered", "operator:tester"),
            ("user.locked", "client:01JZZZZZZZZZZZZZZZZZZZADMN"),
        ]
    );
    assert_eq!(events[0]["details"]["username"], "alice");
    assert_eq!(events[1]["correlation_id"], request_id);
    assert!(
        events[1]["session"]
            .as_str()
            .unwrap()
            .starts_with("oauth2_session:")
    );

    let table = text_of(&server, &["audit", "log", "alice"]);
    assert!(table.contains("user.locked") && table.contains("operator:tester"));
    let rest = text_of(
        &server,
        &[
            "audit",
            "log",
            "alice",
            "--json",
            "--after",
            &events[0]["position"].to_string(),
        ],
    );
    assert_eq!(rest.lines().count(), 1);
}

async fn a_token_from_the_command_line_works_on_both_apis(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = text_of(
        &server,
        &["users", "register", "alice", "--admin", "--token"],
    );
    let token = token.trim();
    let viewer = server
        .graphql(
            Some(token),
            "{viewer{... on User{username canRequestAdmin}}}",
            json!({}),
        )
        .await;
    assert_eq!(
        viewer,
        json!({"data": {"viewer": {"username": "alice", "canRequestAdmin": true}}})
    );
    let users = server
        .get("/api/admin/v1/users")
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(users.status(), 200);

    let plain = text_of(&server, &["users", "register", "bob", "--token"]);
    let refused = server
        .get("/api/admin/v1/users")
        .bearer_auth(plain.trim())
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
}

async fn accounts_are_listed_page_by_page(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    for name in ["anna", "bert", "cleo"] {
        server.register(&token, name).await;
    }
    let first = json_of(&server, &["users", "list", "--limit", "2"]);
    let next = first["next"].as_str().unwrap();
    let second = json_of(&server, &["users", "list", "--limit", "2", "--after", next]);
    let names: Vec<&Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["users"].as_array().unwrap())
        .map(|user| &user["username"])
        .collect();
    assert_eq!(names, ["anna", "bert", "cleo"]);
    assert_eq!(second["next"], Value::Null);
    let found = text_of(&server, &["users", "list", "--search", "BER"]);
    assert!(found.contains("bert") && !found.contains("anna"));
}

async fn read_models_are_rebuilt_beside_a_running_server(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    let before = json_of(&server, &["users", "list"]);
    let rebuilt = json_of(&server, &["projections", "rebuild"]);
    assert!(rebuilt["position"].as_u64().unwrap() >= 2);
    assert_eq!(json_of(&server, &["users", "list"]), before);
    server.register(&token, "bob").await;
    assert_eq!(
        json_of(&server, &["users", "list"])["users"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}
