use muniment_tests::{TestDatabase, each_backend};
use reqwest::header::ORIGIN;
use serde_json::json;

use crate::{UNLIMITED, signed_in, start, user};

each_backend!(
    a_cookie_is_its_owner_and_no_administrator,
    requests_for_other_sites_are_anonymous,
    ending_the_own_session_signs_out,
);

const VIEWER: &str = "{ viewer { __typename ... on User { username } } viewerSession { __typename \
    ... on BrowserSession { state user { username } lastAuthentication { id } } } }";

async fn a_cookie_is_its_owner_and_no_administrator(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    let id = user(&server, "john", None).await;
    let other = user(&server, "jane", None).await;
    let token = server.admin_token().await;
    let promote = server.post(&format!("/api/admin/v1/users/{id}/set-admin"));
    let promoted = promote.bearer_auth(&token).json(&json!({"admin": true}));
    assert_eq!(promoted.send().await.unwrap().status(), 200);
    let mut browser = signed_in(&server, "john").await;
    let answer = browser.graphql(VIEWER, json!({})).await;
    assert_eq!(answer["data"]["viewer"]["username"], "john");
    let session = &answer["data"]["viewerSession"];
    assert_eq!(session["__typename"], "BrowserSession");
    assert_eq!(session["state"], "ACTIVE");
    assert_eq!(session["user"]["username"], "john");
    assert!(session["lastAuthentication"]["id"].is_string());
    let find = "query($id: ID!) { user(id: $id) { username } }";
    let found = browser
        .graphql(find, json!({"id": format!("user:{other}")}))
        .await;
    assert!(found["data"]["user"].is_null(), "{found}");
}

async fn requests_for_other_sites_are_anonymous(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut browser = signed_in(&server, "john").await;
    for (name, value, username) in [
        (ORIGIN.as_str(), "http://127.0.0.1", true),
        (ORIGIN.as_str(), "https://evil.example", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "cross-site", false),
    ] {
        let request = server.post("/graphql").header(name, value);
        let answer = browser.send(request.json(&json!({"query": VIEWER}))).await;
        assert_eq!(answer.text.contains("john"), username, "{name}: {value}");
    }
}

async fn ending_the_own_session_signs_out(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut browser = signed_in(&server, "john").await;
    let id = "{ viewerSession { ... on BrowserSession { id } } }";
    let id = browser.graphql(id, json!({})).await["data"]["viewerSession"]["id"].clone();
    let end = "mutation($id: ID!) { endBrowserSession(input: {browserSessionId: $id}) { status \
        browserSession { state } } }";
    let ended = browser.graphql(end, json!({"id": id})).await;
    assert_eq!(
        ended["data"]["endBrowserSession"]["status"], "ENDED",
        "{ended}"
    );
    assert_eq!(
        ended["data"]["endBrowserSession"]["browserSession"]["state"],
        "FINISHED"
    );
    let after = browser.graphql(VIEWER, json!({})).await;
    assert_eq!(after["data"]["viewer"]["__typename"], "Anonymous");
    // The cookie says so, too: no page tells of a session that was ended.
    assert_eq!(browser.get("/login").await.status, 200);
    let strangers = signed_in(&server, "john")
        .await
        .graphql(end, json!({"id": id}))
        .await;
    assert_eq!(strangers["data"]["endBrowserSession"]["status"], "ENDED");
}
