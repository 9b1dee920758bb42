//! One event as a line of JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::format::Base64Hash;
use crate::log::{RecordedEvent, StreamId};

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
}
