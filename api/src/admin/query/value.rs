use muniment_domain::parse_ulid;
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error},
};

use super::super::schema::{Id, Timestamp};
use crate::http::rfc3339_z;

/// A value in a query string.
pub trait QueryValue: Sized {
    /// Reads the decoded text; an error says what is wrong with it, in the words that existing
    /// clients know.
    fn read(text: &str) -> Result<Self, String>;

    /// As links repeat it.
    fn write(&self) -> String;
}

impl QueryValue for bool {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: std::str::ParseBoolError| error.to_string())
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl QueryValue for u64 {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: std::num::ParseIntError| error.to_string())
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl QueryValue for String {
    fn read(text: &str) -> Result<Self, String> {
        // PostgreSQL knows no text with it.
        if text.contains('\0') {
            return Err("invalid character".to_owned());
        }
        Ok(text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl QueryValue for Id {
    fn read(text: &str) -> Result<Self, String> {
        parse_ulid(text)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl QueryValue for Timestamp {
    fn read(text: &str) -> Result<Self, String> {
        text.parse::<chrono::DateTime<chrono::FixedOffset>>()
            .map(|time| Self(time.timestamp_micros()))
            .map_err(|error| error.to_string())
    }

    fn write(&self) -> String {
        rfc3339_z(self.0 - self.0.rem_euclid(1_000_000))
    }
}

/// Declares an enumeration of words.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, poem_openapi::Enum)]
        pub enum $name {
            $(
                #[serde(rename = $word)]
                #[oai(rename = $word)]
                $variant,
            )+
        }

        impl $crate::admin::query::QueryValue for $name {
            fn read(text: &str) -> Result<Self, String> {
                $crate::admin::query::unit_variant(text)
            }

            fn write(&self) -> String {
                match self {
                    $(Self::$variant => $word,)+
                }
                .to_owned()
            }
        }
    };
}
pub(in crate::admin) use words;

/// Reads one of an enumeration's words.
pub fn unit_variant<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, String> {
    T::deserialize(text.into_deserializer()).map_err(|error: Error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_the_known_words() {
        assert_eq!(
            bool::read("invalid"),
            Err("provided string was not `true` or `false`".to_owned())
        );
        assert_eq!(String::read("a\0b"), Err("invalid character".to_owned()));
        assert_eq!(Id::read("junk"), Err("invalid length".to_owned()));
        assert_eq!(
            Id::read("0I040G2081040G2081040G2081"),
            Err("invalid character".to_owned())
        );
    }
}
