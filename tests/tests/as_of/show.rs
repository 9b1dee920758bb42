//! `muniment audit show`.

use muniment_store::sql::query;
use muniment_tests::{TestDatabase, each_backend, server::stderr};
use serde_json::{Value, json};

use crate::support::{Past, json_of, text_of};

each_backend!(
    an_account_is_shown_as_it_stood_at_a_position,
    a_time_is_a_moment_too,
    who_could_act_as_somebody_is_told_as_of_then,
    what_was_erased_is_shown_as_erased,
    moments_that_are_none_are_refused
);

fn at(past: &Past, position: u64) -> Value {
    let position = position.to_string();
    json_of(&past.server, &["audit", "show", "alice", "--at", &position])
}

async fn an_account_is_shown_as_it_stood_at_a_position(database: TestDatabase) {
    let past = Past::of(&database).await;
    let then = at(&past, past.locked);
    assert_eq!(then["as_of"]["position"], past.locked);
    assert_eq!(then["username"], "alice");
    assert_eq!(then["state"], "locked");
    assert_eq!(then["admin"], false);
    assert_eq!(then["emails"][0]["email"], "alice@example.com");
    assert_eq!(then["emails"][0]["id"], past.email);

    let before = at(&past, past.registered);
    assert_eq!(before["state"], "active");
    assert_eq!(before["emails"], json!([]));

    let now = json_of(&past.server, &["audit", "show", "alice"]);
    assert_eq!(now["state"], "active");
    assert_eq!(now["admin"], true);
    assert_eq!(now["emails"], json!([]));
    assert_eq!(at(&past, past.admin_granted)["admin"], true);

    let text = text_of(
        &past.server,
        &[
            "audit",
            "show",
            &past.alice,
            "--at",
            &past.locked.to_string(),
        ],
    );
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with(&format!("alice as of position {} (", past.locked)),
        "{text}"
    );
    assert!(
        text.contains("alice@example.com") && text.contains("locked"),
        "{text}"
    );

    let before = (past.registered - 1).to_string();
    let output = past
        .server
        .command(&["audit", "show", "alice", "--at", &before]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("there was no account"));
}

async fn a_time_is_a_moment_too(database: TestDatabase) {
    let past = Past::of(&database).await;
    let open = database.open().await;
    let a_day = 86_400_000_000_i64;
    let mut transaction = open.begin().await.unwrap();
    let later = query("UPDATE events SET recorded_at = recorded_at + $1 WHERE position >= $2");
    let later = later.bind(a_day).bind(i64::try_from(past.locked).unwrap());
    transaction.execute(later).await.unwrap();
    transaction.commit().await.unwrap();
    let now = at(&past, past.email_added)["as_of"]["time"].clone();
    let now: chrono::DateTime<chrono::FixedOffset> = now.as_str().unwrap().parse().unwrap();
    let an_hour_on = (now + chrono::Duration::hours(1)).to_rfc3339();
    let then = json_of(
        &past.server,
        &["audit", "show", "alice", "--at", &an_hour_on],
    );
    assert_eq!(then["as_of"]["position"], past.email_added);
    assert_eq!(then["state"], "active");
    let tomorrow = (now + chrono::Duration::days(2)).date_naive().to_string();
    let then = json_of(&past.server, &["audit", "show", "alice", "--at", &tomorrow]);
    // Since then it was recorded twice that she was shown.
    assert_eq!(then["as_of"]["position"], past.admin_granted + 2);
}

async fn who_could_act_as_somebody_is_told_as_of_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let issued = text_of(
        &past.server,
        &["users", "issue-compatibility-token", "alice", "PHONE"],
    );
    assert!(issued.contains("mct_"), "{issued}");
    let began = json_of(&past.server, &["audit", "show", "alice"]);
    let access = &began["access"];
    assert_eq!(access[0]["who"], "device PHONE", "{access}");
    let through = access[0]["through"].as_str().unwrap().to_owned();
    assert!(through.starts_with("compat_session:01"), "{access}");
    text_of(&past.server, &["users", "kill-sessions", "alice"]);
    let ended = json_of(&past.server, &["audit", "show", "alice"]);
    assert_eq!(ended["access"], json!([]));
    let position = began["as_of"]["time"].as_str().unwrap();
    let then = json_of(&past.server, &["audit", "show", "alice", "--at", position]);
    assert_eq!(then["access"], *access);
    assert_eq!(at(&past, past.admin_granted)["access"], json!([]));
}

async fn what_was_erased_is_shown_as_erased(database: TestDatabase) {
    let past = Past::of(&database).await;
    let output = past.server.command(&["users", "erase", "alice", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let then = json_of(
        &past.server,
        &[
            "audit",
            "show",
            &past.alice,
            "--at",
            &past.locked.to_string(),
        ],
    );
    assert_eq!(then["erased"], true);
    assert_eq!(then["state"], "locked");
    assert!(then["username"].as_str().unwrap().starts_with("erased-"));
    assert_eq!(then["emails"], json!([{"id": past.email, "email": null}]));
}

async fn moments_that_are_none_are_refused(database: TestDatabase) {
    let past = Past::of(&database).await;
    let output = past
        .server
        .command(&["audit", "show", "alice", "--at", "yesterday"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("not a moment"),
        "{}",
        stderr(&output)
    );
    let output = past
        .server
        .command(&["audit", "show", "alice", "--at", "1000"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("there is no position 1000"));
}
