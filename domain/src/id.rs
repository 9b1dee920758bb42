//! Identifiers: ULIDs on the wire, UUIDs in storage, a type of its own for each kind of thing.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use ulid::{DecodeError, Ulid};
use uuid::Uuid;

/// Why a text is not a ULID (contract admin-api.md 3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdParseError {
    #[error("invalid length")]
    Length,
    #[error("invalid character")]
    Character,
}

/// Reads 26 Crockford characters of either case. Bits beyond 128 in the first one are dropped, and
/// the look-alikes `I L O U` are refused, as existing clients rely on.
pub fn parse_ulid(text: &str) -> Result<Uuid, IdParseError> {
    match Ulid::from_string(text) {
        Ok(id) => Ok(Uuid::from_u128(u128::from(id))),
        Err(DecodeError::InvalidLength) => Err(IdParseError::Length),
        Err(DecodeError::InvalidChar) => Err(IdParseError::Character),
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }

            #[must_use]
            pub const fn as_ulid(&self) -> Ulid {
                Ulid(self.0.as_u128())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.as_ulid(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_ulid(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// An account.
    UserId
);
id!(
    /// One email address of an account.
    EmailId
);
id!(
    /// One password an account has had; its hash is kept in the vault under this id.
    PasswordId
);
id!(
    /// An OAuth 2.0 client.
    ClientId
);
id!(
    /// An OAuth 2.0 session: what one grant allowed one client.
    Oauth2SessionId
);
id!(
    /// One token; only its hash is kept.
    TokenId
);
id!(
    /// A browser's signed-in session.
    BrowserSessionId
);
id!(
    /// One proof of who the user is, within a browser session.
    AuthenticationId
);
id!(
    /// A session of the legacy Matrix login.
    CompatSessionId
);
id!(
    /// One attempt to sign in to a Matrix client through the browser.
    CompatSsoLoginId
);
id!(
    /// A session of personal access tokens.
    PersonalSessionId
);
id!(
    /// What a client asks for at the authorization endpoint or by a device code.
    GrantId
);
id!(
    /// A registration token: an invitation.
    RegistrationTokenId
);
id!(
    /// An upstream identity provider.
    UpstreamProviderId
);
id!(
    /// The tie between an account and its identity at an upstream provider.
    UpstreamLinkId
);
id!(
    /// Data set for the policy's rules.
    PolicyDataId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_an_upper_case_ulid_and_read_in_any_case() {
        let id: UserId = "01040g2081040g2081040g2081".parse().unwrap();
        assert_eq!(id.to_string(), "01040G2081040G2081040G2081");
        assert_eq!(id, UserId::from_uuid(id.as_uuid()));
    }

    #[test]
    fn wrong_length_and_wrong_characters_are_told_apart() {
        assert_eq!("xyz".parse::<UserId>(), Err(IdParseError::Length));
        assert_eq!(
            "01040G2081040G2081040G208I".parse::<UserId>(),
            Err(IdParseError::Character)
        );
        assert_eq!(
            "01040G2081040G2081040G208é".parse::<UserId>(),
            Err(IdParseError::Length)
        );
    }

    #[test]
    fn overflowing_bits_of_the_first_character_are_dropped() {
        let id: UserId = "Z0000000000000000000000000".parse().unwrap();
        assert_eq!(id.to_string(), "70000000000000000000000000");
    }
}
