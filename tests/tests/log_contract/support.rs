//! Appends put together by hand, below the journal.

use muniment_domain::{StoredEvent, UserEvent, UserId, user::Origin};
use muniment_store::log::{
    Append, AppendError, EventLog, Receipt, RecordedEvent, StreamAppend, StreamId,
};
pub use muniment_tests::assert_sound;
use muniment_tests::{Follow, LogSetup, TestDatabase, TestLog, username};

/// A log without read models, in which any event may be written.
pub async fn bare(database: &TestDatabase) -> TestLog {
    TestLog::open_with(database, LogSetup::following(Follow::Nothing)).await
}

pub fn stream(user: UserId) -> StreamId {
    StreamId::new("user", user.as_uuid())
}

/// An append of events to one account's stream, with the claims that they make.
pub async fn append_of(
    log: &TestLog,
    user: UserId,
    expected_version: u64,
    events: Vec<UserEvent>,
) -> Append {
    let mut append = Append::new(log.metadata());
    add(log, &mut append, user, expected_version, events).await;
    append
}

/// Adds events to one more stream.
pub async fn add(
    log: &TestLog,
    append: &mut Append,
    user: UserId,
    expected_version: u64,
    events: Vec<UserEvent>,
) {
    let mut sealed = Vec::new();
    for event in events {
        append.claims.extend(event.claims());
        let event_id = log.ids.event_id();
        sealed.push(log.codec.seal(&event, event_id).await.unwrap());
    }
    append.streams.push(StreamAppend {
        stream: stream(user),
        expected_version,
        events: sealed,
    });
}

/// `count` facts without claims or personal data.
pub async fn locks(log: &TestLog, user: UserId, expected_version: u64, count: usize) -> Append {
    let events = vec![UserEvent::UserLocked { user_id: user }; count];
    append_of(log, user, expected_version, events).await
}

/// A registration, which claims the name.
pub async fn registration(log: &TestLog, user: UserId, name: &str) -> Append {
    let event = UserEvent::UserRegistered {
        user_id: user,
        username: username(name).into(),
        origin: Origin::Admin,
    };
    append_of(log, user, 0, vec![event]).await
}

/// Hands all appends to the writer before it can take the first, so that they are decided as one
/// batch. Only on a runtime with one thread.
pub async fn as_one_batch(
    log: &TestLog,
    appends: Vec<Append>,
) -> Vec<Result<Receipt, AppendError>> {
    futures_util::future::join_all(appends.into_iter().map(|append| log.log.append(append))).await
}

pub async fn version(log: &TestLog, user: UserId) -> usize {
    let events = log.log.read_stream(&stream(user), 0, u32::MAX).await;
    events.unwrap().len()
}

/// What an append asked for and what it was told, to be compared with what is in the log.
#[derive(Debug)]
pub struct Written {
    pub event_ids: Vec<uuid::Uuid>,
    pub receipt: Receipt,
}

/// Appends and keeps what has to be found later.
pub async fn write(log: &TestLog, append: Append) -> Written {
    let event_ids = append
        .streams
        .iter()
        .flat_map(|stream| &stream.events)
        .map(|event| event.event_id)
        .collect();
    let receipt = log.log.append(append).await.unwrap();
    Written { event_ids, receipt }
}

/// The receipt names exactly the positions at which the events are found.
pub fn assert_found(written: &Written, events: &[RecordedEvent]) {
    let found: Vec<_> = events
        .iter()
        .filter(|event| {
            (written.receipt.first_position..=written.receipt.last_position)
                .contains(&event.position)
        })
        .collect();
    let ids: Vec<_> = found.iter().map(|event| event.event_id).collect();
    assert_eq!(ids, written.event_ids, "{:?}", written.receipt);
    for event in found {
        assert_eq!(event.recorded_at, written.receipt.recorded_at);
    }
    assert!(!written.receipt.repeated);
}
