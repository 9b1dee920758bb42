//! Between an event of the domain and its stored form: JSON with personal data sealed.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use muniment_domain::{Event, EventDecodeError, Pii, StoredEvent};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    keys::{KeyError, KeyRing, SealingKey},
    log::{NewEvent, RecordedEvent},
};

#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Decode(#[from] EventDecodeError),
    #[error("an event is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("an event holds personal data but names no person")]
    NoSubject,
}

/// Seals events for the log and opens what it holds.
#[derive(Debug, Clone)]
pub struct Codec {
    keys: Arc<KeyRing>,
}

impl Codec {
    #[must_use]
    pub fn new(keys: Arc<KeyRing>) -> Self {
        Self { keys }
    }

    /// The stored form of an event that is about to be appended.
    pub async fn seal<E>(&self, event: &E, event_id: Uuid) -> Result<NewEvent, CodecError>
    where
        E: StoredEvent + Into<Event>,
    {
        let mut payload = serde_json::to_value(event)?;
        let subject = event.subject();
        if contains(&payload, Pii::<()>::CLEAR) {
            let subject = subject.ok_or(CodecError::NoSubject)?;
            let key = self.keys.for_sealing(subject).await?;
            let context = context(subject, event_id);
            seal_all(&mut payload, &key, &self.keys, &context)?;
        }
        Ok(NewEvent {
            event_id,
            event: event.clone().into(),
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload: serde_json::to_string(&payload)?,
            subject,
        })
    }

    /// The payload with personal data in clear, or marked as shredded.
    pub async fn open_payload(&self, record: &RecordedEvent) -> Result<Value, CodecError> {
        let mut payload = serde_json::from_str(&record.payload)?;
        if record.payload.contains(Pii::<()>::SEALED) && contains(&payload, Pii::<()>::SEALED) {
            let subject = record.subject.ok_or(CodecError::NoSubject)?;
            let key = self.keys.for_opening(subject).await?;
            let context = context(subject, record.event_id);
            open_all(&mut payload, key.as_deref(), &context)?;
        }
        Ok(payload)
    }

    pub async fn open(&self, record: &RecordedEvent) -> Result<Event, CodecError> {
        let payload = self.open_payload(record).await?;
        Ok(Event::decode(
            &record.stream.aggregate_type,
            &record.event_type,
            &record.event_version,
            payload,
        )?)
    }
}

/// Binds a ciphertext to its place: it opens in no other event.
fn context(subject: Uuid, event_id: Uuid) -> [u8; 32] {
    let mut context = [0u8; 32];
    context[..16].copy_from_slice(subject.as_bytes());
    context[16..].copy_from_slice(event_id.as_bytes());
    context
}

/// The value of `{"<member>": value}`, the form in which [`Pii`] is written.
fn only_member<'v>(value: &'v mut Value, member: &str) -> Option<&'v mut Value> {
    match value {
        Value::Object(map) if map.len() == 1 => map.get_mut(member),
        _ => None,
    }
}

fn marked(member: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(member.to_owned(), value)]))
}

fn contains(value: &Value, member: &str) -> bool {
    match value {
        Value::Object(map) => {
            (map.len() == 1 && map.contains_key(member))
                || map.values().any(|value| contains(value, member))
        }
        Value::Array(values) => values.iter().any(|value| contains(value, member)),
        _ => false,
    }
}

fn seal_all(
    value: &mut Value,
    key: &SealingKey,
    keys: &KeyRing,
    context: &[u8],
) -> Result<(), CodecError> {
    if let Some(clear) = only_member(value, Pii::<()>::CLEAR) {
        let clear = serde_json::to_vec(clear)?;
        let sealed = key.seal(keys.entropy(), context, &clear)?;
        *value = marked(
            Pii::<()>::SEALED,
            Value::String(STANDARD_NO_PAD.encode(sealed)),
        );
        return Ok(());
    }
    for child in children(value) {
        seal_all(child, key, keys, context)?;
    }
    Ok(())
}

fn open_all(value: &mut Value, key: Option<&SealingKey>, context: &[u8]) -> Result<(), CodecError> {
    if let Some(sealed) = only_member(value, Pii::<()>::SEALED) {
        let Some(key) = key else {
            *value = marked(Pii::<()>::SHREDDED, Value::Null);
            return Ok(());
        };
        let sealed = sealed
            .as_str()
            .and_then(|text| STANDARD_NO_PAD.decode(text).ok())
            .ok_or(KeyError::Decrypt)?;
        let clear = key.open(context, &sealed)?;
        *value = marked(Pii::<()>::CLEAR, serde_json::from_slice(&clear)?);
        return Ok(());
    }
    for child in children(value) {
        open_all(child, key, context)?;
    }
    Ok(())
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Object(map) => Box::new(map.values_mut()),
        Value::Array(values) => Box::new(values.iter_mut()),
        _ => Box::new(std::iter::empty()),
    }
}
