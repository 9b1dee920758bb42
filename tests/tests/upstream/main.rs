//! Signing in with another service, over HTTP with a browser, on both backends (contract/oauth2.md
//! 16).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod arriving;
mod coming_back;
mod idp;
mod signing_out;
mod two_servers;

use idp::{CLIENT, ISSUER, Idp};
use muniment_tests::{
    TestDatabase, TestServer,
    browser::{Answer, Browser},
    server::configuration,
};
use serde_json::{Value, json};

const PROVIDER: &str = "01HV3JZ6Y0000000000000000A";
const IMPORTS: &str = "claims_imports: {localpart: {action: suggest}, displayname: {action: \
    suggest}, email: {action: suggest}}";

/// A server with pages and these lines.
async fn start(database: &TestDatabase, extra: &str) -> TestServer {
    let yaml = configuration(database.uri(), extra);
    let yaml = yaml.replacen(
        "        - name: oauth\n",
        "        - name: human\n        - name: oauth\n",
        1,
    );
    TestServer::start_configured(database, &yaml).await
}

/// A server whose only provider is made by hand.
async fn start_with(database: &TestDatabase, idp: &Idp, more: &str) -> TestServer {
    let entry = idp.entry(PROVIDER, more);
    start(
        database,
        &format!("upstream_oauth2:\n  providers:\n{entry}"),
    )
    .await
}

/// Seconds since 1970.
fn now() -> i64 {
    muniment_tests::beside::now() / 1_000_000
}

/// What a browser that is sent to the provider is sent there with.
#[derive(Clone)]
struct Sent {
    state: String,
    nonce: String,
}

async fn leave(browser: &mut Browser<'_>, query: &str) -> Sent {
    let path = format!("/upstream/authorize/{PROVIDER}{query}");
    let answer = browser.get(&path).await;
    assert_eq!(answer.status, 307, "{answer:?}");
    let url: reqwest::Url = answer.location().parse().unwrap();
    let get = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no {name}")).1.into_owned()
    };
    assert_eq!(get("client_id"), CLIENT);
    assert_eq!(get("code_challenge_method"), "S256");
    Sent {
        state: get("state"),
        nonce: get("nonce"),
    }
}

/// Claims of a good ID token, with others added or replaced.
fn claims(sent: &Sent, more: &Value) -> Value {
    let mut claims = json!({"iss": ISSUER, "aud": CLIENT, "sub": "somebody", "iat": now(),
        "exp": now() + 300, "nonce": sent.nonce});
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

async fn come_back(browser: &mut Browser<'_>, code: &str, sent: &Sent) -> Answer {
    let state = &sent.state;
    let path = format!("/upstream/callback/{PROVIDER}?code={code}&state={state}");
    browser.get(&path).await
}

/// Goes there and back; the page on which the browser arrives.
async fn visit(browser: &mut Browser<'_>, idp: &Idp, more: &Value) -> (String, Answer) {
    let sent = leave(browser, "").await;
    idp.will_tell("code", &claims(&sent, more));
    let back = come_back(browser, "code", &sent).await;
    assert_eq!(back.status, 303, "{back:?}");
    let path = back.location().to_owned();
    assert!(path.starts_with("/upstream/link/"), "{path}");
    let page = browser.get(&path).await;
    (path, page)
}

/// Follows redirects within the server to the first page.
async fn follow(browser: &mut Browser<'_>, answer: Answer) -> Answer {
    let mut answer = answer;
    for _ in 0..5 {
        if answer.status != 303 {
            break;
        }
        let path = answer.location().to_owned();
        answer = browser.get(&path).await;
    }
    answer
}

async fn viewer(browser: &mut Browser<'_>) -> Value {
    let query = "{ viewer { ... on User { username } } }";
    browser.graphql(query, json!({})).await["data"]["viewer"].clone()
}

/// All addresses of all accounts.
async fn addresses(server: &TestServer) -> Vec<String> {
    let token = server.admin_token().await;
    let request = server.get("/api/admin/v1/user-emails").bearer_auth(token);
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    let data = body["data"].as_array().unwrap().iter();
    data.map(|one| one["attributes"]["email"].as_str().unwrap().to_owned())
        .collect()
}
