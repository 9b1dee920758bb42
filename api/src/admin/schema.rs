//! Types of single values, and how types of our own appear in the document.

use std::fmt;

use muniment_domain::parse_ulid;
use poem_openapi::{
    registry::{MetaSchema, Registry},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use ulid::Ulid;
use uuid::Uuid;

use crate::http::rfc3339_z;

/// What [`schema_type`] needs to know of a type.
pub trait Schema {
    fn schema_name() -> String;
    fn schema(registry: &mut Registry) -> MetaSchema;
}

/// Makes a type that implements [`Schema`] known to poem-openapi, under its name.
macro_rules! schema_type {
    ($type:ident $(<$generic:ident: $bound:path>)?) => {
        impl $(<$generic: $bound>)? poem_openapi::types::Type for $type $(<$generic>)? {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                <Self as $crate::admin::schema::Schema>::schema_name().into()
            }

            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Reference(Self::name().into_owned())
            }

            fn register(registry: &mut poem_openapi::registry::Registry) {
                registry.create_schema::<Self, _>(
                    Self::name().into_owned(),
                    <Self as $crate::admin::schema::Schema>::schema,
                );
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::empty())
            }
        }
    };
}
pub(super) use schema_type;

/// The id of anything: read in either case, written as an upper-case ULID (contract admin-api.md
/// 3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Id(pub Uuid);

impl Id {
    /// As the id of one kind of thing.
    pub fn of<T: From<Uuid>>(self) -> T {
        T::from(self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Ulid::from(self.0.as_u128()), f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_ulid(&text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl Schema for Id {
    fn schema_name() -> String {
        "ULID".to_owned()
    }

    fn schema(_: &mut Registry) -> MetaSchema {
        MetaSchema {
            title: Some("ULID".to_owned()),
            description: Some("A ULID as per https://github.com/ulid/spec"),
            pattern: Some("^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{26}$".to_owned()),
            ..MetaSchema::new("string")
        }
    }
}
schema_type!(Id);

/// A moment, in microseconds since 1970, written as RFC 3339 in UTC (contract admin-api.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(pub i64);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339_z(self.0))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse::<chrono::DateTime<chrono::FixedOffset>>()
            .map(|time| Self(time.timestamp_micros()))
            .map_err(serde::de::Error::custom)
    }
}

impl poem_openapi::types::Type for Timestamp {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> std::borrow::Cow<'static, str> {
        "string_date-time".into()
    }

    fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
        poem_openapi::registry::MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format(
            "string",
            "date-time",
        )))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::empty())
    }
}

/// A text of a certain format, written as it is.
macro_rules! formatted_text {
    ($(#[$meta:meta])* $name:ident, $format:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl poem_openapi::types::Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                concat!("string_", $format).into()
            }

            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Inline(Box::new(
                    MetaSchema::new_with_format("string", $format),
                ))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::empty())
            }
        }

        through_serde!($name, value => {
            serde_json::from_value(value).map_err(ParseError::custom)
        });
    };
}

/// poem-openapi asks for its own conversions of every member of an object. Bodies are read and
/// written by serde alone, which keeps the order of members and the texts of errors.
macro_rules! through_serde {
    ($type:ty, $value:ident => $read:expr) => {
        impl ToJSON for $type {
            fn to_json(&self) -> Option<Value> {
                serde_json::to_value(self).ok()
            }
        }

        impl ParseFromJSON for $type {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                let $value = value.unwrap_or_default();
                $read
            }
        }
    };
}

through_serde!(Id, value => serde_json::from_value(value).map_err(ParseError::custom));
through_serde!(Timestamp, value => Err(ParseError::expected_type(value)));

formatted_text!(
    /// An IP address.
    Ip,
    "ip"
);
formatted_text!(
    /// What may be an email address.
    Email,
    "email"
);
formatted_text!(
    /// An absolute URL.
    Uri,
    "uri"
);

impl Ip {
    pub fn of(last: Option<&muniment_store::activity::LastUse>) -> Option<Self> {
        last.and_then(|last| last.ip).map(|ip| Self(ip.to_string()))
    }
}

impl Uri {
    /// As a browser would write it; a text that is no URL stays as it is.
    pub fn of(text: &str) -> Self {
        Self(
            text.parse::<url::Url>()
                .map_or_else(|_| text.to_owned(), Into::into),
        )
    }
}

/// The id of a device of a user's.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DeviceId(pub String);

impl Schema for DeviceId {
    fn schema_name() -> String {
        "DeviceID".to_owned()
    }

    fn schema(_: &mut Registry) -> MetaSchema {
        MetaSchema {
            title: Some("Device ID".to_owned()),
            pattern: Some("^[A-Za-z0-9._~!$&'()*+,;=:&/-]+$".to_owned()),
            ..MetaSchema::new("string")
        }
    }
}
schema_type!(DeviceId);
through_serde!(DeviceId, value => Err(ParseError::expected_type(value)));

/// Reads a text that a database can keep: PostgreSQL knows none with a NUL in it.
pub fn storable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.contains('\0') {
        return Err(serde::de::Error::custom("a NUL character"));
    }
    Ok(text)
}

/// The same, of a text that may be missing.
pub fn storable_if_given<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Storable(#[serde(deserialize_with = "storable")] String);
    Ok(Option::<Storable>::deserialize(deserializer)?.map(|text| text.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_any_case_and_written_in_upper_case() {
        let id: Id = serde_json::from_str("\"01040g2081040g2081040g2081\"").unwrap();
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            "\"01040G2081040G2081040G2081\""
        );
        assert_eq!(
            serde_json::from_str::<Id>("\"x\"").unwrap_err().to_string(),
            "invalid length"
        );
    }

    #[test]
    fn a_timestamp_ends_in_z() {
        assert_eq!(
            serde_json::to_string(&Timestamp(1_642_344_000_000_000)).unwrap(),
            "\"2022-01-16T14:40:00Z\""
        );
    }
}
