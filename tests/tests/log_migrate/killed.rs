//! kill -9 in the middle of a move, several times: the next run goes on, and both ends are equal.

use std::process::Child;

use muniment_store::sql::{Database, query};
use muniment_tests::{
    LogSetup, TestDatabase, TestLog, each_backend, rich_history_under,
    server::{configuration, master, program, stderr},
    within,
};

use crate::{
    command::{run, succeed},
    support::{many_events, other},
};

each_backend!(a_move_that_is_killed_goes_on);

const EVENTS: usize = 12_000;

async fn a_long_log(database: &TestDatabase) -> TestLog {
    let setup = LogSetup {
        master: master(),
        ..LogSetup::default()
    };
    let log = TestLog::open_with(database, setup).await;
    let cast = rich_history_under(&log, database, &master()).await;
    for _ in 0..4 {
        many_events(&log, cast.alice, EVENTS / 4).await;
    }
    log
}

/// Whether a statement about a database says yes; also no where there is no such table yet.
async fn says_yes(database: &Database, condition: &str) -> bool {
    let row = database
        .fetch_one(query(format!("SELECT {condition}")))
        .await;
    row.is_ok_and(|row| row.get::<i64, _>(0).unwrap() > 0)
}

fn start(from: &TestDatabase, to: &TestDatabase) -> Child {
    let config = from.folder().join("config.yaml");
    std::fs::write(&config, configuration(from.uri(), "")).unwrap();
    program(from.folder())
        .args(["log", "migrate", "--to", to.uri(), "--config"])
        .arg(&config)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

async fn a_move_that_is_killed_goes_on(database: TestDatabase) {
    let log = a_long_log(&database).await;
    let expected = log.events().await;
    log.close().await;
    let target = other(&database).await;
    let opened = target.open().await;
    for condition in [
        "count(*) FROM events",
        "coalesce(max(position), 0) / 6000 FROM events",
        // The read models are being built; the copying is over.
        "count(*) FROM projections WHERE name LIKE '%rebuild' AND position > 1000",
    ] {
        let mut moving = start(&database, &target);
        let reached = async {
            while !says_yes(&opened, condition).await {
                let ended = moving.try_wait().unwrap();
                assert_eq!(ended, None, "before: {condition}");
            }
        };
        within(condition, reached).await;
        moving.kill().unwrap();
        let status = moving.wait().unwrap();
        assert_eq!(status.code(), None, "killed: {condition}");
        let refused = run(&target, &["users", "list"]);
        assert_eq!(refused.status.code(), Some(6), "{}", stderr(&refused));
        assert!(stderr(&refused).contains("unfinished"));
    }
    opened.close().await;

    let told = succeed(&database, &["log", "migrate", "--to", target.uri()]);
    let same = format!("Both databases hold the same {} events", expected.len());
    assert!(told.starts_with(&same), "{told}");
    for end in [&database, &target] {
        let told = succeed(end, &["log", "check"]);
        assert!(told.starts_with("All is well: "), "{told}");
        let setup = LogSetup {
            master: master(),
            ..LogSetup::default()
        };
        let log = TestLog::open_with(end, setup).await;
        assert_eq!(log.events().await, expected);
        log.close().await;
    }
    assert!(succeed(&target, &["users", "show", "alice"]).contains("alice"));
}
