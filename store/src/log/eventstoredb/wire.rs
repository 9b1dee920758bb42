//! Between an event of the log and its form in EventStoreDB.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use eventstore::EventData;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::EventStoreDbError;
use crate::log::{Metadata, Position, RecordedEvent, StreamId, leaf_hash};

/// What is written beside the payload. Together with it, the event's type and id, and its place in
/// the stream, this is all that there is of an event.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    // EventStoreDB's own names, by which its tools follow a cause.
    #[serde(rename = "$correlationId")]
    correlation_id: Uuid,
    #[serde(
        rename = "$causationId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    causation_id: Option<Uuid>,
    aggregate_type: String,
    aggregate_id: String,
    sequence: u64,
    version: String,
    recorded_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Uuid>,
    /// A text, so that it stays what it was to the last byte.
    metadata: String,
    leaf_hash: String,
    /// How many secrets go with the append that this event begins.
    #[serde(default, skip_serializing_if = "is_zero")]
    vault: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The events of a batch; `vault` says how many secrets go with the append that an event begins.
/// Also how many bytes they are, as the server counts.
pub(super) fn encode(
    events: &[&RecordedEvent],
    vault: &HashMap<Uuid, usize>,
) -> Result<(Vec<EventData>, usize), serde_json::Error> {
    let mut size = 0;
    let mut encoded = Vec::with_capacity(events.len());
    for event in events {
        let Metadata {
            correlation_id,
            causation_id,
            ..
        } = event.metadata()?;
        let envelope = Envelope {
            correlation_id,
            causation_id,
            aggregate_type: event.stream.aggregate_type.clone(),
            aggregate_id: event.stream.aggregate_id.clone(),
            sequence: event.sequence,
            version: event.event_version.clone(),
            recorded_at: event.recorded_at,
            subject: event.subject,
            metadata: event.metadata.clone(),
            leaf_hash: STANDARD_NO_PAD.encode(event.leaf_hash),
            vault: vault.get(&event.event_id).copied().unwrap_or(0),
        };
        let envelope = serde_json::to_string(&envelope)?;
        size += event.payload.len() + envelope.len() + 2 * event.event_type.len();
        let payload = RawValue::from_string(event.payload.clone())?;
        encoded.push(
            EventData::json(&event.event_type, &payload)?
                .id(event.event_id)
                .metadata(envelope.into()),
        );
    }
    Ok((encoded, size))
}

/// No less than an event takes, without working it out.
pub(super) fn size_of(event: &RecordedEvent) -> usize {
    // Quotes in the metadata are escaped; the rest of the envelope is names, ids and a hash.
    event.payload.len() + 2 * event.metadata.len() + 2 * event.event_type.len() + 600
}

/// An event as it came back.
pub(super) struct Decoded {
    pub record: RecordedEvent,
    pub metadata: Metadata,
    pub vault: usize,
}

pub(super) fn decode(event: &eventstore::RecordedEvent) -> Result<Decoded, EventStoreDbError> {
    let position = event.revision + 1;
    let damaged = |reason: String| EventStoreDbError::Damaged { position, reason };
    let envelope: Envelope = serde_json::from_slice(&event.custom_metadata)
        .map_err(|error| damaged(format!("its metadata cannot be read ({error})")))?;
    let metadata = serde_json::from_str(&envelope.metadata)
        .map_err(|error| damaged(format!("its metadata cannot be read ({error})")))?;
    let payload = String::from_utf8(event.data.to_vec())
        .map_err(|_| damaged("its payload is not text".to_owned()))?;
    let mut record = RecordedEvent {
        position,
        event_id: event.id,
        stream: StreamId {
            aggregate_type: envelope.aggregate_type,
            aggregate_id: envelope.aggregate_id,
        },
        sequence: envelope.sequence,
        event_type: event.event_type.clone(),
        event_version: envelope.version,
        payload,
        metadata: envelope.metadata,
        recorded_at: envelope.recorded_at,
        subject: envelope.subject,
        leaf_hash: [0; 32],
    };
    record.leaf_hash = leaf_hash(&record);
    if STANDARD_NO_PAD.encode(record.leaf_hash) != envelope.leaf_hash {
        return Err(damaged("its leaf hash differs".to_owned()));
    }
    Ok(Decoded {
        record,
        metadata,
        vault: envelope.vault,
    })
}

/// Revision at which the event of a position is.
pub(super) const fn revision(position: Position) -> u64 {
    position.saturating_sub(1)
}
