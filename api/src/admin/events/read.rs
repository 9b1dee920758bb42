//! What is found in the log, as it is shown. Whoever is shown personal data of others has that recorded
//! before.

use std::sync::Arc;

use muniment_domain::PersonalSessionOwner;
use muniment_store::{
    index::{self, EventFilter, EventPage, FoundEvents},
    log::{EventLog, Position, RecordedEvent},
};
use serde_json::{Value, json};

use super::{Event, filter::EventFormat};
use crate::{
    admin::{AdminError, Caller, envelope::SingleResource, error::Subject},
    app::App,
    history::{Audited, AuditedError, Personal},
};

/// Shows events to somebody.
#[derive(Clone)]
pub struct Reader {
    caller: Caller,
    personal: Personal,
    format: EventFormat,
}

impl Reader {
    pub const fn new(caller: Caller, shows_personal: bool, format: EventFormat) -> Self {
        let personal = if shows_personal {
            Personal::Shown
        } else {
            Personal::Withheld
        };
        Self {
            caller,
            personal,
            format,
        }
    }

    pub const fn app(&self) -> &Arc<App> {
        &self.caller.app
    }

    /// A user's id, or a client's.
    pub fn follower(&self) -> uuid::Uuid {
        match self.caller.owner {
            PersonalSessionOwner::User(user) => user.as_uuid(),
            PersonalSessionOwner::Client(client) => client.as_uuid(),
        }
    }

    /// Where the log ends.
    pub async fn head(&self) -> Result<Position, AdminError> {
        Ok(self.app().log.head().await?)
    }

    pub async fn find(
        &self,
        filter: &EventFilter,
        page: EventPage,
    ) -> Result<FoundEvents, AdminError> {
        Ok(index::find(&self.app().database, filter, page).await?)
    }

    /// Opens events. What personal data they hold is to be shown if it was asked for.
    pub async fn read(&self, records: Vec<RecordedEvent>) -> Result<Vec<Audited>, AdminError> {
        let read = Audited::read_all(self.app(), &self.caller.actor, records, self.personal);
        read.await.map_err(|error| match error {
            AuditedError::Entry(error) => AdminError::Internal(error.to_string()),
            AuditedError::Unrecorded(error) => AdminError::account(error, Subject::Session),
        })
    }

    /// One event, as a line or a message of its own.
    pub fn write(&self, audited: Audited) -> Value {
        match self.format {
            EventFormat::CloudEvent => audited.cloud_event(self.app().site.issuer.as_str()),
            EventFormat::Resource => json!(SingleResource::alone(Event::from(audited))),
        }
    }
}
