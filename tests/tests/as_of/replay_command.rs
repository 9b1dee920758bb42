//! `muniment audit replay`.

use std::net::TcpListener;

use muniment_store::sql::query;
use muniment_tests::{
    LogSetup, TestDatabase, TestLog, each_backend,
    mailbox::Mailbox,
    rich_history_under,
    server::{configuration, master, program, stderr, stdout},
};
use serde_json::{Value, json};

use crate::support::Past;

each_backend!(
    sound_read_models_are_compared_table_by_table,
    what_differs_is_printed_by_row_with_both_values,
    a_replay_to_an_earlier_position_compares_nothing,
    a_replay_sends_nothing_and_calls_nobody
);

const DAMAGED: i32 = 7;

async fn sound_read_models_are_compared_table_by_table(database: TestDatabase) {
    let past = Past::of(&database).await;
    let output = past.server.command(&["audit", "replay"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let first = text.lines().next().unwrap();
    let began = format!(
        "Replayed the events up to position {} in ",
        past.admin_granted
    );
    assert!(first.starts_with(&began), "{first}");
    let users = text.lines().find(|line| line.trim().starts_with("users "));
    let users: Vec<&str> = users.unwrap().split_whitespace().collect();
    assert_eq!(users, ["users", "1", "0"]);

    let output = past.server.command(&["audit", "replay", "--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["sound"], true);
    assert_eq!(report["compared"], true);
    assert_eq!(report["position"], past.admin_granted);
    assert_eq!(report["differences"], json!([]));
    assert!(report["events_per_second"].is_u64());
}

async fn what_differs_is_printed_by_row_with_both_values(database: TestDatabase) {
    let past = Past::of(&database).await;
    let open = database.open().await;
    let mut transaction = open.begin().await.unwrap();
    for statement in [
        "UPDATE users SET username = 'mallory', locked_at = created_at WHERE username = 'alice'",
        "DELETE FROM oauth2_sessions",
    ] {
        transaction.execute(query(statement)).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let alice = &past.alice;

    let output = past.server.command(&["audit", "replay"]);
    assert_eq!(output.status.code(), Some(DAMAGED));
    assert_eq!(stderr(&output), "error: 3 things differ\n");
    let text = stdout(&output);
    let names = format!("users: id {alice}: username: expected \"alice\", found \"mallory\"");
    assert!(text.contains(&names), "{text}");
    let locked = format!("users: id {alice}: locked_at: expected nothing, found \"");
    assert!(text.contains(&locked), "{text}");
    let missing = text.lines().last().unwrap();
    assert!(missing.starts_with("oauth2_sessions: id 01"), "{missing}");
    assert!(missing.ends_with(": the row is missing"), "{missing}");

    let output = past
        .server
        .command(&["audit", "replay", "--json", "--limit", "1"]);
    assert_eq!(output.status.code(), Some(DAMAGED));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["sound"], false);
    let [first, second] = &report["differences"].as_array().unwrap()[..] else {
        panic!("{report}");
    };
    assert_eq!(
        (&first["table"], &second["table"]),
        (&json!("users"), &json!("oauth2_sessions"))
    );
    assert_eq!(first["row"], format!("id {alice}"));
    assert_eq!(report["untold"], json!({"users": 1}));
}

async fn a_replay_to_an_earlier_position_compares_nothing(database: TestDatabase) {
    let past = Past::of(&database).await;
    let position = past.locked.to_string();
    let output = past
        .server
        .command(&["audit", "replay", "--to", &position, "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["position"], past.locked);
    assert_eq!(report["compared"], false);
    assert_eq!(report["tables"], json!([]));

    let output = past.server.command(&["audit", "replay", "--to", "1000"]);
    assert_eq!(output.status.code(), Some(4));
    let head = past.admin_granted;
    assert_eq!(
        stderr(&output),
        format!("error: there is no position 1000, the log ends at {head}\n")
    );
}

/// Rows of the outbox: what is to be sent, and how often that was tried.
async fn outbox(database: &TestDatabase) -> Vec<(Vec<u8>, i64)> {
    let rows = query("SELECT id, attempts FROM outbox ORDER BY id");
    let open = database.open().await;
    let rows = open.fetch_all(rows).await.unwrap();
    rows.iter()
        .map(|row| {
            let id: uuid::Uuid = row.get("id").unwrap();
            (id.as_bytes().to_vec(), row.get("attempts").unwrap())
        })
        .collect()
}

async fn a_replay_sends_nothing_and_calls_nobody(database: TestDatabase) {
    let log = TestLog::open_with(
        &database,
        LogSetup {
            master: master(),
            ..LogSetup::default()
        },
    )
    .await;
    rich_history_under(&log, &database, &master()).await;
    log.close().await;
    let before = outbox(&database).await;
    assert!(!before.is_empty());

    let homeserver = TcpListener::bind("127.0.0.1:0").unwrap();
    homeserver.set_nonblocking(true).unwrap();
    let address = homeserver.local_addr().unwrap();
    let mailbox = Mailbox::of(&database);
    let told = format!("kind: synapse\n  secret: abcdef\n  endpoint: http://{address}/");
    let yaml = configuration(database.uri(), &mailbox.section()).replace("kind: none", &told);
    let config = database.folder().join("config.yaml");
    std::fs::write(&config, yaml).unwrap();
    let output = program(database.folder())
        .args(["audit", "replay", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));

    assert_eq!(outbox(&database).await, before);
    assert!(mailbox.mails(0).await.is_empty());
    let called = homeserver
        .accept()
        .map(|_| ())
        .map_err(|error| error.kind());
    assert_eq!(called, Err(std::io::ErrorKind::WouldBlock));
}
