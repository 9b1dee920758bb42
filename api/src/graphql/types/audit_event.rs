use async_graphql::{Context, Description, ID, Json, Object, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use ulid::Ulid;

use super::{HistoryEvent, User, time::date_time};
use crate::{
    graphql::{
        access::{Owned, Owner},
        connection::Listed,
        context::request,
        id::Kind,
    },
    history::aggregate_id,
};

/// An event of the log as it is stored, for auditors. Personal data is left out.
#[derive(Debug, Clone, Description)]
pub struct AuditEvent(pub HistoryEvent);

impl Owned for AuditEvent {
    fn owner(&self) -> Owner {
        Owner::Auditors
    }
}

impl Listed for AuditEvent {
    const KINDS: &'static [Kind] = &[Kind::AuditEvent];

    fn position(&self) -> (Kind, uuid::Uuid) {
        (Kind::AuditEvent, self.0.0.record.event_id)
    }
}

#[Object(use_type_description)]
impl AuditEvent {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::AuditEvent.id(Ulid::from(self.0.0.record.event_id.as_u128()))
    }

    /// When it was written; never earlier than what stands before it.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.0.record.recorded_at)
    }

    /// Where it stands in the log: 1, 2, 3 … without gaps.
    async fn position(&self) -> u64 {
        self.0.0.record.position
    }

    /// Its type, such as `user.locked`.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.0.0.record.event_type
    }

    /// The version of its type, in which it was written.
    async fn version(&self) -> &str {
        &self.0.0.record.event_version
    }

    /// What kind of thing it happened to.
    async fn aggregate_type(&self) -> &str {
        &self.0.0.record.stream.aggregate_type
    }

    /// To which one, as a ULID.
    async fn aggregate_id(&self) -> String {
        aggregate_id(&self.0.0.record)
    }

    /// How many events happened to that thing up to this one.
    async fn sequence(&self) -> u64 {
        self.0.0.record.sequence
    }

    /// Whom it is about.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.0.subject() {
            Some(id) => Ok(request(ctx)?.loaders.user(id).await?.map(User)),
            None => Ok(None),
        }
    }

    /// By whom: `user:ULID`, `client:ULID`, `operator:NAME`, `system` or `anonymous`.
    async fn actor(&self) -> &str {
        &self.0.0.metadata.actor
    }

    /// Through which client, as a ULID.
    async fn client_id(&self) -> Option<&str> {
        self.0.0.metadata.client.as_deref()
    }

    /// In which session, as a global id.
    async fn session_id(&self) -> Option<&str> {
        self.0.0.metadata.session.as_deref()
    }

    /// All that one request caused shares it.
    async fn correlation_id(&self) -> String {
        self.0.0.metadata.correlation_id.to_string()
    }

    /// The event or command that led to it.
    async fn causation_id(&self) -> Option<String> {
        self.0.0.metadata.causation_id.map(|id| id.to_string())
    }

    /// What it says, in the version in which it was written. `(personal)` stands for what identifies
    /// or describes a person.
    async fn data(&self) -> Result<Json<Value>> {
        let mut payload = serde_json::from_str(&self.0.0.record.payload)?;
        withhold(&mut payload);
        Ok(Json(payload))
    }

    /// The RFC 6962 leaf hash over all that is stored of it, in hexadecimal.
    async fn leaf_hash(&self) -> String {
        hex::encode(self.0.0.record.leaf_hash)
    }
}

/// Replaces sealed personal data.
fn withhold(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.len() == 1 && members.contains_key(muniment_domain::Pii::<()>::SEALED) {
                *value = Value::String("(personal)".to_owned());
            } else {
                members.values_mut().for_each(withhold);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(withhold),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_sealed_is_withheld_wherever_it_stands() {
        let mut value =
            json!({"A": {"id": "1", "name": {"$sealed": "x"}, "l": [{"$sealed": "y"}]}});
        withhold(&mut value);
        let wanted = json!({"A": {"id": "1", "name": "(personal)", "l": ["(personal)"]}});
        assert_eq!(value, wanted);
    }
}
