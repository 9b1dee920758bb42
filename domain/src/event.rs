//! Every event of every aggregate, as the log stores it.

use cqrs_es::{Aggregate, DomainEvent};
use uuid::Uuid;

use crate::{
    Claim, Oauth2Session, Oauth2SessionEvent, PolicyData, PolicyDataEvent, User, UserEvent,
    upcast::{UpcastError, upcast},
};

/// What the store needs to know of an aggregate's events beyond their JSON.
pub trait StoredEvent: DomainEvent {
    /// The person whom this event is about.
    fn subject(&self) -> Option<Uuid>;

    /// The key that seals the personal data of this event: the person's own, unless that data can be
    /// shredded while the person stays.
    fn sealing_key(&self) -> Option<Uuid> {
        self.subject()
    }

    /// The unique values this event takes or frees.
    fn claims(&self) -> Vec<Claim>;
}

/// One event of any aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    User(UserEvent),
    Oauth2Session(Oauth2SessionEvent),
    PolicyData(PolicyDataEvent),
}

/// A stored event that this version of the program cannot read.
#[derive(Debug, thiserror::Error)]
pub enum EventDecodeError {
    #[error("unknown aggregate type {0}: the log was written by a newer version")]
    UnknownAggregate(String),
    #[error("{event_type} version {version} cannot be read: {source}")]
    Version {
        event_type: String,
        version: String,
        source: UpcastError,
    },
    #[error("{event_type} version {version} cannot be read: {source}")]
    Payload {
        event_type: String,
        version: String,
        source: serde_json::Error,
    },
}

/// Reads a payload (opened, not sealed) of whatever version as an event of one aggregate.
pub fn decode_as<E: DomainEvent>(
    event_type: &str,
    version: &str,
    mut payload: serde_json::Value,
) -> Result<E, EventDecodeError> {
    upcast(event_type, version, &mut payload).map_err(|source| EventDecodeError::Version {
        event_type: event_type.to_owned(),
        version: version.to_owned(),
        source,
    })?;
    serde_json::from_value(payload).map_err(|source| EventDecodeError::Payload {
        event_type: event_type.to_owned(),
        version: version.to_owned(),
        source,
    })
}

impl Event {
    /// Reads a payload (opened, not sealed) of the named aggregate.
    pub fn decode(
        aggregate_type: &str,
        event_type: &str,
        version: &str,
        payload: serde_json::Value,
    ) -> Result<Self, EventDecodeError> {
        match aggregate_type {
            User::TYPE => decode_as(event_type, version, payload).map(Self::User),
            Oauth2Session::TYPE => decode_as(event_type, version, payload).map(Self::Oauth2Session),
            PolicyData::TYPE => decode_as(event_type, version, payload).map(Self::PolicyData),
            unknown => Err(EventDecodeError::UnknownAggregate(unknown.to_owned())),
        }
    }

    #[must_use]
    pub fn event_type(&self) -> String {
        match self {
            Self::User(event) => event.event_type(),
            Self::Oauth2Session(event) => event.event_type(),
            Self::PolicyData(event) => event.event_type(),
        }
    }

    #[must_use]
    pub fn subject(&self) -> Option<Uuid> {
        match self {
            Self::User(event) => event.subject(),
            Self::Oauth2Session(event) => event.subject(),
            Self::PolicyData(event) => event.subject(),
        }
    }

    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        match self {
            Self::User(event) => event.claims(),
            Self::Oauth2Session(event) => event.claims(),
            Self::PolicyData(event) => event.claims(),
        }
    }
}

impl From<UserEvent> for Event {
    fn from(event: UserEvent) -> Self {
        Self::User(event)
    }
}

impl From<Oauth2SessionEvent> for Event {
    fn from(event: Oauth2SessionEvent) -> Self {
        Self::Oauth2Session(event)
    }
}

impl From<PolicyDataEvent> for Event {
    fn from(event: PolicyDataEvent) -> Self {
        Self::PolicyData(event)
    }
}
