//! What an event is found by. A facet is a number made of a kind and a value: a few bytes an event,
//! however long the value is. Two values may share a number, so that whoever finds an event by one
//! looks at the event too.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::log::{Metadata, RecordedEvent};

/// To be raised when events get other facets: the index is then made anew.
pub(crate) const VERSION: u32 = 1;

/// As it stands in the index.
pub(crate) type Facet = i64;

fn facet(kind: &str, values: &[&[u8]]) -> Facet {
    let mut hasher = Sha256::new();
    hasher.update(kind);
    for value in values {
        hasher.update([0u8]);
        hasher.update(value);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut start = [0u8; 8];
    start.copy_from_slice(&digest[..8]);
    Facet::from_be_bytes(start)
}

pub(super) fn of_type(event_type: &str) -> Facet {
    facet("type", &[event_type.as_bytes()])
}

/// Of a person's events of one type.
pub(super) fn of_subject_and_type(subject: Uuid, event_type: &str) -> Facet {
    facet("subject", &[subject.as_bytes(), event_type.as_bytes()])
}

pub(super) fn of_actor(actor: &str) -> Facet {
    facet("actor", &[actor.as_bytes()])
}

/// A client as a ULID.
pub(super) fn of_client(client: &str) -> Facet {
    facet("client", &[client.as_bytes()])
}

/// A session as `oauth2_session:ULID`.
pub(super) fn of_session(session: &str) -> Facet {
    facet("session", &[session.as_bytes()])
}

/// The session that an event is about, in the form of the metadata.
pub(super) fn session_of(record: &RecordedEvent) -> Option<String> {
    let stream = &record.stream;
    if !stream.aggregate_type.ends_with("_session") {
        return None;
    }
    let id = Uuid::parse_str(&stream.aggregate_id).ok()?;
    // Ids of whichever kind are written alike.
    let id = muniment_domain::BrowserSessionId::from_uuid(id);
    Some(format!("{}:{id}", stream.aggregate_type))
}

/// All facets of an event, each once.
pub(crate) fn of(record: &RecordedEvent, metadata: &Metadata) -> Vec<Facet> {
    let mut facets = vec![of_type(&record.event_type), of_actor(&metadata.actor)];
    if let Some(subject) = record.subject {
        facets.push(of_subject_and_type(subject, &record.event_type));
    }
    facets.extend(metadata.client.as_deref().map(of_client));
    facets.extend(metadata.session.as_deref().map(of_session));
    facets.extend(session_of(record).as_deref().map(of_session));
    facets.sort_unstable();
    facets.dedup();
    facets
}
