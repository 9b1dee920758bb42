//! What must be unique across accounts, derived from the events that take or free it.

use uuid::Uuid;

use crate::{EmailAddress, UpstreamProviderId, Username};

/// The namespaces in which values are unique. The names are stored: never change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimKind {
    Username,
    Email,
    /// The identity at an upstream provider.
    UpstreamSubject,
}

impl ClaimKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::UpstreamSubject => "upstream_subject",
        }
    }
}

/// A change to the set of taken values that an event brings about.
///
/// `reference` is the id of the thing that holds the value (an account, an email entry), so that it
/// can be freed when the value itself is no longer readable.
#[derive(Clone, PartialEq, Eq)]
pub enum Claim {
    Take {
        kind: ClaimKind,
        /// Normalised; stored only as a keyed hash.
        value: String,
        owner: Uuid,
        reference: Uuid,
    },
    Free {
        kind: ClaimKind,
        reference: Uuid,
    },
}

impl Claim {
    pub(crate) fn username(username: &Username, user: Uuid) -> Self {
        Self::Take {
            kind: ClaimKind::Username,
            value: username.as_str().to_lowercase(),
            owner: user,
            reference: user,
        }
    }

    pub(crate) fn upstream_subject(
        provider: UpstreamProviderId,
        subject: &str,
        user: Uuid,
        link: Uuid,
    ) -> Self {
        Self::Take {
            kind: ClaimKind::UpstreamSubject,
            value: Self::upstream_subject_value(provider, subject),
            owner: user,
            reference: link,
        }
    }

    /// The value that is unique among upstream identities.
    #[must_use]
    pub fn upstream_subject_value(provider: UpstreamProviderId, subject: &str) -> String {
        format!("{provider}:{subject}")
    }

    pub(crate) fn email(address: &EmailAddress, user: Uuid, email: Uuid) -> Self {
        Self::Take {
            kind: ClaimKind::Email,
            value: address.folded(),
            owner: user,
            reference: email,
        }
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Take {
                kind, reference, ..
            } => write!(f, "Take({} for {reference})", kind.as_str()),
            Self::Free { kind, reference } => write!(f, "Free({} of {reference})", kind.as_str()),
        }
    }
}
