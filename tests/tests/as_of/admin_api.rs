//! `?as-of=` on reads of the Admin API.

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::support::{Past, json_of, text_of};

each_backend!(
    a_user_is_read_as_of_a_position,
    an_address_that_is_gone_is_read_as_of_then,
    sessions_are_read_as_of_then,
    lists_of_a_user_are_read_as_of_then,
    what_is_no_moment_is_refused
);

async fn a_user_is_read_as_of_a_position(database: TestDatabase) {
    let past = Past::of(&database).await;
    let user = |position: u64| past_user(&past, position);
    let (status, then) = user(past.locked).await;
    assert_eq!(status, 200);
    assert!(
        then["data"]["attributes"]["locked_at"].is_string(),
        "{then}"
    );
    assert_eq!(then["data"]["attributes"]["admin"], false);
    let (_, before) = user(past.registered).await;
    assert_eq!(before["data"]["attributes"]["locked_at"], Value::Null);
    assert_eq!(user(past.registered - 1).await.0, 404);
    let (_, now) = past.get(&format!("users/{}", past.alice)).await;
    assert_eq!(user(past.admin_granted).await.1["data"], now["data"]);
}

async fn past_user(past: &Past, position: u64) -> (u16, Value) {
    past.get(&format!("users/{}?as-of={position}", past.alice))
        .await
}

async fn an_address_that_is_gone_is_read_as_of_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let email = |at: String| past_email(&past, at);
    assert_eq!(email(String::new()).await.0, 404);
    let (status, then) = email(format!("?as-of={}", past.locked)).await;
    assert_eq!(status, 200);
    assert_eq!(then["data"]["attributes"]["email"], "alice@example.com");
    assert_eq!(email(format!("?as-of={}", past.registered)).await.0, 404);
    assert_eq!(email(format!("?as-of={}", past.email_removed)).await.0, 404);
}

async fn past_email(past: &Past, at: String) -> (u16, Value) {
    past.get(&format!("user-emails/{}{at}", past.email)).await
}

async fn sessions_are_read_as_of_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let issued = text_of(
        &past.server,
        &["users", "issue-compatibility-token", "alice", "PHONE"],
    );
    assert!(issued.contains("mct_"), "{issued}");
    let head = json_of(&past.server, &["audit", "replay"])["head"].clone();
    text_of(&past.server, &["users", "kill-sessions", "alice"]);
    let (_, list) = past
        .get(&format!("compat-sessions?filter[user]={}", past.alice))
        .await;
    let session = &list["data"][0];
    assert!(session["attributes"]["finished_at"].is_string(), "{list}");
    let id = session["id"].as_str().unwrap();
    let (status, then) = past
        .get(&format!("compat-sessions/{id}?as-of={head}"))
        .await;
    assert_eq!(status, 200);
    assert_eq!(then["data"]["attributes"]["finished_at"], Value::Null);
    assert_eq!(then["data"]["attributes"]["device_id"], "PHONE");
    assert_eq!(then["data"]["attributes"]["last_active_at"], Value::Null);
    let began = past.admin_granted;
    let (status, _) = past
        .get(&format!("compat-sessions/{id}?as-of={began}"))
        .await;
    assert_eq!(status, 404);
    for kind in ["user-sessions", "oauth2-sessions", "personal-sessions"] {
        let (status, _) = past.get(&format!("{kind}/{id}?as-of={head}")).await;
        assert_eq!(status, 404, "{kind}");
    }
    let (_, list) = past
        .get(&format!(
            "compat-sessions?filter[user]={}&filter[status]=active&as-of={head}",
            past.alice
        ))
        .await;
    assert_eq!(list["meta"]["count"], 1, "{list}");
}

async fn lists_of_a_user_are_read_as_of_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let alice = &past.alice;
    let (locked, registered) = (past.locked, past.registered);
    let (status, then) = past
        .get(&format!("user-emails?filter[user]={alice}&as-of={locked}"))
        .await;
    assert_eq!(status, 200);
    assert_eq!(then["meta"]["count"], 1);
    assert_eq!(then["data"][0]["attributes"]["email"], "alice@example.com");
    assert_eq!(
        then["links"]["self"],
        format!("/api/admin/v1/user-emails?filter[user]={alice}&as-of={locked}&page[first]=10")
    );
    let (_, before) = past
        .get(&format!(
            "user-emails?filter[user]={alice}&as-of={registered}"
        ))
        .await;
    assert_eq!(before["data"], json!([]));
    for kind in ["user-sessions", "oauth2-sessions", "compat-sessions"] {
        let (status, list) = past
            .get(&format!("{kind}?filter[user]={alice}&as-of={locked}"))
            .await;
        assert_eq!((status, &list["data"]), (200, &json!([])), "{kind}");
        let (status, _) = past.get(&format!("{kind}?as-of={locked}")).await;
        assert_eq!(status, 400, "{kind}");
    }
    let (status, _) = past
        .get(&format!("user-emails?filter[user]={alice}&as-of=0"))
        .await;
    assert_eq!(status, 404);
}

async fn what_is_no_moment_is_refused(database: TestDatabase) {
    let past = Past::of(&database).await;
    for (moment, cause) in [
        ("yesterday", "as-of: not a moment"),
        ("1000", "as-of: there is no position 1000"),
    ] {
        let (status, body) = past
            .get(&format!("users/{}?as-of={moment}", past.alice))
            .await;
        assert_eq!(status, 400);
        assert_eq!(body["errors"][0]["title"], "Invalid query parameters");
        let last = body["errors"][3]["title"].as_str().unwrap();
        assert!(last.starts_with(cause), "{last}");
    }
    // An empty one counts as absent, as everywhere.
    let (status, _) = past.get(&format!("users/{}?as-of=", past.alice)).await;
    assert_eq!(status, 200);
}
