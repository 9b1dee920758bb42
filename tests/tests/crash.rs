//! kill -9 in the middle of a stream of registrations: what was acknowledged is there, and whole.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::collections::HashMap;

use muniment_tests::{TestDatabase, TestServer, assert_log_sound, each_backend, server::stderr};
use serde_json::{Value, json};
use tokio::task::JoinSet;

each_backend!(a_killed_server_loses_no_acknowledged_user_and_leaves_no_half_user);

/// Unless `MUNIMENT_SOAK_ROUNDS` says otherwise.
const ROUNDS: usize = 20;
const CLIENTS: usize = 32;
/// Acknowledgements after which the server is killed, while more requests are under way.
const KILL_AFTER: usize = 25;

async fn a_killed_server_loses_no_acknowledged_user_and_leaves_no_half_user(
    database: TestDatabase,
) {
    let mut acknowledged: HashMap<String, String> = HashMap::new();
    let mut server = TestServer::start(&database).await;
    let rounds = rounds();
    for round in 0..rounds {
        let token = server.admin_token().await;
        acknowledged.extend(register_until_killed(&mut server, &token, round).await);
        server = server.restart().await;
    }
    assert!(acknowledged.len() >= rounds * KILL_AFTER);

    let token = server.admin_token().await;
    let listed = all_users(&server, &token).await;
    for (username, id) in &acknowledged {
        assert_eq!(
            listed.get(username),
            Some(id),
            "{username} was acknowledged"
        );
    }
    // No half user: each one listed is in the log, holds its name, and can be changed.
    for (username, id) in &listed {
        let again = create(&server, &token, username).await;
        assert_eq!(again, None, "{username} holds its name");
        let locked = server
            .post(&format!("/api/admin/v1/users/{id}/lock"))
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(locked.status(), 200);
    }
    let rebuilt = server.command(&["projections", "rebuild"]);
    assert!(rebuilt.status.success(), "{}", stderr(&rebuilt));
    assert_eq!(all_users(&server, &token).await, listed);
    drop(server);
    assert_log_sound(&database).await;
}

fn rounds() -> usize {
    std::env::var("MUNIMENT_SOAK_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap())
}

/// Registers from many clients at once and kills the server in the middle; what was acknowledged.
async fn register_until_killed(
    server: &mut TestServer,
    token: &str,
    round: usize,
) -> Vec<(String, String)> {
    let (done, mut acknowledgements) = tokio::sync::mpsc::unbounded_channel();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let done = done.clone();
        let requests: Vec<_> = (0..100)
            .map(|n| {
                let username = format!("r{round}-c{client}-n{n}");
                let request = server
                    .post("/api/admin/v1/users")
                    .bearer_auth(token)
                    .json(&json!({ "username": username }));
                (username, request)
            })
            .collect();
        clients.spawn(async move {
            for (username, request) in requests {
                let Ok(response) = request.send().await else {
                    return;
                };
                if response.status() != 201 {
                    return;
                }
                // An answer whose head came is an acknowledgement only with its body.
                let Ok(body) = response.json::<Value>().await else {
                    return;
                };
                let id = body["data"]["id"].as_str().unwrap().to_owned();
                if done.send((username, id)).is_err() {
                    return;
                }
            }
        });
    }
    drop(done);
    let mut acknowledged = Vec::new();
    while let Some(one) = acknowledgements.recv().await {
        acknowledged.push(one);
        if acknowledged.len() == KILL_AFTER {
            server.kill();
        }
    }
    clients.join_all().await;
    acknowledged
}

async fn create(server: &TestServer, token: &str, username: &str) -> Option<String> {
    let response = server
        .post("/api/admin/v1/users")
        .bearer_auth(token)
        .json(&json!({ "username": username }))
        .send()
        .await
        .unwrap();
    if response.status() == 409 {
        return None;
    }
    let body: Value = response.json().await.unwrap();
    body["data"]["id"].as_str().map(str::to_owned)
}

async fn all_users(server: &TestServer, token: &str) -> HashMap<String, String> {
    let mut users = HashMap::new();
    let mut next = Some("/api/admin/v1/users?count=false&page[first]=500".to_owned());
    while let Some(path) = next {
        let page: Value = server
            .get(&path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        for user in page["data"].as_array().unwrap() {
            let username = user["attributes"]["username"].as_str().unwrap().to_owned();
            users.insert(username, user["id"].as_str().unwrap().to_owned());
        }
        next = page["links"]["next"].as_str().map(str::to_owned);
    }
    users
}
