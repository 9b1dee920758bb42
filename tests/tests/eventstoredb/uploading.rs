//! A log that was in a database alone, moved to EventStoreDB.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use muniment_store::log::{
    EventLog,
    eventstoredb::{EventStoreDbError, upload},
};
use muniment_tests::{Backend, TestDatabase, TestLog, server};

use crate::support::{STREAM, Scene, locks};

#[tokio::test(flavor = "multi_thread")]
async fn a_log_goes_on_in_eventstoredb_where_it_was_in_the_database() {
    let mut scene = Scene::of_nodes(1).await;
    let before = TestLog::open(&scene.database).await;
    let alice = before.register("alice").await;
    // More than are read, or written, at once.
    before
        .log
        .append(locks(&before, alice, 1, 700).await)
        .await
        .unwrap();
    before.add_email(alice, "alice@example.com").await.unwrap();
    before.set_password(alice, "hash").await.unwrap();
    let events = before.events().await;
    before.close().await;

    let database = scene.database.open().await;
    let options = scene.store.options().clone();
    let seen = Arc::new(AtomicU64::new(0));
    let reported = seen.clone();
    let uploaded = upload(&options, &database, move |progress| {
        assert_eq!(progress.head, 703);
        reported.store(progress.position, Ordering::SeqCst);
    })
    .await
    .unwrap();
    assert_eq!(uploaded.events, 703);
    assert_eq!(seen.load(Ordering::SeqCst), 703);
    // Again, as after an interruption: nothing is written twice.
    let appends = scene.nodes().appends();
    let again = upload(&options, &database, |_| {}).await.unwrap();
    assert_eq!(again, uploaded);
    assert_eq!(scene.nodes().appends(), appends);
    database.close().await;

    let log = scene.open().await;
    assert_eq!(log.events().await, events);
    log.register("bob").await;
    assert_eq!(log.head().await, 704);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_to_the_database_alone_by_mistake_is_added_to_the_stream() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    log.register("alice").await;
    log.close().await;
    let alone = TestLog::open(&scene.database).await;
    alone.register("bob").await;
    alone.close().await;

    let database = scene.database.open().await;
    upload(scene.store.options(), &database, |_| {})
        .await
        .unwrap();
    database.close().await;
    let log = scene.open().await;
    log.register("carol").await;
    assert_eq!(log.head().await, 3);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_another_log_is_not_touched() {
    let mut scene = Scene::of_nodes(1).await;
    let theirs = scene.open().await;
    theirs.register("alice").await;
    let database = TestDatabase::new(Backend::Sqlite).await;
    let ours = TestLog::open(&database).await;
    for name in ["bob", "carol"] {
        ours.register(name).await;
    }
    let refused = upload(scene.store.options(), &ours.database, |_| {}).await;
    let error = refused.unwrap_err();
    assert!(
        matches!(error, EventStoreDbError::Diverged { database: 1, .. }),
        "{error}"
    );
    assert_eq!(scene.recorded().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_moves_a_log() {
    let mut scene = Scene::of_nodes(1).await;
    let log = TestLog::open(&scene.database).await;
    log.register("alice").await;
    log.close().await;
    let config = scene.database.folder().join("config.yaml");
    let yaml = server::configuration(scene.database.uri(), "");
    std::fs::write(&config, yaml).unwrap();
    let output = server::program(scene.database.folder())
        .args(["log", "migrate", "--to", &scene.store.options().uri])
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains("hold the same 1 events"), "{text}");
    assert_eq!(scene.nodes().stream(STREAM).len(), 1);
}
