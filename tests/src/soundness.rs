//! What holds of every log, whoever wrote it.

use std::collections::HashMap;

use muniment_store::log::{RecordedEvent, StreamId, leaf_hash};

use crate::{Follow, LogSetup, TestDatabase, TestLog, server::master};

/// For a whole log: positions are 1..=N, the sequences of each stream 1..=n, times never decrease, and
/// every leaf hash is the one of what is stored.
pub fn assert_sound(events: &[RecordedEvent]) {
    let mut sequences: HashMap<&StreamId, u64> = HashMap::new();
    let mut recorded_at = i64::MIN;
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position, position);
        let sequence = sequences.entry(&event.stream).or_default();
        *sequence += 1;
        assert_eq!(event.sequence, *sequence, "in {}", event.stream);
        assert!(event.recorded_at >= recorded_at, "at position {position}");
        recorded_at = event.recorded_at;
        assert_eq!(event.leaf_hash, leaf_hash(event), "at position {position}");
    }
}

/// The same of the log that a [`TestServer`](crate::TestServer) has written.
pub async fn assert_log_sound(database: &TestDatabase) {
    let setup = LogSetup {
        master: master(),
        ..LogSetup::following(Follow::Nothing)
    };
    let log = TestLog::open_with(database, setup).await;
    assert_sound(&log.events().await);
    log.close().await;
}
