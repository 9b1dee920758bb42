//! SQLite's disk is full: what was acknowledged stays, what was not is refused, reads go on, and
//! nobody has to restart anything once there is room.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on has to fail where it stands"
)]

use muniment_tests::{Backend, TestDatabase, TestServer, assert_log_sound};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

/// Enough for the schema and some users.
const ROOM_KIB: u32 = 1330;

async fn register(server: &TestServer, token: &str, username: &str) -> Response {
    server
        .post("/api/admin/v1/users")
        .bearer_auth(token)
        .json(&json!({ "username": username }))
        .send()
        .await
        .unwrap()
}

async fn count(server: &TestServer, token: &str) -> u64 {
    let page: Value = server
        .get("/api/admin/v1/users?count=only")
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    page["meta"]["count"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_loses_nothing() {
    let database = TestDatabase::new(Backend::Sqlite).await;
    let server = TestServer::start_with_little_room(&database, ROOM_KIB).await;
    let token = server.admin_token().await;
    let mut acknowledged = 0;
    loop {
        let response = register(&server, &token, &format!("user-{acknowledged}")).await;
        if response.status() != StatusCode::CREATED {
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key("retry-after"));
            break;
        }
        acknowledged += 1;
        assert!(acknowledged < 10_000, "the disk was never full");
    }
    assert!(acknowledged > 0);
    assert_eq!(count(&server, &token).await, acknowledged);
    let still = register(&server, &token, "still-full").await;
    assert_eq!(still.status(), StatusCode::SERVICE_UNAVAILABLE);

    server.make_room();
    let again = register(&server, &token, &format!("user-{acknowledged}")).await;
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!(count(&server, &token).await, acknowledged + 1);
    drop(server);
    assert_log_sound(&database).await;
}
