//! Two processes that write to one database at the same time.

use std::process::Stdio;

use muniment_store::log::EventLog;
use muniment_tests::{Backend, LIMIT, LogSetup, TestDatabase, TestEntropy, TestLog, each_log};
use muniment_tests::{Follow, within};

use crate::support::{Written, assert_found, assert_sound, locks, write};

each_log!(
    two_processes_share_one_log,
    a_new_database_may_be_opened_by_several_at_once,
);

/// Set for the child: the database on which it is to write.
const CHILD: &str = "MUNIMENT_TEST_CHILD_OF";
#[cfg(feature = "eventstoredb")]
const URI: &str = "MUNIMENT_TEST_CHILD_EVENT_STORE";
#[cfg(feature = "eventstoredb")]
const STREAM: &str = "MUNIMENT_TEST_CHILD_STREAM";
const WRITERS: u64 = 16;
const ROUNDS: u64 = 8;

async fn two_processes_share_one_log(database: TestDatabase) {
    if let Ok(uri) = std::env::var(CHILD) {
        let options = muniment_store::sql::DatabaseOptions::new(uri);
        let log = TestLog::open_at(&options, in_child(real_entropy())).await;
        let written = write_in_rounds(&log).await;
        let events = log.events().await;
        for written in &written {
            assert_found(written, &events);
        }
        return;
    }

    let log = TestLog::open_with(&database, real_entropy()).await;
    let child = spawn_child(&database);
    let writing = write_in_rounds(&log);
    let watching = async {
        let output = within("the other process's end", child.wait_with_output()).await;
        let output = output.unwrap();
        assert!(
            output.status.success(),
            "the other process failed: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let (written, ()) = tokio::join!(writing, watching);

    let events = log.events().await;
    assert_eq!(events.len() as u64, 2 * WRITERS * ROUNDS);
    assert_sound(&events);
    for written in &written {
        assert_found(written, &events);
    }
}

async fn a_new_database_may_be_opened_by_several_at_once(database: TestDatabase) {
    let opening = (0..4).map(|_| TestLog::open(&database));
    let logs = futures_util::future::join_all(opening).await;
    for (n, log) in logs.iter().enumerate() {
        log.register(&format!("user-{n}")).await;
    }
    assert_eq!(logs[0].count("users").await, 4);
}

fn real_entropy() -> LogSetup {
    LogSetup {
        entropy: TestEntropy::real(),
        follow: Follow::Nothing,
        ..LogSetup::default()
    }
}

/// The log of record, for the child.
#[cfg(feature = "eventstoredb")]
fn event_store(database: &TestDatabase) -> Vec<(&'static str, String)> {
    database.event_store().map_or_else(Vec::new, |store| {
        let options = store.options();
        vec![(URI, options.uri.clone()), (STREAM, options.stream.clone())]
    })
}

#[cfg(not(feature = "eventstoredb"))]
fn event_store(_: &TestDatabase) -> Vec<(&'static str, String)> {
    Vec::new()
}

#[cfg(feature = "eventstoredb")]
fn in_child(setup: LogSetup) -> LogSetup {
    let event_store = std::env::var(URI).ok().map(|uri| {
        let stream = std::env::var(STREAM).unwrap();
        muniment_store::log::eventstoredb::EventStoreDbOptions { uri, stream }
    });
    LogSetup {
        event_store,
        ..setup
    }
}

#[cfg(not(feature = "eventstoredb"))]
fn in_child(setup: LogSetup) -> LogSetup {
    setup
}

/// Runs this very test again, as the child.
fn spawn_child(database: &TestDatabase) -> tokio::process::Child {
    let backend = match database.backend() {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
        #[cfg(feature = "eventstoredb")]
        Backend::EventStoreDb => "eventstoredb",
    };
    tokio::process::Command::new(std::env::current_exe().unwrap())
        .arg("--exact")
        .arg(format!("processes::two_processes_share_one_log::{backend}"))
        .arg("--nocapture")
        .env(CHILD, database.uri())
        .envs(event_store(database))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// All writers at once, round by round. Neither process gets more than two rounds ahead of the
/// other, so that they do compete.
async fn write_in_rounds(log: &TestLog) -> Vec<Written> {
    let users: Vec<_> = (0..WRITERS).map(|_| log.new_user_id()).collect();
    let mut tail = log.log.tail();
    let mut written = Vec::new();
    for round in 0..ROUNDS {
        let others = round.saturating_sub(1) * WRITERS;
        let enough = round * WRITERS + others;
        let caught_up = tail.wait_for(|head| *head >= enough);
        tokio::time::timeout(LIMIT, caught_up)
            .await
            .expect("the other process has fallen silent")
            .unwrap();
        let appends = users
            .iter()
            .map(|user| async { write(log, locks(log, *user, round, 1).await).await });
        written.extend(futures_util::future::join_all(appends).await);
    }
    written
}
