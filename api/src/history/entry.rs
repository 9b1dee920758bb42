use std::net::IpAddr;

use muniment_domain::{
    BrowserSessionEvent, ClientEvent, ClientId, CompatSessionEvent, Event, Oauth2SessionEvent,
    PersonalSessionEvent, PersonalSessionOwner, Pii, UserEvent, UserId,
};
use muniment_store::{
    Codec, CodecError,
    log::{Metadata, RecordedEvent},
};
use uuid::Uuid;

use super::{Category, category::is_notable, fields::is_personal};
use crate::accounts::SessionRef;

/// An event, opened for reading.
#[derive(Debug, Clone)]
pub struct Entry {
    pub record: RecordedEvent,
    pub metadata: Metadata,
    pub event: Event,
    /// Whether there is personal data in it that was not erased.
    pub is_personal: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error("the metadata at position {position} is not readable: {source}")]
    Metadata {
        position: u64,
        source: serde_json::Error,
    },
}

pub(super) fn metadata(record: &RecordedEvent) -> Result<Metadata, EntryError> {
    record.metadata().map_err(|source| EntryError::Metadata {
        position: record.position,
        source,
    })
}

/// Who caused something, as seen by the person whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The person.
    Oneself(UserId),
    /// Another user, with administrators' rights.
    Administrator(UserId),
    /// A program that acts for itself.
    Application(ClientId),
    /// Whoever runs the server, at its command line.
    Operator,
    /// The server, by its rules.
    System,
    /// Nobody knows.
    Somebody,
}

impl Entry {
    pub async fn read(codec: &Codec, record: RecordedEvent) -> Result<Self, EntryError> {
        let payload = codec.open_payload(&record).await?;
        let is_personal = is_personal(&payload);
        let event = Event::decode(
            &record.stream.aggregate_type,
            &record.event_type,
            &record.event_version,
            payload,
        )
        .map_err(CodecError::from)?;
        let metadata = metadata(&record)?;
        Ok(Self {
            record,
            metadata,
            event,
            is_personal,
        })
    }

    /// The person whom it is about.
    #[must_use]
    pub fn subject(&self) -> Option<UserId> {
        self.record.subject.map(UserId::from_uuid)
    }

    #[must_use]
    pub fn category(&self) -> Category {
        Category::of(&self.record.event_type)
    }

    #[must_use]
    pub fn is_notable(&self) -> bool {
        is_notable(&self.record.event_type)
    }

    #[must_use]
    pub fn by(&self) -> By {
        let actor = self.metadata.actor.as_str();
        let (kind, id) = actor.split_once(':').unwrap_or((actor, ""));
        match kind {
            "user" => id.parse().map_or(By::Somebody, |id: UserId| {
                if Some(id) == self.subject() {
                    By::Oneself(id)
                } else {
                    By::Administrator(id)
                }
            }),
            "client" => id.parse().map_or(By::Somebody, By::Application),
            "operator" => By::Operator,
            "system" => By::System,
            _ => By::Somebody,
        }
    }

    /// The session in which it was done.
    #[must_use]
    pub fn session(&self) -> Option<SessionRef> {
        SessionRef::parse(self.metadata.session.as_deref()?)
    }

    /// The session that it is about.
    #[must_use]
    pub fn target(&self) -> Option<SessionRef> {
        let stream = &self.record.stream;
        let id = Uuid::parse_str(&stream.aggregate_id).ok()?;
        SessionRef::of_kind(&stream.aggregate_type, id)
    }

    /// The client that the event itself names.
    #[must_use]
    pub fn client_named(&self) -> Option<ClientId> {
        match &self.event {
            Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted {
                client_id, ..
            })
            | Event::BrowserSession(
                BrowserSessionEvent::ConsentGiven { client_id, .. }
                | BrowserSessionEvent::ConsentRefused { client_id, .. },
            )
            | Event::Client(
                ClientEvent::ClientRegistered { client_id, .. }
                | ClientEvent::ClientDeleted { client_id },
            )
            | Event::PersonalSession(PersonalSessionEvent::PersonalSessionCreated {
                owner: PersonalSessionOwner::Client(client_id),
                ..
            }) => Some(*client_id),
            _ => None,
        }
    }

    /// The client through which it was done.
    #[must_use]
    pub fn client_used(&self) -> Option<ClientId> {
        self.metadata.client.as_deref()?.parse().ok()
    }

    /// From where, if the event says so.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        let ip = match &self.event {
            Event::BrowserSession(BrowserSessionEvent::BrowserSessionStarted { ip, .. })
            | Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted { ip, .. })
            | Event::CompatSession(CompatSessionEvent::CompatSessionStarted { ip, .. })
            | Event::User(UserEvent::UserSignInsFailed { ip, .. }) => ip.as_ref(),
            _ => None,
        };
        ip.and_then(Pii::clear).copied()
    }

    /// By what program, if the event says so.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        let text = match &self.event {
            Event::BrowserSession(BrowserSessionEvent::BrowserSessionStarted {
                user_agent,
                ..
            })
            | Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted {
                user_agent, ..
            })
            | Event::CompatSession(CompatSessionEvent::CompatSessionStarted {
                user_agent, ..
            }) => user_agent.as_ref(),
            _ => None,
        };
        text.and_then(Pii::clear).map(String::as_str)
    }
}
