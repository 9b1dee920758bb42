//! Every event of every aggregate, as the log stores it.

use cqrs_es::{Aggregate, DomainEvent};
use uuid::Uuid;

use crate::{
    BrowserSession, BrowserSessionEvent, Claim, Client, ClientEvent, CompatSession,
    CompatSessionEvent, EventKind, Oauth2Session, Oauth2SessionEvent, PersonalData,
    PersonalDataEvent, PersonalSession, PersonalSessionEvent, PolicyData, PolicyDataEvent,
    RegistrationToken, RegistrationTokenEvent, User, UserEvent,
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

/// Defines [`Event`] from the aggregates there are.
macro_rules! aggregates {
    ($($variant:ident: $aggregate:ty, $event:ty;)+) => {
        /// One event of any aggregate.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $($variant($event),)+
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
                    $(
                        <$aggregate>::TYPE => {
                            decode_as(event_type, version, payload).map(Self::$variant)
                        }
                    )+
                    unknown => Err(EventDecodeError::UnknownAggregate(unknown.to_owned())),
                }
            }

            #[must_use]
            pub fn event_type(&self) -> String {
                match self {
                    $(Self::$variant(event) => event.event_type(),)+
                }
            }

            /// The version that is written now.
            #[must_use]
            pub fn event_version(&self) -> String {
                match self {
                    $(Self::$variant(event) => event.event_version(),)+
                }
            }

            #[must_use]
            pub fn subject(&self) -> Option<Uuid> {
                match self {
                    $(Self::$variant(event) => event.subject(),)+
                }
            }

            #[must_use]
            pub fn claims(&self) -> Vec<Claim> {
                match self {
                    $(Self::$variant(event) => event.claims(),)+
                }
            }

            /// The payload as it is written, with personal data in clear.
            pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self {
                    $(Self::$variant(event) => serde_json::to_value(event),)+
                }
            }
        }

        $(
            impl From<$event> for Event {
                fn from(event: $event) -> Self {
                    Self::$variant(event)
                }
            }
        )+

        /// Every kind of event.
        pub fn event_kinds() -> impl Iterator<Item = &'static EventKind> {
            [$(<$event>::KINDS),+].into_iter().flatten()
        }
    };
}

aggregates! {
    User: User, UserEvent;
    BrowserSession: BrowserSession, BrowserSessionEvent;
    Oauth2Session: Oauth2Session, Oauth2SessionEvent;
    CompatSession: CompatSession, CompatSessionEvent;
    PersonalSession: PersonalSession, PersonalSessionEvent;
    Client: Client, ClientEvent;
    RegistrationToken: RegistrationToken, RegistrationTokenEvent;
    PolicyData: PolicyData, PolicyDataEvent;
    PersonalData: PersonalData, PersonalDataEvent;
}
