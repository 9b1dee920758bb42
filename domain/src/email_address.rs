//! Email addresses, kept as they were written and compared without regard to case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which part of an address is missing or wrong. The texts are part of the wire contract
/// (admin-api.md 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmailAddress {
    #[error("Missing domain or user")]
    MissingParts,
    #[error("Invalid email user")]
    User,
    #[error("Invalid email domain")]
    Domain,
}

/// A syntactically valid address, in the spelling it was given.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        use lettre::address::AddressError;
        match text.parse::<lettre::Address>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(AddressError::InvalidUser) => Err(InvalidEmailAddress::User),
            Err(AddressError::InvalidDomain) => Err(InvalidEmailAddress::Domain),
            Err(_) => Err(InvalidEmailAddress::MissingParts),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two spellings of one address are equal.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for EmailAddress {}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let parse = |text| EmailAddress::parse(text).map(|_| ());
        assert_eq!(parse("alice@example.com"), Ok(()));
        assert_eq!(parse("nonsense"), Err(InvalidEmailAddress::MissingParts));
        assert_eq!(parse("a b@example.com"), Err(InvalidEmailAddress::User));
        assert_eq!(parse("alice@-"), Err(InvalidEmailAddress::Domain));
    }

    #[test]
    fn spelling_is_kept_and_case_does_not_distinguish() {
        let address = EmailAddress::parse("Alice@Example.COM").unwrap();
        assert_eq!(address.as_str(), "Alice@Example.COM");
        assert_eq!(address, EmailAddress::parse("alice@example.com").unwrap());
    }
}
