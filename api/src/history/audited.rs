use muniment_store::{
    Codec,
    log::{Metadata, RecordedEvent},
};
use serde_json::{Map, Value, json};
use ulid::Ulid;
use uuid::Uuid;

use super::{
    Disclosures, Fields, Personal,
    entry::{EntryError, metadata},
};
use crate::{accounts::AccountError, app::App, auth::Actor, http::rfc3339_z};

/// An event as auditors see it: what is stored, with its fields by their names.
#[derive(Debug)]
pub struct Audited {
    pub record: RecordedEvent,
    pub metadata: Metadata,
    pub fields: Fields,
}

/// Why events are not shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditedError {
    #[error(transparent)]
    Entry(#[from] EntryError),
    #[error("what would be shown can't be recorded: {0}")]
    Unrecorded(#[from] AccountError),
}

impl Audited {
    /// Opens events to show them to `reader`. Personal data of others is recorded first, if it is to be
    /// shown.
    pub async fn read_all(
        app: &App,
        reader: &Actor,
        records: Vec<RecordedEvent>,
        personal: Personal,
    ) -> Result<Vec<Self>, AuditedError> {
        let mut disclosures = Disclosures::to(reader);
        let mut events = Vec::with_capacity(records.len());
        for record in records {
            let audited = Self::read(app.journal.codec(), record, personal).await?;
            if personal == Personal::Shown && audited.fields.is_personal {
                disclosures.add(audited.record.subject);
            }
            events.push(audited);
        }
        disclosures.record(app).await?;
        Ok(events)
    }

    async fn read(
        codec: &Codec,
        record: RecordedEvent,
        personal: Personal,
    ) -> Result<Self, EntryError> {
        let payload = codec.open_payload(&record).await?;
        let metadata = metadata(&record)?;
        Ok(Self {
            record,
            metadata,
            fields: Fields::of(payload, personal),
        })
    }

    /// The event's id, as a ULID.
    #[must_use]
    pub fn id(&self) -> String {
        ulid(self.record.event_id)
    }

    /// What it happened to, as a ULID.
    #[must_use]
    pub fn aggregate_id(&self) -> String {
        aggregate_id(&self.record)
    }

    /// Whom it is about, as a ULID.
    #[must_use]
    pub fn user_id(&self) -> Option<String> {
        self.record.subject.map(ulid)
    }

    /// As a `CloudEvent` (version 1.0 of the specification, JSON format): `source` is the issuer, the
    /// `sequence` of its extension of that name is the position, and the other extensions say what the
    /// metadata says.
    #[must_use]
    pub fn cloud_event(&self, issuer: &str) -> Value {
        let record = &self.record;
        let mut event = Map::new();
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                event.insert(name.to_owned(), Value::String(value));
            }
        };
        put("specversion", Some("1.0".to_owned()));
        put("id", Some(self.id()));
        put("source", Some(issuer.to_owned()));
        put("type", Some(format!("muniment.{}", record.event_type)));
        put(
            "subject",
            Some(format!(
                "{}/{}",
                record.stream.aggregate_type,
                self.aggregate_id()
            )),
        );
        put("time", Some(rfc3339_z(record.recorded_at)));
        put("datacontenttype", Some("application/json".to_owned()));
        // As wide as the greatest position, so that they sort as they stand.
        put("sequence", Some(format!("{:019}", record.position)));
        put("dataversion", Some(record.event_version.clone()));
        put("userid", self.user_id());
        put("actor", Some(self.metadata.actor.clone()));
        put("clientid", self.metadata.client.clone());
        put("session", self.metadata.session.clone());
        put(
            "correlationid",
            Some(self.metadata.correlation_id.to_string()),
        );
        put(
            "causationid",
            self.metadata.causation_id.map(|id| id.to_string()),
        );
        put("leafhash", Some(hex::encode(record.leaf_hash)));
        event.insert("data".to_owned(), json!(self.fields.values));
        Value::Object(event)
    }
}

/// What an event happened to, as a ULID.
#[must_use]
pub fn aggregate_id(record: &RecordedEvent) -> String {
    let id = &record.stream.aggregate_id;
    Uuid::parse_str(id).map_or_else(|_| id.clone(), ulid)
}

fn ulid(id: Uuid) -> String {
    Ulid::from(id.as_u128()).to_string()
}
