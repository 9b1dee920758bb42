//! `muniment audit diff`.

use muniment_tests::{TestDatabase, each_backend, server::stderr};
use serde_json::{Value, json};

use crate::support::{Past, actor, json_of, text_of};

each_backend!(
    what_changed_is_told_in_words_with_what_came_of_it,
    words_come_in_the_language_that_is_asked_for,
    an_end_before_the_beginning_is_refused
);

async fn what_changed_is_told_in_words_with_what_came_of_it(database: TestDatabase) {
    let past = Past::of(&database).await;
    let (from, to) = (past.registered.to_string(), past.locked.to_string());
    let diff = json_of(&past.server, &["audit", "diff", "alice", &from, &to]);
    assert_eq!(diff["from"]["position"], past.registered);
    assert_eq!(diff["to"]["position"], past.locked);
    let titles: Vec<&str> = diff["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Email address added", "Account locked"]);
    let added = &diff["events"][0];
    assert_eq!(added["details"], "alice@example.com");
    assert_eq!(added["actor"], actor());
    assert!(added["client"].is_string() && added["session"].is_string());
    assert_eq!(
        diff["changes"],
        json!([
            {"what": "state", "before": "active", "after": "locked"},
            {"what": format!("email {}", past.email), "before": null, "after": "alice@example.com"},
        ])
    );

    // All of it; the lock and the address came and went.
    let all = json_of(&past.server, &["audit", "diff", "alice", "0"]);
    let changed: Vec<&Value> = all["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["what"])
        .collect();
    assert_eq!(
        changed,
        ["username", "state", "admin", "password", "erased"]
    );
    let few = json_of(
        &past.server,
        &["audit", "diff", "alice", "0", "--limit", "2"],
    );
    assert_eq!(few["events"].as_array().unwrap().len(), 2);
    // With the two records of having been asked before.
    assert_eq!(few["untold"], 6);

    let text = text_of(&past.server, &["audit", "diff", "alice", &from, &to]);
    for told in [
        "email addresses",
        "Account locked",
        "What is different",
        &actor(),
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

async fn words_come_in_the_language_that_is_asked_for(database: TestDatabase) {
    let past = Past::of(&database).await;
    let diff = |language: &str| {
        let from = past.email_added.to_string();
        let to = past.locked.to_string();
        let arguments = ["audit", "diff", "alice", &from, &to, "--lang", language];
        json_of(&past.server, &arguments)["events"][0]["title"].clone()
    };
    assert_eq!(diff("en"), "Account locked");
    assert_eq!(diff("de"), "Konto gesperrt");
    let output = past
        .server
        .command(&["audit", "diff", "alice", "0", "--lang", "tlh"]);
    assert_eq!(output.status.code(), Some(2));
}

async fn an_end_before_the_beginning_is_refused(database: TestDatabase) {
    let past = Past::of(&database).await;
    let output = past.server.command(&["audit", "diff", "alice", "3", "2"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("is before"), "{}", stderr(&output));
}
