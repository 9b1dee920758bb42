//! `GET /metrics`: what an operator watches.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use muniment_tests::{TestDatabase, TestServer, each_backend};

each_backend!(the_log_the_read_models_and_the_requests_are_counted);

/// The value of the sample with this name and labels.
fn sample<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

async fn the_log_the_read_models_and_the_requests_are_counted(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    let refused = server
        .post("/api/admin/v1/users")
        .bearer_auth(&token)
        .json(&serde_json::json!({ "username": "alice" }))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 409);

    let response = server.get("/metrics").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let content_type = response.headers()["content-type"].to_str().unwrap();
    assert!(content_type.starts_with("application/openmetrics-text"));
    let text = response.text().await.unwrap();
    for (name, value) in [
        // The token's session and the user.
        ("muniment_log_head", "2"),
        ("muniment_log_appends_total{outcome=\"Committed\"}", "2"),
        ("muniment_log_append_duration_seconds_count", "2"),
        ("muniment_projection_lag_events{projection=\"users\"}", "0"),
        (
            "muniment_http_requests_total{method=\"POST\",status=\"409\"}",
            "1",
        ),
    ] {
        assert_eq!(sample(&text, name), Some(value), "{name} in {text}");
    }
    assert!(!text.contains("alice"));
}
