//! The pages as a browser meets them: over HTTP with cookies, on both backends (contract/oauth2.md
//! 14, 15 and 25).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod account;
mod graphql;
mod hostile_input;
mod invitations;
mod login;
mod password;
mod real_browser;
mod recovery;
mod registration;
mod settings;

use muniment_tests::{TestDatabase, TestServer, browser, mailbox::Mailbox, server::configuration};
use serde_json::json;

use browser::Browser;

const PASSWORD: &str = "correct horse battery staple 9";

/// Lines that let everybody try as often as they like.
const UNLIMITED: &str = "rate_limiting:
  login: {per_ip: {burst: 1000, per_second: 100}}
  registration: {burst: 1000, per_second: 100}
  account_recovery:
    per_ip: {burst: 1000, per_second: 100}
    per_address: {burst: 1000, per_second: 100}
  email_authentication:
    per_ip: {burst: 1000, per_second: 100}
    per_address: {burst: 1000, per_second: 100}
";

/// A server with pages, and a mail system that keeps each mail as a file.
async fn start(database: &TestDatabase, extra: &str) -> TestServer {
    start_with_clients(database, extra, "").await
}

/// The same, with more clients.
async fn start_with_clients(database: &TestDatabase, extra: &str, clients: &str) -> TestServer {
    let extra = format!("{}{extra}", Mailbox::of(database).section());
    let yaml = configuration(database.uri(), &extra);
    let yaml = yaml.replacen("clients:\n", &format!("clients:\n{clients}"), 1);
    let yaml = yaml.replacen(
        "        - name: oauth\n",
        "        - name: human\n        - name: assets\n        - name: compat\n        - name: oauth\n",
        1,
    );
    TestServer::start_configured(database, &yaml).await
}

/// The mails that have been sent, once there are so many.
async fn mails(database: &TestDatabase, count: usize) -> Vec<String> {
    Mailbox::of(database).mails(count).await
}

/// A user with the password and, if wanted, an address; their id.
async fn user(server: &TestServer, name: &str, email: Option<&str>) -> String {
    let token = server.admin_token().await;
    let id = server.register(&token, name).await;
    let variables = json!({"id": format!("user:{id}"), "password": PASSWORD});
    let set = "mutation($id: ID!, $password: String!) { setPassword(input: {userId: $id, \
        newPassword: $password}) { status } }";
    let answer = server.graphql(Some(&token), set, variables).await;
    assert_eq!(
        answer["data"]["setPassword"]["status"], "ALLOWED",
        "{answer}"
    );
    if let Some(email) = email {
        let add = "mutation($id: ID!, $email: String!) { addEmail(input: {userId: $id, email: \
            $email, skipVerification: true}) { status } }";
        let variables = json!({"id": format!("user:{id}"), "email": email});
        let answer = server.graphql(Some(&token), add, variables).await;
        assert_eq!(answer["data"]["addEmail"]["status"], "ADDED", "{answer}");
    }
    id
}

/// A browser in which the user has signed in.
async fn signed_in<'s>(server: &'s TestServer, name: &str) -> Browser<'s> {
    let mut browser = Browser::new(server);
    let answer = browser.sign_in("/login", name, PASSWORD).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    browser
}
