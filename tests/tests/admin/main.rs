//! The Admin API as its clients meet it: over HTTP, on both backends. The modules follow the URLs
//! and the contract's chapters (contract/admin-api.md).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod audit_proofs;
mod auth;
mod bodies;
mod bulk;
mod conditional;
mod cors_and_methods;
mod documents;
mod events;
mod generated_client;
mod hostile_input;
mod idempotency;
mod kill_sessions;
mod lists;
mod migrating;
mod oauth2_clients;
mod password_links;
mod personal_sessions;
mod plans;
mod policy_data;
mod registration_tokens;
mod schemathesis;
mod scopes;
mod sessions;
mod upstream;
mod user_emails;
mod user_emails_list;
mod users;
mod users_actions;
mod users_list;
mod users_pages;

use std::time::Duration;

use muniment_tests::{
    TestDatabase, TestServer,
    server::{stderr, stdout},
};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

/// Below which every operation lies.
const ROOT: &str = "/api/admin/v1";
/// Ids that nothing has.
const NIL: &str = "00000000000000000000000000";
const UNKNOWN: &str = "01040G2081040G2081040G2081";
/// A password that is strong enough anywhere.
const STRONG: &str = "this is a good enough password";

/// A server, and a client that may administrate it.
struct Admin {
    server: TestServer,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Admin {
    async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, "").await
    }

    /// With more lines in the configuration.
    async fn start_with(database: &TestDatabase, extra: &str) -> Self {
        let server = TestServer::start_with(database, extra).await;
        let token = server.admin_token().await;
        Self { server, token }
    }

    /// A request without a token, to a path below [`ROOT`].
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.server.request(method, &format!("{ROOT}{path}"))
    }

    /// Sends a request with the client's token.
    async fn send(&self, request: RequestBuilder) -> Answer {
        answer(request.bearer_auth(&self.token)).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    /// A POST without a body.
    async fn act(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    /// Registers a user; the id.
    async fn user(&self, username: &str) -> String {
        self.server.register(&self.token, username).await
    }

    /// Adds an address to a user; its id.
    async fn email(&self, user: &str, email: &str) -> String {
        let added = self
            .post("/user-emails", json!({ "user_id": user, "email": email }))
            .await;
        assert_eq!(added.status, 201, "{added:?}");
        added.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    /// The attributes of a user.
    async fn attributes(&self, user: &str) -> Value {
        self.get(&format!("/users/{user}")).await.json()["data"]["attributes"].clone()
    }

    /// Registers a user on the command line; the id, and a token of the user's own.
    fn user_with_token(&self, username: &str, options: &[&str]) -> (String, String) {
        let arguments = [
            &["users", "register", username, "--token", "--json"],
            options,
        ]
        .concat();
        let output = self.server.command(&arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        let user: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let text = |member: &str| user[member].as_str().unwrap().to_owned();
        (text("id"), text("access_token"))
    }
}

impl Answer {
    /// The body, which has to be JSON and say so.
    fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The titles of a refusal, which has nothing else.
    fn titles(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{self:?}"));
        let titles: Vec<String> = errors
            .iter()
            .map(|error| error["title"].as_str().unwrap().to_owned())
            .collect();
        let envelope: Vec<Value> = titles
            .iter()
            .map(|title| json!({ "title": title }))
            .collect();
        assert_eq!(body, json!({ "errors": envelope }));
        titles
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts the status and all titles of a refusal.
    #[track_caller]
    fn refused(&self, status: u16, titles: &[&str]) {
        assert_eq!((self.status, self.titles()), (status, owned(titles)));
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request
        .timeout(Duration::from_secs(30))
        .send()
        .await
        .expect("the server answers");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.expect("and goes on to the end"),
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
