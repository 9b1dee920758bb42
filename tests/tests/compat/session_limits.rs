use muniment_tests::{TestDatabase, TestServer, browser::Browser, each_backend};
use serde_json::json;

use crate::{
    LOGIN, PASSWORD, credentials, introspect, is_active, post, refused, sign_in, start_with, text,
    user,
};

each_backend!(
    the_page_has_the_soft_limit_and_passwords_the_hard_one,
    whoever_has_too_many_is_left_alone,
    the_session_that_was_not_used_for_longest_makes_room,
    a_banned_client_does_not_sign_in,
);

async fn token(server: &TestServer, device: &str) -> String {
    let body = sign_in(server, "alice", &json!({ "device_id": device })).await;
    text(&body, "access_token")
}

/// The status of the page on which a sign-in is confirmed.
async fn page(server: &TestServer) -> u16 {
    let mut browser = Browser::new(server);
    browser.sign_in("/login", "alice", PASSWORD).await;
    let path = "/_matrix/client/v3/login/sso/redirect?redirectUrl=https://example.com/";
    let redirect = browser.get(path).await;
    let page = redirect
        .location()
        .strip_prefix("http://127.0.0.1")
        .unwrap();
    let shown = browser.get(page).await;
    let posted = match shown.hidden("csrf") {
        Some(csrf) => browser.post(page, &[("csrf", &csrf)]).await.status,
        None => shown.status,
    };
    assert_eq!(posted == 403, shown.status == 403, "both or none");
    shown.status
}

async fn the_page_has_the_soft_limit_and_passwords_the_hard_one(database: TestDatabase) {
    let limits = "experimental: {session_limit: {soft_limit: 1, hard_limit: 2}}\n";
    let server = start_with(&database, limits).await;
    user(&server, "alice").await;
    assert_eq!(page(&server).await, 200);
    token(&server, "ONE").await;
    assert_eq!(page(&server).await, 403);
    token(&server, "TWO").await;
    let third = post(&server, LOGIN, &credentials("alice", &json!({}))).await;
    refused(&third, 403, "M_FORBIDDEN");
    // The same device again is not one more.
    token(&server, "TWO").await;
}

async fn whoever_has_too_many_is_left_alone(database: TestDatabase) {
    let limits = "experimental: {session_limit: {soft_limit: 1, hard_limit: 1, \
        max_session_threshold: 1}}\n";
    let server = start_with(&database, limits).await;
    user(&server, "alice").await;
    token(&server, "ONE").await;
    let second = post(&server, LOGIN, &credentials("alice", &json!({}))).await;
    refused(&second, 403, "M_FORBIDDEN");
    let out = server.command(&["users", "issue-compatibility-token", "alice", "TWO"]);
    assert!(out.status.success());
    token(&server, "THREE").await;
    assert_eq!(page(&server).await, 200);
}

async fn the_session_that_was_not_used_for_longest_makes_room(database: TestDatabase) {
    let limits = "experimental: {session_limit: {soft_limit: 1, hard_limit: 2, \
        dangerous_hard_limit_eviction: true}}\n";
    let server = start_with(&database, limits).await;
    user(&server, "alice").await;
    let one = token(&server, "ONE").await;
    let two = token(&server, "TWO").await;
    assert_eq!(introspect(&server, &one).await["active"], true);
    let three = token(&server, "THREE").await;
    assert!(is_active(&server, &one).await);
    assert!(!is_active(&server, &two).await);
    assert!(is_active(&server, &three).await);
    // People on a page choose by themselves.
    assert_eq!(page(&server).await, 403);
}

async fn a_banned_client_does_not_sign_in(database: TestDatabase) {
    let server = start_with(&database, "").await;
    user(&server, "alice").await;
    drop(server);
    let yaml = muniment_tests::server::configuration(database.uri(), "").replacen(
        "    admin_clients:",
        "    requester: {banned_user_agents: {prefixes: [Bad]}}\n    admin_clients:",
        1,
    );
    let yaml = yaml.replacen("        - name: oauth\n", "        - name: compat\n", 1);
    let server = TestServer::start_configured(&database, &yaml).await;
    let attempt = |agent: &'static str| {
        let request = server.post(LOGIN).header("user-agent", agent);
        request.json(&credentials("alice", &json!({})))
    };
    let bad = muniment_tests::browser::Answer::to(attempt("BadBot/1")).await;
    refused(&bad, 403, "M_FORBIDDEN");
    let good = muniment_tests::browser::Answer::to(attempt("GoodBot/1")).await;
    assert_eq!(good.status, 200);
}
