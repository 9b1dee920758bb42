//! Usernames: the localpart of a Matrix user id.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The text is not a username: 1 to 255 bytes of `a-z 0-9 = _ - . / +`, not starting with `_`
/// (contract graphql.md 10.2, admin-api.md 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a username is 1 to 255 of the characters a-z 0-9 = _ - . / + and does not start with _")]
pub struct InvalidUsername;

/// A valid username.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    pub fn parse(text: &str) -> Result<Self, InvalidUsername> {
        let allowed = |b: u8| {
            b.is_ascii_lowercase()
                || b.is_ascii_digit()
                || matches!(b, b'=' | b'_' | b'-' | b'.' | b'/' | b'+')
        };
        if text.is_empty()
            || text.len() > 255
            || text.starts_with('_')
            || !text.bytes().all(allowed)
        {
            return Err(InvalidUsername);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowed_alphabet_is_accepted() {
        for name in ["a", "a.b-c_d/e+f=0", &"x".repeat(255)] {
            assert!(Username::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for name in ["", "_x", "Alice", "this is invalid", "ä", &"x".repeat(256)] {
            assert!(Username::parse(name).is_err(), "{name}");
        }
    }
}
