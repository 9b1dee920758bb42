//! Ending all sessions of a user, or all but one.

use muniment_tests::{
    TestDatabase, beside::beside, each_backend, server::CLIENT_ID, sign_in_everywhere,
};
use serde_json::{Value, json};

use crate::{Admin, Answer, NIL, UNKNOWN};

each_backend!(
    all_sessions_of_a_user_end_at_once_with_an_event_each,
    one_session_may_be_kept,
    a_session_to_keep_has_to_be_the_users_own_and_to_go_on,
    personal_sessions_end_only_when_they_are_meant,
);

/// The active sessions of a user: of browsers, of clients, of the legacy login.
async fn active(admin: &Admin, user: &str) -> [usize; 3] {
    let mut counts = [0; 3];
    let lists = ["/user-sessions", "/oauth2-sessions", "/compat-sessions"];
    for (count, list) in counts.iter_mut().zip(lists) {
        let listed = format!("{list}?filter[user]={user}&filter[status]=active");
        *count = admin.ids(&listed).await.len();
    }
    counts
}

fn ended(answer: &Answer) -> [u64; 4] {
    assert_eq!(answer.status, 200, "{answer:?}");
    let counts = answer.json();
    [
        "user_sessions",
        "oauth2_sessions",
        "compat_sessions",
        "personal_sessions",
    ]
    .map(|kind| counts[kind].as_u64().unwrap())
}

async fn all_sessions_of_a_user_end_at_once_with_an_event_each(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    sign_in_everywhere(&log, alice).await;
    let other = muniment_tests::client(4);
    log.start_session(other, Some(bob)).await.unwrap();
    let path = format!("/users/{alice}/kill-sessions");
    let killed = admin.act(&path).await;
    assert_eq!(ended(&killed), [1, 1, 1, 0]);
    assert_eq!(active(&admin, &alice.to_string()).await, [0, 0, 0]);
    assert_eq!(active(&admin, &bob.to_string()).await, [0, 1, 0]);

    let events = log.events().await;
    let ends: Vec<_> = events.iter().rev().take(3).collect();
    for event in &ends {
        assert!(
            event.event_type.ends_with("session.finished"),
            "{}",
            event.event_type
        );
        let metadata: Value = serde_json::from_str(&event.metadata).unwrap();
        assert_eq!(metadata["actor"], format!("client:{CLIENT_ID}"));
        let request = killed.header("x-request-id").unwrap();
        assert_eq!(metadata["correlation_id"], request);
    }

    // Again there is nothing to do, also with the body that some clients send.
    for body in [json!({}), json!({ "except": null, "unknown": 1 })] {
        assert_eq!(ended(&admin.post(&path, body).await), [0, 0, 0, 0]);
    }
    assert_eq!(log.events().await.len(), events.len());
    let unknown = admin.act(&format!("/users/{UNKNOWN}/kill-sessions")).await;
    unknown.refused(404, &[&format!("User ID {UNKNOWN} not found")]);
}

async fn one_session_may_be_kept(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    let path = format!("/users/{alice}/kill-sessions");
    let sessions = sign_in_everywhere(&log, alice).await;
    let except =
        json!({ "except": { "type": "oauth2-session", "id": sessions.oauth2.to_string() } });
    assert_eq!(ended(&admin.post(&path, except).await), [1, 0, 1, 0]);
    assert_eq!(active(&admin, &alice.to_string()).await, [0, 1, 0]);
}

async fn a_session_to_keep_has_to_be_the_users_own_and_to_go_on(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let alices = sign_in_everywhere(&log, alice).await;
    let other = muniment_tests::client(4);
    let bobs = log.start_session(other, Some(bob)).await.unwrap();
    let path = format!("/users/{alice}/kill-sessions");
    for (kind, id) in [
        ("user-session", NIL.to_owned()),
        ("oauth2-session", bobs.to_string()),
        // Of another kind than it says.
        ("compat-session", alices.browser.to_string()),
        // It acts as alice, but a client owns it.
        ("personal-session", alices.personal.to_string()),
    ] {
        let except = json!({ "except": { "type": kind, "id": id } });
        let title = format!("Active session ID {id} of the user not found");
        admin.post(&path, except).await.refused(404, &[&title]);
    }
    for malformed in [
        json!({ "except": { "type": "session", "id": NIL } }),
        json!({ "except": { "type": "user-session", "id": "junk" } }),
        json!({ "except": NIL }),
        json!([]),
    ] {
        let refused = admin.post(&path, malformed).await;
        assert_eq!(refused.status, 422, "{refused:?}");
    }
    assert_eq!(active(&admin, &alice.to_string()).await, [1, 1, 1]);
}

async fn personal_sessions_end_only_when_they_are_meant(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    // With the user's own token the personal session is the user's.
    let (alice, token) = admin.user_with_token("alice", &["--admin"]);
    let body = json!({ "actor_user_id": alice, "human_name": "robot", "scope": "openid" });
    let create = admin
        .request(reqwest::Method::POST, "/personal-sessions")
        .json(&body);
    let created = crate::answer(create.bearer_auth(&token)).await;
    assert_eq!(created.status, 201, "{created:?}");
    let path = format!("/users/{alice}/kill-sessions");
    assert_eq!(ended(&admin.act(&path).await), [0, 1, 0, 0]);
    let open = "/personal-sessions?filter[status]=active";
    assert_eq!(admin.ids(open).await.len(), 1);
    let all = admin
        .post(&path, json!({ "personal_sessions": true }))
        .await;
    assert_eq!(ended(&all), [0, 0, 0, 1]);
    assert_eq!(admin.ids(open).await.len(), 0);
}
