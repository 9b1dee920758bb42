//! The database goes away under load, and comes back: nothing that was acknowledged is lost, nothing
//! is doubled, and nobody has to restart anything.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::{collections::HashMap, time::Duration};

use muniment_tests::{
    Backend, Proxy, TestDatabase, TestServer, assert_log_sound, server::configuration, within,
};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const CLIENTS: usize = 8;
/// So that a request during an outage is answered soon.
const CONNECT_TIMEOUT: &str = "  connect_timeout: 1\n";

async fn start(database: &TestDatabase, proxy: &Proxy) -> TestServer {
    let config =
        configuration(&proxy.uri, "").replace("matrix:\n", &format!("{CONNECT_TIMEOUT}matrix:\n"));
    TestServer::start_in(database.folder(), &config).await
}

fn register(server: &TestServer, token: &str, username: &str) -> RequestBuilder {
    server
        .post("/api/admin/v1/users")
        .bearer_auth(token)
        .json(&json!({ "username": username }))
}

fn assert_unavailable(response: &Response) {
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_answered_with_503_and_recovered_from() {
    let database = TestDatabase::new(Backend::Postgres).await;
    let proxy = Proxy::before(database.uri()).await;
    let server = start(&database, &proxy).await;
    let token = server.admin_token().await;

    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let requests: Vec<_> = (0..60)
            .map(|n| {
                let username = format!("c{client}-n{n}");
                let request = register(&server, &token, &username);
                (username, request)
            })
            .collect();
        clients.spawn(async move {
            let mut acknowledged = Vec::new();
            for (username, request) in requests {
                let response = request.send().await.unwrap();
                match response.status() {
                    StatusCode::CREATED => {
                        let body: Value = response.json().await.unwrap();
                        let id = body["data"]["id"].as_str().unwrap().to_owned();
                        acknowledged.push((username, id));
                    }
                    _ => assert_unavailable(&response),
                }
            }
            acknowledged
        });
    }
    // In the middle of all that; each of these is answered whatever the database does.
    for _ in 0..3 {
        proxy.cut();
        let refused = register(&server, &token, "during-the-outage").send().await;
        assert_unavailable(&refused.unwrap());
        let graph = server
            .post("/graphql")
            .bearer_auth(&token)
            .json(&json!({ "query": "{viewer{__typename}}" }))
            .send()
            .await
            .unwrap();
        assert_unavailable(&graph);
        proxy.restore();
        within("recovery", until_it_answers(&server, &token)).await;
    }
    let acknowledged: HashMap<String, String> =
        clients.join_all().await.into_iter().flatten().collect();
    assert!(!acknowledged.is_empty());
    for (username, id) in &acknowledged {
        assert_eq!(id_of(&server, &token, username).await.as_ref(), Some(id));
    }
    drop(server);
    assert_log_sound(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_commit_leaves_one_whole_user() {
    let database = TestDatabase::new(Backend::Postgres).await;
    let proxy = Proxy::before(database.uri()).await;
    let server = start(&database, &proxy).await;
    let token = server.admin_token().await;
    server.register(&token, "before").await;

    proxy.lose_the_next_commits_answer();
    let response = register(&server, &token, "alice").send().await.unwrap();
    assert!(proxy.has_lost_it());
    // The key of the person is committed first; whichever answer was lost, it is 503 or done.
    if response.status() != StatusCode::CREATED {
        assert_unavailable(&response);
    }
    within("recovery", until_it_answers(&server, &token)).await;
    let again = register(&server, &token, "alice").send().await.unwrap();
    assert!(matches!(
        again.status(),
        StatusCode::CREATED | StatusCode::CONFLICT
    ));
    assert!(id_of(&server, &token, "alice").await.is_some());
    drop(server);
    assert_log_sound(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_does_not_hold_up_another_on_the_same_database() {
    let database = TestDatabase::new(Backend::Postgres).await;
    let one = TestServer::start(&database).await;
    let other_folder = tempfile::tempdir().unwrap();
    let other_config = configuration(database.uri(), "");
    let mut other = TestServer::start_in(other_folder.path(), &other_config).await;
    let token = one.admin_token().await;

    let mut on_the_other = JoinSet::new();
    for n in 0..CLIENTS {
        let requests: Vec<_> = (0..100)
            .map(|m| register(&other, &token, &format!("other-{n}-{m}")))
            .collect();
        on_the_other.spawn(async move {
            for request in requests {
                if request.send().await.is_err() {
                    return;
                }
            }
        });
    }
    for n in 0..20 {
        one.register(&token, &format!("one-{n}")).await;
        if n == 10 {
            // With its writer in the middle of something, whatever that is.
            other.kill();
        }
    }
    on_the_other.join_all().await;
    one.register(&token, "last").await;
    drop(one);
    assert_log_sound(&database).await;
}

async fn until_it_answers(server: &TestServer, token: &str) {
    loop {
        let response = server
            .get("/api/admin/v1/users?count=false&page[first]=1")
            .bearer_auth(token)
            .timeout(Duration::from_secs(30))
            .send()
            .await
            .unwrap();
        if response.status() == StatusCode::OK {
            return;
        }
        assert_unavailable(&response);
    }
}

async fn id_of(server: &TestServer, token: &str, username: &str) -> Option<String> {
    let response = server
        .get(&format!("/api/admin/v1/users/by-username/{username}"))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let body: Value = response.json().await.unwrap();
    body["data"]["id"].as_str().map(str::to_owned)
}
