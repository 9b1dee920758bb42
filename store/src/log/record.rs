//! Events as they are stored and read.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where an event stands in the log: 1, 2, 3 … without gaps, in commit order.
pub type Position = u64;

/// One aggregate's events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamId {
    pub aggregate_type: String,
    /// A UUID in its hyphenated form.
    pub aggregate_id: String,
}

impl StreamId {
    pub fn new(aggregate_type: impl Into<String>, aggregate_id: Uuid) -> Self {
        Self {
            aggregate_type: aggregate_type.into(),
            aggregate_id: aggregate_id.to_string(),
        }
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.aggregate_type, self.aggregate_id)
    }
}

/// Who caused an event, through what, and as part of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// `user:ULID`, `client:ULID`, `operator:NAME` or `system`.
    #[serde(default = "Metadata::unknown_actor")]
    pub actor: String,
    /// The client through which the actor acted, as a ULID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The session in which the actor acted, as `oauth2_session:ULID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Everything that one request caused shares it.
    #[serde(default)]
    pub correlation_id: Uuid,
    /// The event or command that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<Uuid>,
}

impl Metadata {
    /// The actor of events written by a program that is not ours.
    pub const EXTERNAL: &'static str = "external";

    /// Of an event whose metadata cannot be read.
    pub(crate) fn unreadable() -> Self {
        Self {
            actor: Self::unknown_actor(),
            client: None,
            session: None,
            correlation_id: Uuid::nil(),
            causation_id: None,
        }
    }

    fn unknown_actor() -> String {
        Self::EXTERNAL.to_owned()
    }
}

/// One event of the log. Personal data in `payload` is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    pub position: Position,
    pub event_id: Uuid,
    pub stream: StreamId,
    /// 1 for the first event of the stream.
    pub sequence: u64,
    pub event_type: String,
    pub event_version: String,
    /// JSON, exactly as stored.
    pub payload: String,
    /// JSON, exactly as stored; read it with [`RecordedEvent::metadata`].
    pub metadata: String,
    /// Microseconds since 1970; never decreases with the position.
    pub recorded_at: i64,
    /// Whose key seals the payload, and whom the event is about.
    pub subject: Option<Uuid>,
    /// RFC 6962 leaf hash over all of the above but the subject.
    pub leaf_hash: [u8; 32],
}

impl RecordedEvent {
    pub fn metadata(&self) -> Result<Metadata, serde_json::Error> {
        serde_json::from_str(&self.metadata)
    }
}
