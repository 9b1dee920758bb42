use poem_openapi::{Object, types::Any};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    admin::{
        envelope::Resource,
        schema::{Id, Timestamp},
    },
    history::Audited,
};

/// An event of the log
#[derive(Serialize, Object)]
pub struct Event {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// Where it stands in the log: 1, 2, 3 … without gaps, in the order in which things happened
    position: u64,
    /// When it was written, never earlier than what stands before it
    created_at: Timestamp,
    /// What happened, such as `user.locked`; the catalogue is docs/events.md
    #[serde(rename = "event_type")]
    #[oai(rename = "event_type")]
    kind: String,
    /// The version of its type, in which it was written
    #[serde(rename = "event_version")]
    #[oai(rename = "event_version")]
    version: String,
    /// What kind of thing it happened to
    aggregate_type: String,
    /// To which one
    aggregate_id: String,
    /// How many events happened to that thing up to this one
    sequence: u64,
    /// The user whom it is about
    #[oai(nullable)]
    user_id: Option<Id>,
    /// Who did it: `user:ULID`, `client:ULID`, `operator:NAME`, `system` or `anonymous`
    actor: String,
    /// The client through which it was done
    #[oai(nullable)]
    client_id: Option<String>,
    /// The session in which it was done, such as `oauth2_session:ULID`
    #[oai(nullable)]
    session: Option<String>,
    /// Everything that one request caused shares it
    correlation_id: String,
    /// The event or command that led to it
    #[oai(nullable)]
    causation_id: Option<String>,
    /// What it says, by the names of its fields. Personal data is an object whose member `personal` is
    /// `withheld`, `erased`, or `shown`, then with the `value`
    data: Any<Map<String, Value>>,
    /// The RFC 6962 leaf hash over all that is stored of it, in hexadecimal
    leaf_hash: String,
}

impl From<Audited> for Event {
    fn from(audited: Audited) -> Self {
        let aggregate_id = audited.aggregate_id();
        let Audited {
            record,
            metadata,
            fields,
        } = audited;
        Self {
            id: Id(record.event_id),
            position: record.position,
            created_at: Timestamp(record.recorded_at),
            kind: record.event_type,
            version: record.event_version,
            aggregate_type: record.stream.aggregate_type,
            aggregate_id,
            sequence: record.sequence,
            user_id: record.subject.map(Id),
            actor: metadata.actor,
            client_id: metadata.client,
            session: metadata.session,
            correlation_id: metadata.correlation_id.to_string(),
            causation_id: metadata.causation_id.map(|id| id.to_string()),
            data: Any(fields.values),
            leaf_hash: hex::encode(record.leaf_hash),
        }
    }
}

impl Resource for Event {
    const TYPE: &'static str = "event";
    const PATH: &'static str = "/api/admin/v1/events";

    fn id(&self) -> Id {
        self.id
    }
}
