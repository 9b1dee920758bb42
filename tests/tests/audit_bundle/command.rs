//! The command line: a bundle is written beside a running server, and verified with nothing at hand.

use std::{path::Path, process::Output};

use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase, TestServer, each_backend,
    server::{program, stderr, stdout},
};
use serde_json::Value;

use crate::support::assert_says;

each_backend!(
    a_bundle_is_verified_with_nothing_else_at_hand,
    a_damaged_log_is_exported_for_others_to_look_at,
);

const DAMAGED: i32 = 7;

/// In a folder where there is no configuration.
fn verify(folder: &Path, arguments: &[&str]) -> Output {
    let elsewhere = folder.join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let output = program(&elsewhere)
        .args(["audit", "verify"])
        .args(arguments)
        .output()
        .unwrap();
    let left: Vec<_> = std::fs::read_dir(&elsewhere).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    output
}

async fn a_bundle_is_verified_with_nothing_else_at_hand(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    let alice = server.register(&token, "alice").await;
    let path = |name: &str| database.folder().join(name).display().to_string();
    let (first, second) = (path("first"), path("second"));
    let exported = server.command(&["audit", "export", &first, "--json"]);
    assert!(exported.status.success(), "{}", stderr(&exported));
    let told: Value = serde_json::from_str(&stdout(&exported)).unwrap();
    let key = told["key"].as_str().unwrap().to_owned();
    assert_eq!(told["first"], 1);
    assert_eq!(told["last"], told["tree_size"]);

    server.register(&token, "bob").await;
    let exported = server.command(&["audit", "export", &second]);
    assert!(exported.status.success(), "{}", stderr(&exported));
    assert!(
        stdout(&exported).contains(" events, positions 1 to "),
        "{exported:?}"
    );

    let folder = database.folder();
    let output = verify(folder, &[&second]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert!(stdout(&output).starts_with("All is well: "));
    assert!(stderr(&output).starts_with("warning: the key is the bundle's own"));

    let old = format!("{first}/checkpoint.txt");
    let output = verify(folder, &[&second, "--key", &key, "--against", &old]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert_eq!(stderr(&output), "");
    let size = told["tree_size"].to_string();
    let proven = format!("Proven: what was sealed up to position {size} by then is unchanged.");
    assert!(stdout(&output).contains(&proven), "{output:?}");

    let output = verify(folder, &[&second, "--key", &key, "--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&report["sound"], &report["key_given"]),
        (&true.into(), &true.into())
    );

    let about = path("about");
    let exported = server.command(&["audit", "export", &about, "--user", "alice", "--json"]);
    let told: Value = serde_json::from_str(&stdout(&exported)).unwrap();
    assert_eq!(told["user"], *alice);
    let output = verify(folder, &[&about, "--key", &key, "--against", &old]);
    assert!(output.status.success(), "{}", stdout(&output));
    let summary = format!("All is well: {} events about {alice}, ", told["events"]);
    assert!(stdout(&output).starts_with(&summary), "{output:?}");
    let not_proven = "Not proven: that none about that person is left out.";
    assert!(stdout(&output).contains(not_proven), "{output:?}");
    let unknown = server.command(&["audit", "export", &path("nobody"), "--user", "nobody"]);
    assert_eq!(unknown.status.code(), Some(4), "{}", stderr(&unknown));

    let refused = server.command(&["audit", "export", &second]);
    assert_eq!(refused.status.code(), Some(5), "{}", stderr(&refused));
    for (arguments, code) in [
        (vec![&*path("nothing")], 4),
        (vec![&*second, "--against", &*path("nothing")], 1),
        (vec![&*second, "--key", "nonsense"], 2),
    ] {
        assert_eq!(verify(folder, &arguments).status.code(), Some(code));
    }
    let catalogue = std::fs::read_to_string(format!("{second}/events.md")).unwrap();
    assert!(catalogue.contains("user.registered"), "{catalogue}");
}

async fn a_damaged_log_is_exported_for_others_to_look_at(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    let path = |name: &str| database.folder().join(name).display().to_string();
    let (first, second) = (path("first"), path("second"));
    let exported = server.command(&["audit", "export", &first]);
    assert!(exported.status.success(), "{}", stderr(&exported));
    let open = database.open().await;
    let damage = query("DELETE FROM events WHERE position = (SELECT max(position) FROM events)");
    assert_eq!(open.execute(damage).await.unwrap(), 1);
    open.close().await;
    let exported = server.command(&["audit", "export", &second]);
    assert!(exported.status.success(), "{}", stderr(&exported));
    assert_says(
        &[stderr(&exported)],
        &["warning: the newest events are not sealed: the log ends at position "],
        "the export",
    );
    let output = verify(database.folder(), &[&second]);
    assert_eq!(output.status.code(), Some(DAMAGED));
    assert_says(&[stdout(&output)], &["the event is missing"], "the bundle");
    let output = server.command(&["log", "check"]);
    assert_eq!(output.status.code(), Some(DAMAGED));
    assert_says(
        &[stdout(&output)],
        &["so many events were sealed, but the log ends at"],
        "the check",
    );
}
