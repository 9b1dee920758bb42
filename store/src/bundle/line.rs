//! One event as a line of JSON, or events that are left out.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::format::Base64Hash;
use crate::{
    log::{RecordedEvent, StreamId},
    tree::{Hash, cover},
};

/// No log has as many events.
const NEVER: u64 = 1 << 48;

/// What a line says.
#[derive(Debug)]
pub(super) enum Entry {
    Event(RecordedEvent),
    Omission(Omission),
}

/// Events that the bundle leaves out, as the complete subtrees of the log's tree over them, in order.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Omission {
    /// The position of the first of them.
    #[serde(rename = "omitted_from")]
    pub first: u64,
    /// The position of the last of them.
    #[serde(rename = "omitted_to")]
    pub last: u64,
    pub subtrees: Vec<Base64Hash>,
}

impl Omission {
    /// The subtrees with their levels; nothing unless they are all there.
    pub fn parts(&self) -> Option<Vec<(u32, Hash)>> {
        let start = self.first.checked_sub(1)?;
        if self.last < self.first || self.last >= NEVER {
            return None;
        }
        let levels: Vec<u32> = cover(start, self.last).map(|(level, _)| level).collect();
        let hashes = self.subtrees.iter().map(|hash| hash.0);
        (levels.len() == self.subtrees.len()).then(|| levels.into_iter().zip(hashes).collect())
    }
}

/// Everything that is hashed, payload and metadata as the exact texts; besides, the leaf hash, and
/// whose key seals the payload.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line<'a> {
    position: u64,
    event_id: Uuid,
    /// Microseconds since 1970.
    recorded_at: i64,
    #[serde(borrow)]
    aggregate_type: Cow<'a, str>,
    #[serde(borrow)]
    aggregate_id: Cow<'a, str>,
    sequence: u64,
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    event_version: Cow<'a, str>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    metadata: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Uuid>,
    leaf_hash: Base64Hash,
}

impl<'a> From<&'a RecordedEvent> for Line<'a> {
    fn from(event: &'a RecordedEvent) -> Self {
        Self {
            position: event.position,
            event_id: event.event_id,
            recorded_at: event.recorded_at,
            aggregate_type: Cow::Borrowed(&event.stream.aggregate_type),
            aggregate_id: Cow::Borrowed(&event.stream.aggregate_id),
            sequence: event.sequence,
            event_type: Cow::Borrowed(&event.event_type),
            event_version: Cow::Borrowed(&event.event_version),
            payload: Cow::Borrowed(&event.payload),
            metadata: Cow::Borrowed(&event.metadata),
            subject: event.subject,
            leaf_hash: Base64Hash(event.leaf_hash),
        }
    }
}

impl From<Line<'_>> for RecordedEvent {
    fn from(line: Line<'_>) -> Self {
        Self {
            position: line.position,
            event_id: line.event_id,
            recorded_at: line.recorded_at,
            stream: StreamId {
                aggregate_type: line.aggregate_type.into_owned(),
                aggregate_id: line.aggregate_id.into_owned(),
            },
            sequence: line.sequence,
            event_type: line.event_type.into_owned(),
            event_version: line.event_version.into_owned(),
            payload: line.payload.into_owned(),
            metadata: line.metadata.into_owned(),
            subject: line.subject,
            leaf_hash: line.leaf_hash.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let event = RecordedEvent {
            position: 17,
            event_id: Uuid::from_u128(1),
            recorded_at: -5,
            stream: StreamId::new("user", Uuid::from_u128(2)),
            sequence: 3,
            event_type: "user.locked".to_owned(),
            event_version: "1".to_owned(),
            payload: "{\"a\" : \"\u{e4}\\n\u{2028}\"}".to_owned(),
            metadata: "{}".to_owned(),
            subject: None,
            leaf_hash: [9; 32],
        };
        let text = serde_json::to_string(&Line::from(&event)).unwrap();
        let read: Line<'_> = serde_json::from_str(&text).unwrap();
        assert_eq!(RecordedEvent::from(read), event);
        let cut = text.replace("CQkJ", "");
        assert!(serde_json::from_str::<Line<'_>>(&cut).is_err());
    }

    #[test]
    fn what_is_left_out_has_all_its_subtrees() {
        let of = |first, last, hashes| Omission {
            first,
            last,
            subtrees: vec![Base64Hash([1; 32]); hashes],
        };
        let levels = |omission: Omission| -> Option<Vec<u32>> {
            let parts = omission.parts()?;
            Some(parts.into_iter().map(|(level, _)| level).collect())
        };
        assert_eq!(levels(of(2, 8, 3)), Some(vec![0, 1, 2]));
        assert_eq!(levels(of(4, 4, 1)), Some(vec![0]));
        for wrong in [
            of(2, 8, 2),
            of(2, 8, 4),
            of(0, 1, 1),
            of(5, 4, 0),
            of(1, u64::MAX, 64),
        ] {
            assert!(levels(wrong).is_none());
        }
    }
}
