//! Nothing that must stay secret can be found where it must not be.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use muniment_store::log::RecordedEvent;
use muniment_tests::{
    Follow, LogSetup, TestDatabase, TestLog, TestServer, each_backend,
    server::{CLIENT_SECRET, master, stdout},
    traces::{assert_absent, holds, places},
};
use serde_json::json;

each_backend!(
    no_password_token_or_client_secret_is_stored_or_logged_in_clear,
    event_payloads_hold_no_username_or_email_in_clear
);

const PASSWORD: &str = "correct horse battery staple";
const USERNAME: &str = "margarethe";
const EMAIL: &str = "margarethe.hilbert@example.com";

/// Lets a server do everything that touches secrets; the tokens that it issued.
async fn use_everything(server: &TestServer) -> Vec<String> {
    let token = server.admin_token().await;
    let id = server.register(&token, USERNAME).await;
    let password = server
        .post(&format!("/api/admin/v1/users/{id}/set-password"))
        .bearer_auth(&token)
        .json(&json!({ "password": PASSWORD }))
        .send()
        .await
        .unwrap();
    assert_eq!(password.status(), 204);
    let email = server
        .post("/api/admin/v1/user-emails")
        .bearer_auth(&token)
        .json(&json!({ "user_id": id, "email": EMAIL }))
        .send()
        .await
        .unwrap();
    assert_eq!(email.status(), 201);
    let refused = server
        .get("/api/admin/v1/users")
        .bearer_auth("mat_000000000000000000000000000000_000000")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let by_name = server
        .get(&format!("/api/admin/v1/users/by-username/{USERNAME}"))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(by_name.status(), 200);
    let issued = server.command(&["users", "register", "operator-made", "--admin", "--token"]);
    assert!(issued.status.success());
    vec![token, stdout(&issued).trim().to_owned()]
}

async fn no_password_token_or_client_secret_is_stored_or_logged_in_clear(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let mut secrets = use_everything(&server).await;
    assert!(secrets.iter().all(|token| token.starts_with("mat_")));
    secrets.extend([PASSWORD.to_owned(), CLIENT_SECRET.to_owned()]);

    let places = places(&database, &server).await;
    assert!(places.values().any(|bytes| holds(bytes, b"operator-made")));
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    assert_absent(&places, &secrets);
    let log = &places["the server's log"];
    assert!(!holds(log, USERNAME.as_bytes()) && !holds(log, EMAIL.as_bytes()));
}

async fn event_payloads_hold_no_username_or_email_in_clear(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    use_everything(&server).await;
    drop(server);
    let setup = LogSetup {
        master: master(),
        ..LogSetup::following(Follow::Nothing)
    };
    let log = TestLog::open_with(&database, setup).await;
    let events = log.events().await;
    assert!(
        events
            .iter()
            .any(|event| event.event_type == "user.email_added")
    );
    for RecordedEvent {
        payload, metadata, ..
    } in &events
    {
        for stored in [payload, metadata] {
            for personal in [USERNAME, EMAIL, "margarethe", "hilbert"] {
                assert!(!stored.contains(personal), "{stored}");
            }
        }
    }
}
