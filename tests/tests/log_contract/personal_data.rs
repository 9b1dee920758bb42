//! Names and addresses are in the log, but not for whoever reads its bytes.

use std::sync::Arc;

use muniment_domain::{Event, UserEvent, user::Origin};
use muniment_store::{
    Codec, CodecError, KeyError, KeyRing, MasterSecret,
    log::EventLog,
    sql::{Dialect, query},
};
use muniment_tests::{LogSetup, TestDatabase, TestEntropy, TestLog, each_log, username};

use crate::support::assert_sound;

each_log!(
    neither_name_nor_address_is_stored_in_clear,
    what_was_sealed_is_opened,
    a_payload_that_was_moved_into_another_event_does_not_open,
    an_altered_payload_does_not_open,
    another_master_secret_opens_nothing,
    what_a_destroyed_key_sealed_is_shredded,
    a_lost_key_is_not_taken_for_a_destroyed_one,
    nothing_more_is_written_about_a_person_whose_key_was_destroyed,
    two_processes_agree_on_a_persons_key,
);

async fn alice(log: &TestLog) -> muniment_domain::UserId {
    let alice = log.register("alice").await;
    log.add_email(alice, "secret@example.com").await.unwrap();
    alice
}

/// A codec of its own, which has no keys in memory.
async fn fresh_codec(database: &TestDatabase, log: &TestLog, master: MasterSecret) -> Codec {
    let keys = fresh_ring(database, log, master).await.unwrap();
    Codec::new(Arc::new(keys))
}

async fn fresh_ring(
    database: &TestDatabase,
    log: &TestLog,
    master: MasterSecret,
) -> Result<KeyRing, KeyError> {
    let keys = database.options().open_keys(&log.database).await.unwrap();
    KeyRing::open(keys, &log.database, &master, TestEntropy::next()).await
}

fn same_master() -> MasterSecret {
    LogSetup::default().master
}

async fn on_keys(database: &TestDatabase, log: &TestLog, sqlite: &str, postgres: &str) {
    let keys = database.options().open_keys(&log.database).await.unwrap();
    let statement = match keys.dialect() {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
    };
    let mut transaction = keys.begin().await.unwrap();
    assert!(transaction.execute(query(statement)).await.unwrap() > 0);
    transaction.commit().await.unwrap();
}

async fn destroy_keys(database: &TestDatabase, log: &TestLog) {
    on_keys(
        database,
        log,
        "UPDATE subject_keys SET wrapped = NULL, wrapped_by = NULL",
        "UPDATE muniment_keys.subject_keys SET wrapped = NULL, wrapped_by = NULL",
    )
    .await;
}

async fn neither_name_nor_address_is_stored_in_clear(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    alice(&log).await;
    let rows = log
        .database
        .fetch_all(query(
            "SELECT CAST(payload AS TEXT) AS payload, CAST(metadata AS TEXT) AS metadata \
             FROM events ORDER BY position",
        ))
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        let payload: String = row.get("payload").unwrap();
        let metadata: String = row.get("metadata").unwrap();
        assert!(payload.contains("$sealed"), "{payload}");
        for clear in ["alice", "secret", "example.com", "$pii"] {
            assert!(!payload.contains(clear), "{payload}");
            assert!(!metadata.contains(clear), "{metadata}");
        }
    }
}

async fn what_was_sealed_is_opened(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let user_id = alice(&log).await;
    let codec = fresh_codec(&database, &log, same_master()).await;
    let events = log.events().await;
    assert_eq!(
        codec.open(&events[0]).await.unwrap(),
        Event::User(UserEvent::UserRegistered {
            user_id,
            username: username("alice").into(),
            origin: Origin::Admin,
        })
    );
    let payload = codec.open_payload(&events[1]).await.unwrap();
    assert_eq!(
        payload["UserEmailAdded"]["email"]["$pii"],
        "secret@example.com"
    );
    assert_sound(&events);
}

