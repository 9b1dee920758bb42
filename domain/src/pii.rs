//! Personal data inside an event.
//!
//! The domain works with [`Pii::Clear`]. Whoever stores an event replaces the clear form by the
//! sealed one, encrypted with the key of the event's subject, and opens it again on reading. When
//! that key is gone, what comes back is [`Pii::Shredded`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that identifies or describes a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pii<T> {
    #[serde(rename = "$pii")]
    Clear(T),
    /// Ciphertext, base64; opaque to the domain.
    #[serde(rename = "$sealed")]
    Sealed(String),
    /// The subject was erased: the value existed and is gone for good.
    #[serde(rename = "$shredded")]
    Shredded(()),
}

impl<T> Pii<T> {
    /// The JSON member under which a clear value is written.
    pub const CLEAR: &'static str = "$pii";
    /// The JSON member under which a sealed value is written.
    pub const SEALED: &'static str = "$sealed";
    /// The JSON member that stands where a value was.
    pub const SHREDDED: &'static str = "$shredded";

    #[must_use]
    pub const fn clear(&self) -> Option<&T> {
        match self {
            Self::Clear(value) => Some(value),
            Self::Sealed(_) | Self::Shredded(()) => None,
        }
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Self {
        Self::Clear(value)
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear(_) => "Pii(***)",
            Self::Sealed(_) => "Pii(sealed)",
            Self::Shredded(()) => "Pii(shredded)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_value() {
        assert_eq!(format!("{:?}", Pii::from("alice")), "Pii(***)");
    }

    #[test]
    fn each_form_survives_json() {
        for pii in [
            Pii::from("alice".to_owned()),
            Pii::Sealed("AAAA".into()),
            Pii::Shredded(()),
        ] {
            let json = serde_json::to_string(&pii).unwrap();
            assert_eq!(serde_json::from_str::<Pii<String>>(&json).unwrap(), pii);
        }
    }
}
