//! A storm of logins, with what checking a password really costs, leaves others their turn.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use muniment_tests::{TestDatabase, TestServer, each_backend, server::configuration};
use serde_json::json;

each_backend!(a_storm_of_logins_leaves_others_their_turn);

const PASSWORD: &str = "correct horse battery staple 9";
const PEOPLE: usize = 8;
const LOGINS: usize = 64;
/// Requests that are measured before the storm.
const QUIET: usize = 200;

async fn start(database: &TestDatabase) -> (TestServer, String) {
    let resources = "        - name: compat\n        - name: oauth\n";
    let yaml = configuration(database.uri(), "");
    let yaml = yaml.replacen("        - name: oauth\n", resources, 1);
    let server = TestServer::start_configured(database, &yaml).await;
    let token = server.admin_token().await;
    for number in 0..PEOPLE {
        let id = server.register(&token, &format!("person{number}")).await;
        let path = format!("/api/admin/v1/users/{id}/set-password");
        let request = server.post(&path).bearer_auth(&token);
        let set = request.json(&json!({ "password": PASSWORD })).send().await;
        assert_eq!(set.unwrap().status(), 204);
    }
    (server, token)
}

/// One request of everybody else; how long it took.
async fn ask(server: &TestServer, token: &str) -> Duration {
    let started = Instant::now();
    let query = "{ users(first: 10) { totalCount } }";
    let answer = server.graphql(Some(token), query, json!({})).await;
    assert_eq!(answer["data"]["users"]["totalCount"], PEOPLE, "{answer}");
    started.elapsed()
}

/// Every other one has the wrong password, which costs the same.
async fn sign_in(server: &TestServer, number: usize) {
    let right = number.is_multiple_of(2);
    let body = json!({
        "type": "m.login.password",
        "password": if right { PASSWORD } else { "wrong" },
        "identifier": {"type": "m.id.user", "user": format!("person{}", number % PEOPLE)},
    });
    let answer = server.post("/_matrix/client/v3/login").json(&body).send();
    assert_eq!(
        answer.await.unwrap().status(),
        if right { 200 } else { 403 }
    );
}

/// The slots of the pool, how many are taken, and how many wait.
async fn pool(server: &TestServer) -> (usize, usize, usize) {
    let text = server
        .get("/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let value = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = line.unwrap_or_else(|| panic!("no {name} in {text}"));
        value.parse().unwrap()
    };
    (
        value("muniment_password_slots"),
        value("muniment_password_work{state=\"at_work\"}"),
        value("muniment_password_work{state=\"waiting\"}"),
    )
}

fn shown(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)];
    format!(
        "{} requests, p50 {:?}, p99 {:?}",
        took.len(),
        at(50),
        at(99)
    )
}

async fn a_storm_of_logins_leaves_others_their_turn(database: TestDatabase) {
    let (server, token) = start(&database).await;
    let mut alone = Vec::new();
    for _ in 0..QUIET {
        alone.push(ask(&server, &token).await);
    }
    let pending = AtomicUsize::new(LOGINS);
    let logins = join_all((0..LOGINS).map(async |number| {
        sign_in(&server, number).await;
        pending.fetch_sub(1, Ordering::AcqRel);
    }));
    let others = async {
        let (mut meanwhile, mut most_waiting) = (Vec::new(), 0);
        while pending.load(Ordering::Acquire) > 0 {
            meanwhile.push(ask(&server, &token).await);
            if meanwhile.len().is_multiple_of(8) {
                let (slots, at_work, waiting) = pool(&server).await;
                assert!(at_work <= slots, "{at_work} at work on {slots} slots");
                most_waiting = most_waiting.max(waiting);
                let health = server.get("/health").send().await.unwrap();
                assert_eq!(health.status(), 200);
            }
        }
        (meanwhile, most_waiting)
    };
    let (_, (meanwhile, most_waiting)) = tokio::join!(logins, others);
    println!("alone: {}", shown(alone));
    println!(
        "in the storm: {}; at most {most_waiting} waited",
        shown(meanwhile.clone())
    );
    // Were each login as good as a request of others, others would be answered as often as logins.
    assert!(
        meanwhile.len() >= LOGINS,
        "{} requests of others were answered while {LOGINS} logins were",
        meanwhile.len()
    );
    assert!(most_waiting > 0, "there was no storm");
    let (_, at_work, waiting) = pool(&server).await;
    assert_eq!((at_work, waiting), (0, 0));
}
