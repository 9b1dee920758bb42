//! What an event says, for programs and tables: its fields, ids as ULIDs, personal data marked as such.

use muniment_domain::{Pii, UserId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An event's fields by their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    pub values: Map<String, Value>,
    /// Whether there is personal data in them that was not erased.
    pub is_personal: bool,
}

/// Whether personal data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    Withheld,
    Shown,
}

impl Fields {
    /// Of an opened payload, `{"Variant": {…}}`. Personal data becomes `{"personal": "withheld"}`,
    /// `{"personal": "erased"}`, or `{"personal": "shown", "value": …}`.
    #[must_use]
    pub fn of(payload: Value, personal: Personal) -> Self {
        let mut fields = Self {
            values: Map::new(),
            is_personal: false,
        };
        let Value::Object(variant) = payload else {
            return fields;
        };
        for (_, body) in variant {
            let Value::Object(members) = body else {
                continue;
            };
            for (name, value) in members {
                let value = fields.read(&name, value, personal);
                fields.values.insert(name, value);
            }
        }
        fields
    }

    fn read(&mut self, name: &str, value: Value, personal: Personal) -> Value {
        match value {
            Value::Object(mut members) => {
                if let Some(clear) = members.remove(Pii::<()>::CLEAR) {
                    self.is_personal = true;
                    return match personal {
                        Personal::Shown => json!({"personal": "shown", "value": clear}),
                        Personal::Withheld => json!({"personal": "withheld"}),
                    };
                }
                if members.contains_key(Pii::<()>::SHREDDED) {
                    return json!({"personal": "erased"});
                }
                let members = members.into_iter().map(|(name, value)| {
                    let value = self.read(&name, value, personal);
                    (name, value)
                });
                Value::Object(members.collect())
            }
            Value::String(text) if name.ends_with("_id") => {
                Uuid::parse_str(&text).map_or(Value::String(text), |id| {
                    // Ids of whichever kind are written alike.
                    Value::String(UserId::from_uuid(id).to_string())
                })
            }
            // A list of ids; no event holds a list of free texts.
            Value::Array(values) => values
                .into_iter()
                .map(|value| self.read("_id", value, personal))
                .collect(),
            other => other,
        }
    }
}

/// Whether a payload, or a part of one, holds personal data that was not erased.
pub(super) fn is_personal(payload: &Value) -> bool {
    match payload {
        Value::Object(members) => {
            members.contains_key(Pii::<()>::CLEAR) || members.values().any(is_personal)
        }
        Value::Array(values) => values.iter().any(is_personal),
        _ => false,
    }
}

/// A field's value in a few words, for people.
#[must_use]
pub fn show(value: &Value) -> String {
    let personal = value.get("personal").and_then(Value::as_str);
    match (personal, value.get("value"), value) {
        (Some(_), Some(clear), _) => show(clear),
        (Some("erased"), None, _) => "(erased)".to_owned(),
        (Some(_), None, _) => "(personal)".to_owned(),
        (None, _, Value::String(text)) => text.clone(),
        (None, _, other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Value {
        json!({"UserRegistered": {
            "user_id": "018f4a3c-5f7e-7b21-9d3c-2a6f0e8b4c11",
            "username": {"$pii": "alice"},
            "email": {"$shredded": null},
            "method": {"Upstream": {"link_id": "018f4a3c-5f7e-7b21-9d3c-2a6f0e8b4c11"}},
            "count": 3,
        }})
    }

    #[test]
    fn personal_data_shows_as_such_and_what_was_erased_as_erased() {
        let fields = Fields::of(payload(), Personal::Withheld);
        assert!(fields.is_personal && is_personal(&payload()));
        let ulid = "01HX53RQVYFCGSTF1ADW78PK0H";
        let expected = json!({
            "user_id": ulid,
            "username": {"personal": "withheld"},
            "email": {"personal": "erased"},
            "method": {"Upstream": {"link_id": ulid}},
            "count": 3,
        });
        assert_eq!(Value::Object(fields.values), expected);
    }

    #[test]
    fn what_is_shown_is_marked_too() {
        let fields = Fields::of(payload(), Personal::Shown);
        let username = &fields.values["username"];
        assert_eq!(*username, json!({"personal": "shown", "value": "alice"}));
        assert_eq!(show(username), "alice");
        assert_eq!(show(&fields.values["email"]), "(erased)");
        assert_eq!(show(&json!({"personal": "withheld"})), "(personal)");
        assert_eq!(show(&json!(3)), "3");
    }

    #[test]
    fn what_is_all_erased_is_not_personal_any_longer() {
        let payload = json!({"A": {"email": {"$shredded": null}}});
        assert!(!Fields::of(payload, Personal::Shown).is_personal);
    }
}
