//! Reading all, one stream, or all about one person.

use muniment_domain::{UserEvent, user::Origin};
use muniment_store::log::{EventLog, Position, RecordedEvent};
use muniment_tests::{TestDatabase, TestLog, client, each_log, username};

use crate::support::{append_of, assert_sound, bare, locks, stream};

each_log!(
    all_events_are_read_from_a_position_with_a_limit,
    a_stream_is_read_from_a_sequence_with_a_limit,
    a_person_is_followed_through_every_stream,
    an_event_is_read_as_it_was_written,
    an_empty_log_has_no_head,
);

fn positions(events: &[RecordedEvent]) -> Vec<Position> {
    events.iter().map(|event| event.position).collect()
}

async fn all_events_are_read_from_a_position_with_a_limit(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    log.log
        .append(locks(&log, user, 0, 10).await)
        .await
        .unwrap();
    let read = async |after, limit| positions(&log.log.read_all(after, limit).await.unwrap());
    assert_eq!(read(0, 3).await, [1, 2, 3]);
    assert_eq!(read(3, 3).await, [4, 5, 6]);
    assert_eq!(read(8, 3).await, [9, 10]);
    assert!(read(10, 3).await.is_empty());
    assert!(read(4711, 3).await.is_empty());
    assert!(read(0, 0).await.is_empty());
}

async fn a_stream_is_read_from_a_sequence_with_a_limit(database: TestDatabase) {
    let log = bare(&database).await;
    let (one, other) = (log.new_user_id(), log.new_user_id());
    for version in 0..4 {
        for user in [one, other] {
            log.log
                .append(locks(&log, user, version, 1).await)
                .await
                .unwrap();
        }
    }
    let read = async |user, after, limit| {
        let events = log.log.read_stream(&stream(user), after, limit).await;
        positions(&events.unwrap())
    };
    assert_eq!(read(one, 0, 10).await, [1, 3, 5, 7]);
    assert_eq!(read(other, 0, 10).await, [2, 4, 6, 8]);
    assert_eq!(read(other, 1, 2).await, [4, 6]);
    assert!(read(other, 4, 2).await.is_empty());
    assert!(read(log.new_user_id(), 0, 10).await.is_empty());
}

async fn a_person_is_followed_through_every_stream(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let bob = log.register("bob").await;
    log.start_session(client(1), Some(alice)).await.unwrap();
    log.start_session(client(1), None).await.unwrap();
    log.start_session(client(2), Some(alice)).await.unwrap();

    let read = async |user: muniment_domain::UserId, after, limit| {
        let events = log.log.read_subject(user.as_uuid(), after, limit).await;
        positions(&events.unwrap())
    };
    assert_eq!(read(alice, 0, 10).await, [1, 3, 5]);
    assert_eq!(read(alice, 1, 1).await, [3]);
    assert_eq!(read(bob, 0, 10).await, [2]);
    assert!(read(alice, 5, 10).await.is_empty());
}

async fn an_event_is_read_as_it_was_written(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let event = UserEvent::UserRegistered {
        user_id: user,
        username: username("alice").into(),
        origin: Origin::Operator,
    };
    let mut append = append_of(&log, user, 0, vec![event.clone()]).await;
    append.metadata.client = Some("01040G2081040G2081040G2081".to_owned());
    append.metadata.session = Some("oauth2_session:01040G2081040G2081040G2081".to_owned());
    append.metadata.causation_id = Some(log.ids.event_id());
    let metadata = append.metadata.clone();
    let written = append.streams[0].events[0].clone();
    let receipt = log.log.append(append).await.unwrap();

    let events = log.events().await;
    assert_sound(&events);
    let [read] = events.as_slice() else {
        panic!("{} events", events.len());
    };
    assert_eq!(read.event_id, written.event_id);
    assert_eq!(read.stream, stream(user));
    assert_eq!(read.event_type, "user.registered");
    assert_eq!(read.event_version, "1");
    assert_eq!(read.payload, written.payload);
    assert_eq!(read.metadata().unwrap(), metadata);
    assert_eq!(read.recorded_at, receipt.recorded_at);
    assert_eq!(read.subject, Some(user.as_uuid()));
    assert_eq!(log.codec.open(read).await.unwrap(), event.into());
}

async fn an_empty_log_has_no_head(database: TestDatabase) {
    let log = bare(&database).await;
    assert_eq!(log.head().await, 0);
    assert_eq!(*log.log.tail().borrow(), 0);
    assert!(log.events().await.is_empty());
}
