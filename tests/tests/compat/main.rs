//! The legacy Matrix login as its clients meet it: over HTTP, on both backends (contract/oauth2.md 17
//! and facts 50 to 53 and 72 to 78).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod command;
mod devices;
mod hostile_input;
mod password;
mod session_limits;
mod sso;
mod tokens;

use muniment_tests::{
    TestDatabase, TestServer,
    browser::Answer,
    server::{CLIENT_ID, CLIENT_SECRET, configuration},
};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple 9";
const LOGIN: &str = "/_matrix/client/v3/login";

async fn start(database: &TestDatabase) -> TestServer {
    start_with(database, "").await
}

/// A server with this login and pages, and more lines in its configuration.
async fn start_with(database: &TestDatabase, extra: &str) -> TestServer {
    let yaml = configuration(database.uri(), extra);
    let yaml = yaml.replacen(
        "        - name: oauth\n",
        "        - name: human\n        - name: compat\n        - name: connection-info\n        \
         - name: oauth\n",
        1,
    );
    TestServer::start_configured(database, &yaml).await
}

/// A user with the password; their id.
async fn user(server: &TestServer, name: &str) -> String {
    let token = server.admin_token().await;
    let id = server.register(&token, name).await;
    let set = server
        .post(&format!("/api/admin/v1/users/{id}/set-password"))
        .bearer_auth(&token)
        .json(&json!({ "password": PASSWORD }));
    assert_eq!(Answer::to(set).await.status, 204);
    id
}

/// `lock`, `unlock`, `deactivate` or `reactivate`.
async fn change(server: &TestServer, user: &str, change: &str) {
    let token = server.admin_token().await;
    let request = server
        .post(&format!("/api/admin/v1/users/{user}/{change}"))
        .bearer_auth(&token);
    let changed = Answer::to(request).await;
    assert_eq!(changed.status, 200, "{changed:?}");
}

async fn post(server: &TestServer, path: &str, body: &Value) -> Answer {
    Answer::to(server.post(path).json(body)).await
}

/// The body of a sign-in with a password, with members added or replaced.
fn credentials(name: &str, more: &Value) -> Value {
    let mut body = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": name },
        "password": PASSWORD,
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Signs in; the answer's body.
#[track_caller]
fn signed_in(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

async fn sign_in(server: &TestServer, name: &str, more: &Value) -> Value {
    signed_in(&post(server, LOGIN, &credentials(name, more)).await)
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, body["errcode"].as_str()),
        (status, Some(code)),
        "{answer:?}"
    );
    assert!(!body["error"].as_str().unwrap().is_empty(), "{answer:?}");
    assert_eq!(body.as_object().unwrap().len(), 2, "{answer:?}");
}

fn text(body: &Value, name: &str) -> String {
    let found = body[name].as_str();
    found
        .unwrap_or_else(|| panic!("no {name} in {body}"))
        .to_owned()
}

/// What a homeserver would learn of a token.
async fn introspect(server: &TestServer, token: &str) -> Value {
    introspect_with(server, token, &[], false).await
}

async fn introspect_with(
    server: &TestServer,
    token: &str,
    more: &[(&str, &str)],
    reads_device_id: bool,
) -> Value {
    let mut fields = vec![("token", token)];
    fields.extend_from_slice(more);
    let mut request = server
        .post("/oauth2/introspect")
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
        .form(&fields);
    if reads_device_id {
        request = request.header("x-mas-supports-device-id", "1");
    }
    let found = Answer::to(request).await;
    assert_eq!(found.status, 200, "{found:?}");
    found.json()
}

async fn is_active(server: &TestServer, token: &str) -> bool {
    introspect(server, token).await["active"] == true
}

async fn logout(server: &TestServer, token: &str) -> Answer {
    let path = "/_matrix/client/v3/logout";
    Answer::to(server.post(path).bearer_auth(token)).await
}