fn assert_undecipherable(result: Result<serde_json::Value, CodecError>) {
    match result.unwrap_err() {
        CodecError::Key(KeyError::Decrypt) => {}
        other => panic!("{other}"),
    }
}

async fn a_payload_that_was_moved_into_another_event_does_not_open(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let user = alice(&log).await;
    log.add_email(user, "other@example.com").await.unwrap();
    log.register("bob").await;
    let events = log.events().await;

    let mut into_another_event = events[2].clone();
    into_another_event.payload.clone_from(&events[1].payload);
    assert_undecipherable(log.codec.open_payload(&into_another_event).await);

    let mut under_another_name = events[0].clone();
    under_another_name.subject = events[3].subject;
    assert_undecipherable(log.codec.open_payload(&under_another_name).await);
}

async fn an_altered_payload_does_not_open(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    alice(&log).await;
    let mut event = log.events().await.remove(0);
    let at = event.payload.find("$sealed").unwrap() + "$sealed\":\"".len() + 40;
    let altered = if event.payload.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    event.payload.replace_range(at..=at, altered);
    assert_undecipherable(log.codec.open_payload(&event).await);
}

async fn another_master_secret_opens_nothing(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    alice(&log).await;
    match fresh_ring(&database, &log, MasterSecret::new([8; 32])).await {
        Err(KeyError::Unwrap) => {}
        other => panic!("{other:?}"),
    }
}

async fn what_a_destroyed_key_sealed_is_shredded(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    alice(&log).await;
    destroy_keys(&database, &log).await;
    let codec = fresh_codec(&database, &log, same_master()).await;
    let events = log.events().await;
    let payload = codec.open_payload(&events[0]).await.unwrap();
    assert!(payload["UserRegistered"]["username"]["$shredded"].is_null());
    let payload = payload.to_string();
    assert!(payload.contains(r#"{"$shredded":null}"#), "{payload}");
    assert_sound(&events);
}

async fn a_lost_key_is_not_taken_for_a_destroyed_one(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    alice(&log).await;
    on_keys(
        &database,
        &log,
        "DELETE FROM subject_keys",
        "DELETE FROM muniment_keys.subject_keys",
    )
    .await;
    let codec = fresh_codec(&database, &log, same_master()).await;
    for event in log.events().await {
        match codec.open(&event).await.unwrap_err() {
            CodecError::Key(KeyError::Missing) => {}
            other => panic!("{other}"),
        }
    }
}

async fn nothing_more_is_written_about_a_person_whose_key_was_destroyed(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let user = alice(&log).await;
    destroy_keys(&database, &log).await;
    let codec = fresh_codec(&database, &log, same_master()).await;
    let event = UserEvent::UserRegistered {
        user_id: user,
        username: username("alice").into(),
        origin: Origin::Admin,
    };
    match codec.seal(&event, log.ids.event_id()).await.unwrap_err() {
        CodecError::Key(KeyError::Destroyed) => {}
        other => panic!("{other}"),
    }
}

async fn two_processes_agree_on_a_persons_key(database: TestDatabase) {
    let one = TestLog::open(&database).await;
    let other = TestLog::open(&database).await;
    let user = one.new_user_id();
    let event = UserEvent::UserRegistered {
        user_id: user,
        username: username("alice").into(),
        origin: Origin::Admin,
    };
    let (by_one, by_other) = tokio::join!(
        one.codec.seal(&event, one.ids.event_id()),
        other.codec.seal(&event, other.ids.event_id()),
    );
    by_one.unwrap();
    let mut append = muniment_store::log::Append::new(other.metadata());
    append.streams.push(muniment_store::log::StreamAppend {
        stream: crate::support::stream(user),
        expected_version: 0,
        events: vec![by_other.unwrap()],
    });
    other.log.append(append).await.unwrap();
    let opened = one.codec.open(&one.events().await[0]).await.unwrap();
    assert_eq!(opened, event.into());
}
