//! OAuth 2.0 scopes: a set of tokens (RFC 6749 section 3.3).

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The text is not a list of scope tokens separated by single spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is a list of tokens separated by single spaces")]
pub struct InvalidScope;

/// A set of scope tokens, written sorted and separated by single spaces. May be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Full access to the Admin API, and to everybody's data in GraphQL.
    pub const ADMIN: &'static str = "urn:mas:admin";
    /// Narrower scopes of the Admin API: everything to look at, or one area of it.
    pub const ADMIN_READ: &'static str = "urn:muniment:admin:read";
    pub const ADMIN_USERS: &'static str = "urn:muniment:admin:users";
    pub const ADMIN_SESSIONS: &'static str = "urn:muniment:admin:sessions";
    pub const ADMIN_TOKENS: &'static str = "urn:muniment:admin:tokens";
    /// What was done, and by whom.
    pub const AUDIT: &'static str = "urn:muniment:audit";
    /// All that administrators alone may grant in place of [`Self::ADMIN`].
    pub const PARTS_OF_ADMIN: [&'static str; 5] = [
        Self::ADMIN_READ,
        Self::ADMIN_USERS,
        Self::ADMIN_SESSIONS,
        Self::ADMIN_TOKENS,
        Self::AUDIT,
    ];
    /// Access to GraphQL with a bearer token.
    pub const GRAPHQL: &'static str = "urn:mas:graphql:*";

    /// What gives a session its device, before the device's id: stable and unstable.
    pub const DEVICE: [&'static str; 2] = [
        "urn:matrix:client:device:",
        "urn:matrix:org.matrix.msc2967.client:device:",
    ];

    /// The tokens that give a session this device; none when its id can't stand in a scope.
    #[must_use]
    pub fn device_tokens(device: &str) -> Vec<String> {
        if device.is_empty() || !device.bytes().all(token_char) {
            return Vec::new();
        }
        Self::DEVICE
            .iter()
            .map(|prefix| format!("{prefix}{device}"))
            .collect()
    }

    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.contains(token)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a byte may stand in a token.
const fn token_char(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(' ')
            .map(|token| {
                (!token.is_empty() && token.bytes().all(token_char))
                    .then(|| token.to_owned())
                    .ok_or(InvalidScope)
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, token) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_a_sorted_set() {
        let scope: Scope = "urn:mas:admin openid openid".parse().unwrap();
        assert_eq!(scope.to_string(), "openid urn:mas:admin");
    }

    #[test]
    fn a_device_is_in_a_scope_in_two_forms_or_not_at_all() {
        assert_eq!(
            Scope::device_tokens("ABC"),
            [
                "urn:matrix:client:device:ABC",
                "urn:matrix:org.matrix.msc2967.client:device:ABC",
            ]
        );
        for unfit in ["", "A B", "A\"", "\u{e9}"] {
            assert!(Scope::device_tokens(unfit).is_empty(), "{unfit:?}");
        }
    }

    #[test]
    fn empty_double_spaced_and_control_characters_are_refused() {
        for text in ["", " ", "a  b", "a\nb", "a\"b"] {
            assert_eq!(text.parse::<Scope>(), Err(InvalidScope), "{text:?}");
        }
    }
}
