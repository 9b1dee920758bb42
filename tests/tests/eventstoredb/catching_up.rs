//! A crash after the events are in EventStoreDB and before they are in the database.

use std::sync::Arc;

use eventstoredb_server::Fault;
use muniment_domain::{ClaimKind, User, UserCommand, UserId, user::Origin};
use muniment_store::{current_password, log::EventLog, owner_of};
use muniment_tests::{TestDatabase, TestLog, within};

use crate::support::{STREAM, Scene, with_password_and_key};

/// Sets a password in a runtime of its own, which ends when the events are in EventStoreDB and the
/// answer is not here: the transaction is lost, as when the process is killed.
async fn crash_while_setting_a_password(scene: &mut Scene, user: UserId, key: &'static str) {
    let events = scene.recorded().len();
    scene.nodes().inject(Fault::SilentAfterWrite);
    let (options, setup) = (scene.database.options(), scene.setup());
    let (gone, crash) = tokio::sync::oneshot::channel::<()>();
    let process = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            let log = TestLog::open_at(&options, setup).await;
            tokio::select! {
                _ = set_password(&log, user, key) => panic!("there was no answer to come"),
                _ = crash => {}
            }
        });
        runtime.shutdown_background();
    });
    within("the write", async {
        while scene.recorded().len() == events {
            tokio::task::yield_now().await;
        }
    })
    .await;
    gone.send(()).unwrap();
    tokio::task::spawn_blocking(move || process.join().unwrap())
        .await
        .unwrap();
}

async fn set_password(log: &TestLog, user: UserId, key: &str) -> muniment_store::log::Receipt {
    let (password_id, execution) = with_password_and_key(log, user, key);
    let command = UserCommand::SetPassword {
        password_id: password_id.into(),
        scheme_version: 1,
        origin: Origin::Admin,
    };
    let result = log
        .journal
        .execute::<User>(user.as_uuid(), command, execution)
        .await;
    result.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_before_a_crash_is_completed_at_the_next_start() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    let alice = log.register("alice").await;
    log.close().await;

    crash_while_setting_a_password(&mut scene, alice, "k").await;
    let log = scene.open().await;
    assert_eq!(log.head().await, 2);
    scene.assert_in_step(&log).await;
    assert_eq!(log.count("staged_appends").await, 0);
    let stored = current_password(&log.database, alice).await.unwrap();
    assert_eq!(stored.unwrap().hash, "secret-hash");

    // Whoever asked asks again, with the same key.
    let receipt = set_password(&log, alice, "k").await;
    assert!(receipt.repeated);
    assert_eq!((receipt.first_position, receipt.last_position), (2, 2));
    assert_eq!(log.count("user_passwords").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_left_undone_is_completed_before_the_next_append() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    let alice = log.register("alice").await;
    crash_while_setting_a_password(&mut scene, alice, "k").await;
    log.register("bob").await;
    assert_eq!(log.head().await, 3);
    assert_eq!(log.count("user_passwords").await, 1);
    assert_eq!(log.count("staged_appends").await, 0);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_left_undone_is_completed_without_anybody_writing() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    let alice = log.register("alice").await;
    let mut tail = log.log.tail();
    crash_while_setting_a_password(&mut scene, alice, "k").await;
    let caught_up = within("catching up", tail.wait_for(|head| *head == 2));
    drop(caught_up.await.unwrap());
    assert_eq!(log.count("user_passwords").await, 1);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_becomes_what_the_lost_one_was() {
    let mut scene = Scene::of_nodes(1).await;
    let first = scene.open().await;
    for n in 0..30 {
        let user = first.register(&format!("user-{n}")).await;
        let address = format!("user-{n}@example.com");
        first.add_email(user, &address).await.unwrap();
    }
    // More than are taken over at once.
    let user = first.register("long").await;
    let append = crate::support::locks(&first, user, 1, 700).await;
    first.log.append(append).await.unwrap();

    // The keys are backed up apart and are still there; the database is not.
    let keys = TestDatabase::new(muniment_tests::Backend::Sqlite).await;
    for file in [
        "muniment.keys.db",
        "muniment.keys.db-wal",
        "muniment.keys.db-shm",
    ] {
        let from = scene.database.folder().join(file);
        if from.exists() {
            std::fs::copy(from, keys.folder().join(file)).unwrap();
        }
    }
    let second = TestLog::open_with(&keys, scene.setup()).await;
    assert_eq!(second.events().await, first.events().await);
    for table in ["users", "user_emails", "claims"] {
        assert_eq!(
            second.count(table).await,
            first.count(table).await,
            "{table}"
        );
    }
    let owner = async |log: &TestLog| {
        owner_of(&log.database, &log.hasher, ClaimKind::Username, "user-7")
            .await
            .unwrap()
    };
    assert_eq!(owner(&second).await, owner(&first).await);
    assert!(owner(&second).await.is_some());
    scene.assert_in_step(&second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_catch_up_at_once_take_each_event_over_once() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    let alice = log.register("alice").await;
    log.close().await;
    crash_while_setting_a_password(&mut scene, alice, "k").await;
    let scene = Arc::new(scene);
    let opening = (0..3).map(|_| {
        let scene = scene.clone();
        async move { scene.open().await }
    });
    for log in futures_util::future::join_all(opening).await {
        assert_eq!(log.head().await, 2);
        assert_eq!(log.count("user_passwords").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_alone_is_the_log() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    let alice = log.register("alice").await;
    log.add_email(alice, "alice@example.com").await.unwrap();
    let events = log.events().await;
    let stored = scene.nodes().stream(STREAM);
    assert_eq!(stored.len(), events.len());
    for (stored, event) in stored.iter().zip(&events) {
        assert_eq!(stored.revision + 1, event.position);
        assert_eq!(stored.event.data, event.payload.as_bytes());
        assert_eq!(stored.event.metadata["type"], event.event_type);
        assert_eq!(stored.event.metadata["content-type"], "application/json");
        let beside: serde_json::Value =
            serde_json::from_slice(&stored.event.custom_metadata).unwrap();
        assert_eq!(beside["metadata"], event.metadata.as_str());
        let text = beside.to_string();
        for clear in ["alice", "example.com", "secret-hash"] {
            assert!(!text.contains(clear), "{text}");
        }
    }
}
