//! Between an event of the domain and its stored form: JSON with personal data sealed.

use std::{collections::HashMap, sync::Arc};

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

    pub(crate) const fn keys(&self) -> &Arc<KeyRing> {
        &self.keys
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
            let id = event.sealing_key().unwrap_or(subject);
            let key = self.keys.for_sealing(subject, id).await?;
            let place = Place {
                subject,
                event_id,
                key_id: id,
            };
            seal_all(&mut payload, &key, &self.keys, place)?;
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
        let Sealed { mut payload, place } = Sealed::read(record)?;
        if let Some(place) = place {
            let key = self.keys.for_opening(place.subject, place.key_id).await?;
            open_all(&mut payload, key.as_deref(), place)?;
        }
        Ok(payload)
    }

    /// A recorded event of one aggregate, in today's form.
    pub async fn open_as<E: StoredEvent>(&self, record: &RecordedEvent) -> Result<E, CodecError> {
        let payload = self.open_payload(record).await?;
        Ok(muniment_domain::decode_as(
            &record.event_type,
            &record.event_version,
            payload,
        )?)
    }

    pub async fn open(&self, record: &RecordedEvent) -> Result<Event, CodecError> {
        decode(record, self.open_payload(record).await?)
    }

    /// Opens many events, whose keys are looked up together. The error is one of the store of keys;
    /// those of single events are beside the others.
    pub async fn open_all(
        &self,
        records: &[RecordedEvent],
    ) -> Result<Vec<Result<Event, CodecError>>, CodecError> {
        let mut wanted = HashMap::new();
        let sealed: Vec<Result<Sealed, CodecError>> = records.iter().map(Sealed::read).collect();
        for place in sealed.iter().flatten().filter_map(|sealed| sealed.place) {
            wanted.insert(place.key_id, place.subject);
        }
        let keys = self.keys.for_opening_all(&wanted).await?;
        let mut opened = Vec::with_capacity(records.len());
        for (record, sealed) in records.iter().zip(sealed) {
            opened.push(match sealed {
                Ok(Sealed {
                    payload,
                    place: None,
                }) => decode(record, payload),
                Ok(Sealed {
                    mut payload,
                    place: Some(place),
                }) => match keys.get(&place.key_id) {
                    Some(key) => open_all(&mut payload, Some(key), place)
                        .and_then(|()| decode(record, payload)),
                    // It was destroyed, or never was: which of the two takes a closer look.
                    None => match self.open(record).await {
                        Err(error @ CodecError::Key(KeyError::Database(_))) => return Err(error),
                        opened => opened,
                    },
                },
                Err(error) => Err(error),
            });
        }
        Ok(opened)
    }
}

/// A payload, and where its personal data belongs if it has any.
struct Sealed {
    payload: Value,
    place: Option<Place>,
}

impl Sealed {
    fn read(record: &RecordedEvent) -> Result<Self, CodecError> {
        let mut payload = serde_json::from_str(&record.payload)?;
        let mut place = None;
        if record.payload.contains(Pii::<()>::SEALED)
            && let Some(sealed) = first_sealed(&mut payload)
        {
            place = Some(Place {
                subject: record.subject.ok_or(CodecError::NoSubject)?,
                event_id: record.event_id,
                key_id: key_and_ciphertext(sealed)?.0,
            });
        }
        Ok(Self { payload, place })
    }
}

fn decode(record: &RecordedEvent, payload: Value) -> Result<Event, CodecError> {
    Ok(Event::decode(
        &record.stream.aggregate_type,
        &record.event_type,
        &record.event_version,
        payload,
    )?)
}

/// Where a ciphertext belongs: it opens in no other event, about nobody else, and under no other key.
#[derive(Clone, Copy)]
struct Place {
    subject: Uuid,
    event_id: Uuid,
    key_id: Uuid,
}

impl Place {
    fn context(self) -> [u8; 48] {
        let mut context = [0u8; 48];
        context[..16].copy_from_slice(self.subject.as_bytes());
        context[16..32].copy_from_slice(self.event_id.as_bytes());
        context[32..].copy_from_slice(self.key_id.as_bytes());
        context
    }
}

/// A sealed value names its key: 16 bytes before the ciphertext, all in base64.
fn key_and_ciphertext(sealed: &Value) -> Result<(Uuid, Vec<u8>), KeyError> {
    let mut bytes = sealed
        .as_str()
        .and_then(|text| STANDARD_NO_PAD.decode(text).ok())
        .ok_or(KeyError::Decrypt)?;
    if bytes.len() < 16 {
        return Err(KeyError::Decrypt);
    }
    let ciphertext = bytes.split_off(16);
    let id = Uuid::from_slice(&bytes).map_err(|_| KeyError::Decrypt)?;
    Ok((id, ciphertext))
}

fn first_sealed(value: &mut Value) -> Option<&Value> {
    // Asked twice, as a borrow that is returned from one branch lasts through the others.
    if only_member(value, Pii::<()>::SEALED).is_some() {
        return only_member(value, Pii::<()>::SEALED).map(|value| &*value);
    }
    children(value).find_map(first_sealed)
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
    place: Place,
) -> Result<(), CodecError> {
    if let Some(clear) = only_member(value, Pii::<()>::CLEAR) {
        let clear = serde_json::to_vec(clear)?;
        let mut sealed = place.key_id.as_bytes().to_vec();
        sealed.extend(key.seal(keys.entropy(), &place.context(), &clear)?);
        *value = marked(
            Pii::<()>::SEALED,
            Value::String(STANDARD_NO_PAD.encode(sealed)),
        );
        return Ok(());
    }
    for child in children(value) {
        seal_all(child, key, keys, place)?;
    }
    Ok(())
}

fn open_all(value: &mut Value, key: Option<&SealingKey>, place: Place) -> Result<(), CodecError> {
    if let Some(sealed) = only_member(value, Pii::<()>::SEALED) {
        let Some(key) = key else {
            *value = marked(Pii::<()>::SHREDDED, Value::Null);
            return Ok(());
        };
        let (_, ciphertext) = key_and_ciphertext(sealed)?;
        let clear = key.open(&place.context(), &ciphertext)?;
        *value = marked(Pii::<()>::CLEAR, serde_json::from_slice(&clear)?);
        return Ok(());
    }
    for child in children(value) {
        open_all(child, key, place)?;
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
