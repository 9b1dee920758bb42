//! A server with something to look back on.

use muniment_tests::{
    TestDatabase, TestServer,
    server::{CLIENT_ID, stderr, stdout},
};
use serde_json::{Value, json};

/// What happened to Alice, by where it stands in the log.
pub struct Past {
    pub server: TestServer,
    pub token: String,
    pub alice: String,
    pub registered: u64,
    pub email_added: u64,
    pub email: String,
    pub locked: u64,
    pub email_removed: u64,
    pub admin_granted: u64,
}

impl Past {
    pub async fn of(database: &TestDatabase) -> Self {
        Self::with(database, "").await
    }

    pub async fn with(database: &TestDatabase, configuration: &str) -> Self {
        let server = TestServer::start_with(database, configuration).await;
        let token = server.admin_token().await;
        let alice = server.register(&token, "alice").await;
        let email = json!({"user_id": alice, "email": "alice@example.com"});
        let added = change(&server, &token, "user-emails", &email).await;
        let email = added["data"]["id"].as_str().unwrap().to_owned();
        for action in ["lock", "unlock"] {
            change(
                &server,
                &token,
                &format!("users/{alice}/{action}"),
                &json!({}),
            )
            .await;
        }
        let removed = server
            .request(
                reqwest::Method::DELETE,
                &format!("/api/admin/v1/user-emails/{email}"),
            )
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(removed.status(), 204);
        let admin = json!({"admin": true});
        change(&server, &token, &format!("users/{alice}/set-admin"), &admin).await;
        let events = lines_of(&server, &["audit", "log", "alice"]);
        let position = |event_type: &str| {
            let found = events.iter().find(|event| event["type"] == event_type);
            found.unwrap()["position"].as_u64().unwrap()
        };
        Self {
            registered: position("user.registered"),
            email_added: position("user.email_added"),
            locked: position("user.locked"),
            email_removed: position("user.email_removed"),
            admin_granted: position("user.admin_granted"),
            server,
            token,
            alice,
            email,
        }
    }

    /// What a path of the Admin API answers: status and body.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.server.get(&format!("/api/admin/v1/{path}"));
        let response = request.bearer_auth(&self.token).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }
}

pub async fn change(server: &TestServer, token: &str, path: &str, body: &Value) -> Value {
    let response = server
        .post(&format!("/api/admin/v1/{path}"))
        .bearer_auth(token)
        .json(body)
        .send()
        .await
        .unwrap();
    assert!(response.status().is_success(), "{path}");
    response.json().await.unwrap()
}

/// What a command prints as one JSON document.
pub fn json_of(server: &TestServer, arguments: &[&str]) -> Value {
    let output = server.command(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// What a command prints as one JSON document a line.
pub fn lines_of(server: &TestServer, arguments: &[&str]) -> Vec<Value> {
    text_of(server, &[arguments, &["--json"]].concat())
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub fn text_of(server: &TestServer, arguments: &[&str]) -> String {
    let output = server.command(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// How the log names the client of tests.
pub fn actor() -> String {
    format!("client:{CLIENT_ID}")
}
