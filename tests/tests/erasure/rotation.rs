//! `muniment keys rotate`: another `secrets.encryption`, the same events.

use muniment_store::log::RecordedEvent;
use muniment_tests::{
    TestDatabase, TestServer, each_backend,
    server::{ENCRYPTION, configuration, master_of, stderr},
};
use serde_json::{Value, json};

use crate::{
    events_of, events_under,
    support::{EMAIL, FORMER_EMAIL, USERNAME, history, live, text, told},
};

each_backend!(
    after_a_rotation_the_old_secret_is_not_needed,
    a_rotation_may_be_repeated,
    a_secret_that_wraps_no_key_is_refused_at_start
);

const ANOTHER: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff00112233445566778899aabbccddeeff";

/// The configuration of the test servers under another secret, with the old one if so wanted.
fn configure(database: &TestDatabase, previous: bool) {
    let mut yaml = configuration(database.uri(), "").replace(ENCRYPTION, ANOTHER);
    if previous {
        let file = database.folder().join("old.key");
        std::fs::write(&file, format!("{ENCRYPTION}\n")).unwrap();
        yaml = yaml.replace(
            "secrets:\n",
            &format!(
                "secrets:\n  previous_encryption: [{{key_file: '{}'}}]\n",
                file.display()
            ),
        );
    }
    std::fs::write(database.folder().join("config.yaml"), yaml).unwrap();
}

fn rotate(server: &TestServer) -> u64 {
    let answer: Value =
        serde_json::from_str(&text(&server.command(&["keys", "rotate", "--json"]))).unwrap();
    answer["keys"].as_u64().unwrap()
}

fn bytes(events: &[RecordedEvent]) -> Vec<(&str, [u8; 32])> {
    events
        .iter()
        .map(|event| (event.payload.as_str(), event.leaf_hash))
        .collect()
}

async fn after_a_rotation_the_old_secret_is_not_needed(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    live(&server, &admin).await;
    let before = events_of(&database).await;

    configure(&database, true);
    let server = server.restart().await;
    server.register(&admin, "between").await;
    // Those for claims, for secrets in rows and for the outbox, one of the person and two of addresses;
    // `between` has the new secret already.
    assert_eq!(rotate(&server), 6);
    configure(&database, false);
    let server = server.restart().await;

    let told_now = history(&server, USERNAME);
    assert_eq!(told(&told_now, "username"), [USERNAME]);
    assert_eq!(told(&told_now, "email"), [FORMER_EMAIL, EMAIL]);
    let again = server
        .post("/api/admin/v1/users")
        .bearer_auth(&admin)
        .json(&json!({ "username": USERNAME }))
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 409, "claims are known under the new secret");
    let after = events_under(&database, master_of(ANOTHER)).await;
    assert_eq!(bytes(&after[..before.len()]), bytes(&before));
}

async fn a_rotation_may_be_repeated(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    live(&server, &admin).await;
    assert_eq!(rotate(&server), 0);
    configure(&database, true);
    assert_eq!(rotate(&server), 6);
    assert_eq!(rotate(&server), 0);
}

async fn a_secret_that_wraps_no_key_is_refused_at_start(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    live(&server, &admin).await;
    configure(&database, false);
    let refused = server.command(&["users", "list"]);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("secrets.previous_encryption"));
}
