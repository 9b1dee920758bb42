//! A database and a stream that do not belong together, and events that are not ours.

use std::{collections::HashMap, sync::Arc};

use eventstoredb_server::{Expected, Proposed};
use muniment_projections::Projections;
use muniment_store::{
    ClaimHasher, Codec, KeyRing,
    log::{AppendError, eventstoredb},
};
use muniment_tests::{Backend, LogSetup, TestClock, TestDatabase, TestEntropy, TestLog};

use crate::support::{STREAM, Scene, try_register};

fn foreign() -> Proposed {
    Proposed {
        id: uuid::Uuid::from_u128(4711),
        metadata: HashMap::from([("type".to_owned(), "user.locked".to_owned())]),
        custom_metadata: b"{}".to_vec(),
        data: b"{}".to_vec(),
    }
}

/// Why a log does not start.
async fn refusal(database: &TestDatabase, scene: &Scene) -> String {
    let options = database.options();
    let sql = options.open().await.unwrap();
    let keys = options.open_keys(&sql).await.unwrap();
    let master = LogSetup::default().master;
    let keys = KeyRing::open(keys, &sql, &master, TestEntropy::next()).await;
    let codec = Codec::new(Arc::new(keys.unwrap()));
    let started = eventstoredb::start(
        scene.store.options(),
        sql,
        TestClock::at(TestClock::START),
        ClaimHasher::new([0; 32]),
        codec.clone(),
        Arc::new(Projections::new(codec)),
    );
    started.await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_a_log_of_its_own_is_not_put_behind_an_empty_stream() {
    let scene = Scene::of_nodes(1).await;
    let database = TestDatabase::new(Backend::Sqlite).await;
    let log = TestLog::open(&database).await;
    log.register("alice").await;
    log.close().await;
    let text = refusal(&database, &scene).await;
    assert!(text.contains("up to position 1"), "{text}");
    assert!(text.contains("do not belong together"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_not_put_behind_the_stream_of_another_one() {
    let scene = Scene::of_nodes(1).await;
    let theirs = scene.open().await;
    for name in ["alice", "bob"] {
        theirs.register(name).await;
    }
    let database = TestDatabase::new(Backend::Sqlite).await;
    let log = TestLog::open(&database).await;
    log.register("carol").await;
    log.close().await;
    let text = refusal(&database, &scene).await;
    assert!(text.contains("do not belong together"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_ours_stops_writing_and_is_named() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    log.register("alice").await;
    scene.nodes().append(STREAM, Expected::Any, vec![foreign()]);
    for name in ["bob", "carol"] {
        let error = try_register(&log, name).await.unwrap_err();
        assert!(
            matches!(&error, AppendError::Failed(text) if text.contains("position 2")),
            "{error}"
        );
    }
    assert_eq!(log.head().await, 1);
    let text = refusal(&scene.database, &scene).await;
    assert!(text.contains("the event at position 2"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_is_too_large_fails_alone() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    let user = log.new_user_id();
    let mut append = muniment_store::log::Append::new(log.metadata());
    let event = muniment_domain::UserEvent::UserRegistered {
        user_id: user,
        username: muniment_tests::username("alice").into(),
        origin: muniment_domain::user::Origin::Admin,
    };
    let mut sealed = log.codec.seal(&event, log.ids.event_id()).await.unwrap();
    sealed.payload = format!("\"{}\"", "x".repeat(1_000_000));
    append.streams.push(muniment_store::log::StreamAppend {
        stream: muniment_store::log::StreamId::new("user", user.as_uuid()),
        expected_version: 0,
        events: vec![sealed],
    });
    let error = muniment_store::log::EventLog::append(&*log.log, append).await;
    assert!(matches!(error.unwrap_err(), AppendError::Failed(text) if text.contains("larger")));
    try_register(&log, "alice").await.unwrap();
    scene.assert_in_step(&log).await;
}
