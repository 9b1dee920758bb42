//! The command, beside a running server.

use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase, TestServer, each_backend,
    server::{stderr, stdout},
};
use serde_json::{Value, json};

each_backend!(
    a_sound_log_is_told_in_one_line,
    damage_is_told_line_by_line_and_by_the_exit_status
);

const DAMAGED: i32 = 7;

async fn a_server_with_history(database: &TestDatabase) -> TestServer {
    let server = TestServer::start(database).await;
    let token = server.admin_token().await;
    for name in ["alice", "bob"] {
        server.register(&token, name).await;
    }
    server
}

async fn a_sound_log_is_told_in_one_line(database: TestDatabase) {
    let server = a_server_with_history(&database).await;
    let output = server.command(&["log", "check"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let told = stdout(&output);
    // The server seals when it comes to it.
    let (told, checkpoints) = told.trim_end().rsplit_once(", ").unwrap();
    assert_eq!(
        told,
        "All is well: 3 events in 3 streams up to position 3, 2 claims, 0 passwords, 1 tokens, 3 rows \
         of read models"
    );
    assert!(checkpoints.ends_with(" checkpoints"), "{checkpoints}");
    assert_eq!(stderr(&output), "");

    let output = server.command(&["log", "check", "--json"]);
    assert!(output.status.success());
    let mut report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(report["checkpoints"].take().is_u64());
    assert_eq!(
        report,
        json!({
            "sound": true, "head": 3, "events": 3, "streams": 3, "claims": 2, "passwords": 0,
            "tokens": 1, "rows": 3, "checkpoints": null, "findings": [], "untold": {},
        })
    );
}

async fn damage_is_told_line_by_line_and_by_the_exit_status(database: TestDatabase) {
    let server = a_server_with_history(&database).await;
    let open = database.open().await;
    let mut transaction = open.begin().await.unwrap();
    for statement in [
        "UPDATE events SET actor = 'system' WHERE position = 2",
        "UPDATE users SET username = 'mallory' WHERE username = 'bob'",
    ] {
        transaction.execute(query(statement)).await.unwrap();
    }
    transaction.commit().await.unwrap();

    let output = server.command(&["log", "check"]);
    assert_eq!(output.status.code(), Some(DAMAGED));
    let lines = stdout(&output);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        lines[0],
        "events: position 2: actor differs from the metadata"
    );
    assert!(lines[1].starts_with("users: id 01"), "{lines:?}");
    assert!(lines[1].ends_with(": username differs from what the events say"));
    assert_eq!(
        stderr(&output),
        "error: 2 things are not as they should be\n"
    );

    let output = server.command(&["log", "check", "--json"]);
    assert_eq!(output.status.code(), Some(DAMAGED));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["sound"], false);
    assert_eq!(
        report["findings"][0],
        json!({
            "table": "events", "place": "position 2", "column": "actor",
            "problem": "actor differs from the metadata",
        })
    );
    let error: Value = serde_json::from_str(&stderr(&output)).unwrap();
    assert_eq!(error["error"], "damaged");
}
