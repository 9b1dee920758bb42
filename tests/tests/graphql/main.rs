//! The GraphQL API as its clients meet it: over HTTP, on both backends (contract/graphql.md). The
//! codes in comments are those of the contract's conformance cases, in its chapter 18.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod access;
mod account_pages;
mod callers;
mod codegen;
mod deactivation;
mod email_authentication;
mod email_limits;
mod emails;
mod history;
mod homeserver;
mod hostile_input;
mod limits;
mod listeners;
mod live;
mod matrix_user;
mod node;
mod paging;
mod passwords;
mod people;
mod personal_tokens;
mod profile;
mod recovery;
mod scene;
mod session_lists;
mod sessions;
mod several_sessions;
mod tokens;
mod transport;
mod users;
mod viewer;

use muniment_tests::{
    TestDatabase, TestServer,
    server::{configuration, stderr, stdout},
};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

/// A ULID that nothing has.
const UNKNOWN: &str = "01040G2081040G2081040G2081";
const STRONG: &str = "this is a good enough password";
/// For tests that confirm more passwords than a person would.
const PATIENT: &str =
    "rate_limiting:\n  login:\n    per_ip:\n      burst: 100\n      per_second: 100\n";
const VIEWER: &str = "{viewer{__typename}}";

/// A server, and the token of a client that may administrate it.
struct Api {
    server: TestServer,
    admin: String,
}

/// An account with a token of its own.
struct Account {
    /// The ULID, and the global id.
    ulid: String,
    id: String,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Api {
    async fn start(database: &TestDatabase) -> Self {
        Self::of(TestServer::start(database).await).await
    }

    /// With more lines in the configuration.
    async fn start_with(database: &TestDatabase, extra: &str) -> Self {
        Self::of(TestServer::start_with(database, extra).await).await
    }

    /// With a part of the configuration replaced.
    async fn start_replacing(database: &TestDatabase, part: &str, by: &str) -> Self {
        let yaml = configuration(database.uri(), "");
        assert!(yaml.contains(part));
        let yaml = yaml.replacen(part, by, 1);
        Self::of(TestServer::start_configured(database, &yaml).await).await
    }

    async fn of(server: TestServer) -> Self {
        let admin = server.admin_token().await;
        Self { server, admin }
    }

    /// Registers an account on the command line.
    fn account(&self, username: &str, options: &[&str]) -> Account {
        let arguments = [
            &["users", "register", username, "--token", "--json"],
            options,
        ]
        .concat();
        let output = self.server.command(&arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        let user: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let ulid = user["id"].as_str().unwrap().to_owned();
        Account {
            id: format!("user:{ulid}"),
            ulid,
            token: user["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// Adds an address to an account as an administrator; its global id.
    async fn email(&self, account: &Account, email: &str) -> String {
        let input = json!({ "userId": account.id, "email": email });
        let added = self
            .mutate(&self.admin, "addEmail", "status email{id}", &input)
            .await;
        assert_eq!(added["status"], "ADDED");
        added["email"]["id"].as_str().unwrap().to_owned()
    }

    /// What an operation that goes well answers.
    async fn data(&self, token: &str, query: &str, variables: Value) -> Value {
        let answer = self.server.graphql(Some(token), query, variables).await;
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        answer["data"].clone()
    }

    /// What a mutation that takes only `input` answers, when it goes well.
    async fn mutate(&self, token: &str, mutation: &str, fields: &str, input: &Value) -> Value {
        let (query, variables) = mutation_of(mutation, fields, input);
        self.data(token, &query, variables).await[mutation].clone()
    }

    /// The only error of an operation that answers nothing.
    async fn error(&self, token: Option<&str>, query: &str, variables: Value) -> String {
        let answer = self.server.graphql(token, query, variables).await;
        assert_eq!(answer["data"], Value::Null, "{query}: {answer}");
        assert!(answer.get("data").is_some(), "{query}: {answer}");
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{query}: {answer}");
        errors[0]["message"].as_str().unwrap().to_owned()
    }

    /// The only error of a mutation that takes only `input`.
    async fn mutation_error(&self, token: Option<&str>, mutation: &str, input: &Value) -> String {
        let (query, variables) = mutation_of(mutation, "__typename", input);
        self.error(token, &query, variables).await
    }

    /// A POST with this body, which says that it is JSON.
    fn post(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.server
            .post("/graphql")
            .header("content-type", "application/json")
            .body(body)
    }

    /// A request with the operation in the query string.
    fn by_query_string(&self, method: Method, parameters: &[(&str, &str)]) -> RequestBuilder {
        self.server.request(method, "/graphql").query(parameters)
    }
}

impl Answer {
    fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts that the request was refused before it was executed: one message, and no `data`.
    #[track_caller]
    fn refused(&self, status: u16, message: &str) {
        let wanted = json!({ "errors": [{ "message": message }] });
        assert_eq!((self.status, self.json()), (status, wanted));
    }
}

/// `input` goes into the document as a variable of its type.
fn mutation_of(mutation: &str, fields: &str, input: &Value) -> (String, Value) {
    let (first, rest) = mutation.split_at(1);
    // The contract spells it in two ways.
    let name = (first.to_uppercase() + rest).replace("Oauth2", "OAuth2");
    (
        format!("mutation($input:{name}Input!){{{mutation}(input:$input){{{fields}}}}}"),
        json!({ "input": input }),
    )
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.expect("and goes on to the end"),
    }
}
