//! Nothing that must stay secret can be found where it must not be.

use std::{collections::BTreeMap, path::Path};

use muniment_store::{
    log::RecordedEvent,
    sql::{Database, query},
};
use muniment_tests::{
    Backend, Follow, LogSetup, TestDatabase, TestLog, TestServer, each_backend,
    server::{CLIENT_SECRET, stdout},
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

    let mut places = files(database.folder());
    places.insert("the server's log".into(), server.log().into_bytes());
    if database.backend() == Backend::Postgres {
        places.insert("the tables".into(), dump(&database.open().await).await);
    }
    assert!(places.values().any(|bytes| holds(bytes, "operator-made")));
    for (place, bytes) in &places {
        for secret in &secrets {
            assert!(!holds(bytes, secret), "{place} holds {secret}");
        }
    }
    let log = &places["the server's log"];
    assert!(!holds(log, USERNAME) && !holds(log, EMAIL));
}

async fn event_payloads_hold_no_username_or_email_in_clear(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    use_everything(&server).await;
    drop(server);
    let log = TestLog::open_with(&database, LogSetup::following(Follow::Nothing)).await;
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

/// Every file of the server but the configuration, which an operator keeps private.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.ends_with("config.yaml"))
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect()
}

/// Every row of every table, as text.
async fn dump(database: &Database) -> Vec<u8> {
    let tables = database
        .fetch_all(query(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
        ))
        .await
        .unwrap();
    let mut dump = String::new();
    for table in tables {
        let table: String = table.get(0).unwrap();
        let rows = database
            .fetch_all(query(format!("SELECT CAST(t AS text) FROM {table} t")))
            .await
            .unwrap();
        for row in rows {
            dump.push_str(&row.get::<String, _>(0).unwrap());
        }
    }
    dump.into_bytes()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
