//! A read model that cannot take an event is put aside; the log and the other read models go on.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use muniment_domain::{UserCommand, UserEvent, UserId};
use muniment_projections::queries::{ProjectionState, projection_states, user as user_row};
use muniment_store::{
    ExecuteError,
    log::{Append, AppendError, EventLog, StreamAppend, StreamId},
    sql::{Dialect, query},
};
use muniment_tests::{
    TestDatabase, TestLog, TestServer, each_backend, each_log, register,
    server::{stderr, stdout},
};
use serde_json::Value;

each_log!(
    a_user_who_has_no_row_can_be_locked_and_a_rebuild_shows_it,
    a_person_is_erased_while_the_list_of_erasures_is_stopped,
    an_event_that_breaks_a_rule_of_the_database_stops_the_read_model_alone,
    what_came_while_nobody_looked_stops_the_read_model_at_the_start,
    a_rebuild_that_fails_leaves_all_as_it_was,
);
each_backend!(postgres: a_database_without_room_stops_nothing);

async fn health(server: &TestServer) -> (u16, String) {
    let answer = server.get("/health").send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn act(server: &TestServer, token: &str, user: &str, action: &str) -> Value {
    let answer = server
        .post(&format!("/api/admin/v1/users/{user}/{action}"))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{action}");
    answer.json().await.unwrap()
}

async fn user(server: &TestServer, token: &str, id: &str) -> Value {
    let path = format!("/api/admin/v1/users/{id}");
    let answer = server.get(&path).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    body["data"]["attributes"].clone()
}

/// Runs a statement behind the server's back.
async fn tamper(database: &TestDatabase, sql: &str) {
    let opened = database.open().await;
    let mut transaction = opened.begin().await.unwrap();
    assert!(transaction.execute(query(sql)).await.unwrap() > 0, "{sql}");
    transaction.commit().await.unwrap();
    opened.close().await;
}

fn command(server: &TestServer, arguments: &[&str]) -> String {
    let output = server.command(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

fn status_of(server: &TestServer, projection: &str) -> Value {
    let all = command(server, &["projections", "status", "--json"]);
    let all: Value = serde_json::from_str(&all).unwrap();
    let found = all["projections"].as_array().unwrap().iter();
    let mut found = found.filter(|state| state["name"] == projection);
    found.next().unwrap().clone()
}

async fn a_user_who_has_no_row_can_be_locked_and_a_rebuild_shows_it(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    let alice = server.register(&token, "alice").await;
    let bob = server.register(&token, "bob").await;
    assert_eq!(health(&server).await, (200, "ok".to_owned()));
    let at = status_of(&server, "users")["position"].as_u64().unwrap() + 1;
    tamper(&database, "DELETE FROM users WHERE username = 'alice'").await;

    let locked = act(&server, &token, &alice, "lock").await;
    assert_eq!(locked["data"]["id"], alice.as_str());
    assert!(locked["data"]["attributes"]["locked_at"].is_string());
    let history = command(&server, &["audit", "log", &alice, "--json"]);
    assert!(history.lines().last().unwrap().contains("user.locked"));

    let degraded = format!(
        "degraded\nprojection users stopped at position {at}; run `muniment projections rebuild`"
    );
    assert_eq!(health(&server).await, (200, degraded.clone()));
    let metrics = server.get("/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for line in [
        "muniment_projection_stopped{projection=\"users\"} 1",
        "muniment_projection_stopped{projection=\"user_emails\"} 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}");
    }
    let complaint = format!("projection users stopped at position {at}");
    let log = server.log();
    let complaints = log.lines().filter(|line| line.contains(&complaint));
    let complaints: Vec<_> = complaints.collect();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("ERROR"));

    // Others go on, and what is answered after a change is true.
    let email = serde_json::json!({"user_id": bob, "email": "bob@example.com"});
    let added = server.post("/api/admin/v1/user-emails").bearer_auth(&token);
    assert_eq!(added.json(&email).send().await.unwrap().status(), 201);
    let locked = act(&server, &token, &bob, "lock").await;
    assert!(locked["data"]["attributes"]["locked_at"].is_string());
    let carol = server.register(&token, "carol").await;
    let state = status_of(&server, "users");
    assert_eq!(state["position"], at - 1);
    assert_eq!(state["stopped_at_position"], at);
    assert_eq!(state["stopped_reason"], "the user has no row");
    let state = status_of(&server, "user_emails");
    assert_eq!(state["position"], at + 3);
    assert_eq!(state["stopped_at_position"], Value::Null);
    let table = command(&server, &["projections", "status"]);
    assert!(table.contains("the user has no row"));

    // One thing is off, which is told as what it is.
    let check = server.command(&["log", "check"]);
    assert_eq!(check.status.code(), Some(7));
    let told = stdout(&check);
    assert_eq!(told.lines().count(), 1, "{told}");
    let line = format!("stopped_projections: name users: stopped at position {at}, ");
    assert!(told.starts_with(&line), "{told}");

    // Also after a restart.
    let mut server = server;
    server.stop();
    let server = server.restart().await;
    assert_eq!(health(&server).await, (200, degraded));

    command(&server, &["projections", "rebuild"]);
    assert_eq!(health(&server).await, (200, "ok".to_owned()));
    for id in [&alice, &bob] {
        assert!(user(&server, &token, id).await["locked_at"].is_string());
    }
    assert!(user(&server, &token, &carol).await["locked_at"].is_null());
    command(&server, &["log", "check"]);
    act(&server, &token, &carol, "lock").await;
    assert!(user(&server, &token, &carol).await["locked_at"].is_string());
    assert_eq!(health(&server).await, (200, "ok".to_owned()));
    command(&server, &["log", "check"]);
}

async fn a_person_is_erased_while_the_list_of_erasures_is_stopped(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    let alice = server.register(&token, "alice").await;
    // As a stop at any earlier event would leave it.
    let stopped = "INSERT INTO stopped_projections (name, stopped_at_position, reason) \
        VALUES ('erasures', 1, 'a test')";
    tamper(&database, stopped).await;
    assert!(health(&server).await.1.starts_with("degraded"));

    command(&server, &["users", "erase", &alice, "--yes"]);
    let history = ["audit", "log", &alice, "--json", "--personal-data"];
    let history = command(&server, &history);
    assert!(history.contains(r#"{"personal":"erased"}"#), "{history}");
    assert!(!history.contains("\"alice\""), "{history}");
    command(&server, &["projections", "rebuild"]);
    command(&server, &["log", "check"]);
}

async fn states(log: &TestLog) -> Vec<ProjectionState> {
    projection_states(&log.database).await.unwrap()
}

/// The names of those that are stopped, with where.
async fn stopped(log: &TestLog) -> Vec<(String, u64)> {
    let states = states(log).await.into_iter();
    states
        .filter_map(|state| Some((state.name, state.stopped?.position)))
        .collect()
}

async fn an_event_that_breaks_a_rule_of_the_database_stops_the_read_model_alone(
    database: TestDatabase,
) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    // A row where the next user is going to be.
    let bob = log.new_user_id();
    let bytes = hex::encode(bob.as_uuid().as_bytes());
    let id = match log.database.dialect() {
        Dialect::Sqlite => format!("x'{bytes}'"),
        Dialect::Postgres => format!("'{}'", bob.as_uuid()),
    };
    log.tamper(&format!(
        "INSERT INTO users SELECT {id}, 'squatter', created_at, locked_at, deactivated_at, \
         can_request_admin, has_password, sessions_valid_from FROM users"
    ))
    .await;
    let receipt = log.execute(bob, register(bob, "bob")).await;
    assert_eq!(receipt.unwrap().unwrap().first_position, 2);
    assert_eq!(stopped(&log).await, [("users".to_owned(), 2)]);
    let reason = states(&log).await.into_iter().find_map(|s| s.stopped);
    let reason = reason.unwrap().reason;
    assert!(reason.starts_with("the database refused a statement (code"));
    assert!(!reason.contains("bob") && !reason.contains("squatter"));

    log.add_email(alice, "alice@example.com").await.unwrap();
    assert_eq!(log.count("user_emails").await, 1);
    log.projections
        .rebuild(&log.database, |_| {})
        .await
        .unwrap();
    assert!(stopped(&log).await.is_empty());
    assert_eq!(log.count("users").await, 2);
    log.execute(bob, UserCommand::LockUser { deactivate: false })
        .await
        .unwrap();
    assert!(stopped(&log).await.is_empty());
}

async fn what_came_while_nobody_looked_stops_the_read_model_at_the_start(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let before = log.head().await;
    let lock = UserCommand::LockUser { deactivate: false };
    log.execute(alice, lock).await.unwrap();
    // As if another program had written the second event.
    log.tamper(&format!("UPDATE projections SET position = {before}"))
        .await;
    log.tamper("DELETE FROM users").await;
    log.close().await;

    let log = TestLog::open(&database).await;
    assert_eq!(stopped(&log).await, [("users".to_owned(), before + 1)]);
    let row = user_row(&log.reads, alice).await.unwrap().unwrap();
    assert_eq!(row.username, "alice");
    assert!(row.locked_at.is_some());
    log.register("bob").await;
    assert_eq!(stopped(&log).await, [("users".to_owned(), before + 1)]);
    for state in states(&log).await {
        let expected = if state.name == "users" {
            before
        } else {
            before + 2
        };
        assert_eq!(state.position, expected, "{}", state.name);
    }
}

async fn a_rebuild_that_fails_leaves_all_as_it_was(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    // An event that no read model of accounts can take: nobody was registered.
    let stranger = UserId::from_uuid(log.ids.ulid());
    let event = UserEvent::UserLocked { user_id: stranger };
    let mut append = Append::new(log.metadata());
    append.streams.push(StreamAppend {
        stream: StreamId::new("user", stranger.as_uuid()),
        expected_version: 0,
        events: vec![log.codec.seal(&event, log.ids.event_id()).await.unwrap()],
    });
    log.log.append(append).await.unwrap();
    assert_eq!(stopped(&log).await, [("users".to_owned(), 2)]);
    let before = states(&log).await;

    let failed = log.projections.rebuild(&log.database, |_| {}).await;
    assert_eq!(
        failed.unwrap_err().to_string(),
        "projection users cannot apply the event at position 2: the user has no row"
    );
    assert_eq!(states(&log).await, before);
    assert_eq!(log.count("users").await, 1);
    log.add_email(alice, "alice@example.com").await.unwrap();
    assert_eq!(log.count("user_emails").await, 1);
    let head = log.head().await;
    let state = states(&log).await;
    let emails = state.iter().find(|state| state.name == "user_emails");
    assert_eq!(emails.unwrap().position, head);
}

async fn a_database_without_room_stops_nothing(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let lock = UserCommand::LockUser { deactivate: false };
    log.tamper(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$",
    )
    .await;
    log.tamper("CREATE TRIGGER no_room BEFORE UPDATE ON users EXECUTE FUNCTION no_room()")
        .await;
    let refused = log.execute(alice, lock.clone()).await.unwrap_err();
    assert!(matches!(
        refused,
        ExecuteError::Append(AppendError::Unavailable(_))
    ));
    assert_eq!(log.head().await, 1);
    log.tamper("DROP TRIGGER no_room ON users").await;
    log.execute(alice, lock).await.unwrap();
    assert!(stopped(&log).await.is_empty());
}
