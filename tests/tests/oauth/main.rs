//! OAuth 2.0 as its clients meet it: over HTTP, on both backends (contract/oauth2.md).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod client_authentication;
mod code_flow;
mod device_flow;
mod discovery;
mod introspection;
mod keys;
mod keys_of_clients;
mod later;
mod openid_client;
mod people;
mod registration;
mod requests;
mod stopped;
mod token;

use muniment_tests::{
    TestDatabase, TestServer,
    server::{CLIENT_ID, CLIENT_SECRET, configuration},
};
use reqwest::{RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// A client that authenticates in the body, and may not administrate.
const POST_ID: &str = "01JZZZZZZZZZZZZZZZZZZZP0ST";
const POST_SECRET: &str = "another-secret-of-the-tests";
/// A client whose secret looks different in every encoding.
const ODD_ID: &str = "01JZZZZZZZZZZZZZZZZZZZ0DDS";
const ODD_SECRET: &str = "p@ss: w+rd%2F&=\u{fc}";
/// A client without a secret.
const PUBLIC_ID: &str = "01JZZZZZZZZZZZZZZZZZZZN0NE";
/// A client that signs assertions.
const SIGNING_ID: &str = "01JZZZZZZZZZZZZZZZZZZZ0JWT";

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

/// A server that knows all of these clients.
async fn start(database: &TestDatabase) -> TestServer {
    start_with(database, |yaml| yaml).await
}

/// The same, with the pages that people answer on.
async fn start_with_pages(database: &TestDatabase) -> TestServer {
    start_with(database, |yaml| with_pages(&yaml)).await
}

fn with_pages(yaml: &str) -> String {
    let pages = "        - name: oauth\n        - name: human\n";
    yaml.replacen("        - name: oauth\n", pages, 1)
}

/// The same, with its configuration changed.
async fn start_with(database: &TestDatabase, change: impl FnOnce(String) -> String) -> TestServer {
    let clients = format!(
        "clients:
  - client_id: {POST_ID}
    client_auth_method: client_secret_post
    client_secret: {POST_SECRET}
  - client_id: {ODD_ID}
    client_auth_method: client_secret_basic
    client_secret: '{ODD_SECRET}'
  - client_id: {PUBLIC_ID}
    client_auth_method: none
    redirect_uris: [https://example.com/callback]
  - client_id: {SIGNING_ID}
    client_auth_method: client_secret_jwt
    client_secret: a-secret-to-sign-with
"
    );
    let yaml = configuration(database.uri(), "").replacen("clients:\n", &clients, 1);
    TestServer::start_configured(database, &change(yaml)).await
}

/// A request to the token endpoint, from the client that may administrate.
fn authenticated(server: &TestServer) -> RequestBuilder {
    server
        .post("/oauth2/token")
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.expect("and goes on to the end"),
    }
}

impl Answer {
    fn json(&self) -> Value {
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/json"), "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The error of a refusal (RFC 6749 section 5.2), which always comes with a description and is
    /// never cached.
    #[track_caller]
    fn error(&self) -> (u16, String) {
        let body = self.json();
        let description = body["error_description"].as_str().unwrap_or_default();
        assert!(!description.is_empty(), "{self:?}");
        assert_eq!(body.as_object().unwrap().len(), 2, "{self:?}");
        self.is_not_cached();
        (self.status, body["error"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    fn refused(&self, status: u16, error: &str) {
        assert_eq!(self.error(), (status, error.to_owned()), "{self:?}");
    }

    #[track_caller]
    fn is_not_cached(&self) {
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("pragma"), Some("no-cache"));
    }
}
