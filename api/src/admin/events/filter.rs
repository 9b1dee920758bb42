use std::borrow::Cow;

use muniment_domain::event_kinds;
use muniment_store::index::EventFilter;
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::Type,
};
use serde_json::Value;

use crate::admin::{
    AdminError,
    query::{QueryValue, Sort, filters, words},
    schema::{Id, Timestamp},
};

filters! {
    /// What is asked for of the history; all that is given must hold.
    pub struct EventFilters {
        /// Retrieve the events about the given user
        "filter[user]" => user: Option<Id>,
        /// Retrieve the events of the given types, such as `user.locked`
        "filter[type]" => types: Vec<EventTypeName>,
        /// Retrieve what was done by the given actor: `user:ULID`, `client:ULID`, `operator:NAME`, `system` or `anonymous`
        "filter[actor]" => actor: Option<String>,
        /// Retrieve what was done through the given client
        "filter[client]" => client: Option<Id>,
        /// Retrieve what was done in the given browser session, or happened to it
        "filter[user-session]" => user_session: Option<Id>,
        /// Retrieve what was done in the given OAuth 2.0 session, or happened to it
        "filter[oauth2-session]" => oauth2_session: Option<Id>,
        /// Retrieve what was done in the given compatibility session, or happened to it
        "filter[compat-session]" => compat_session: Option<Id>,
        /// Retrieve what was done in the given personal session, or happened to it
        "filter[personal-session]" => personal_session: Option<Id>,
        /// Retrieve the events before the given time
        "filter[created-before]" => created_before: Option<Timestamp>,
        /// Retrieve the events at the given time or later
        "filter[created-after]" => created_after: Option<Timestamp>,
        /// Retrieve the events before the given position
        "filter[before-position]" => before_position: Option<u64>,
        /// Retrieve the events after the given position
        "filter[after-position]" => after_position: Option<u64>,
        /// Show personal data, which is recorded as an event of each person whose data it is
        "personal-data" => personal_data: Option<bool>,
        /// Whether an event is shown as a resource of this API, or as a `CloudEvent` (version 1.0)
        "format" => format: Option<EventFormat>,
    }
}

words! {
    /// In which order events come.
    pub enum EventOrder {
        Position = "position",
        PositionDescending = "-position",
    }
}

words! {
    /// How an event is written.
    pub enum EventFormat {
        Resource = "resource",
        CloudEvent = "cloudevent",
    }
}

impl Sort for EventOrder {
    const COUNTED: bool = false;

    fn descends(self) -> bool {
        self == Self::PositionDescending
    }
}

/// A type of event that there is.
#[derive(Debug, Clone)]
pub struct EventTypeName(String);

impl QueryValue for EventTypeName {
    fn read(text: &str) -> Result<Self, String> {
        if event_kinds().any(|kind| kind.event_type == text) {
            return Ok(Self(text.to_owned()));
        }
        Err("there is no such type of event".to_owned())
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

impl Type for EventTypeName {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "event type".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let known = event_kinds().map(|kind| Value::from(kind.event_type));
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            enum_items: known.collect(),
            ..MetaSchema::new("string")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::empty())
    }
}

impl EventFilters {
    /// As the log is searched.
    pub fn wanted(&self) -> Result<EventFilter, AdminError> {
        let mut sessions = [
            ("browser_session", self.user_session),
            ("oauth2_session", self.oauth2_session),
            ("compat_session", self.compat_session),
            ("personal_session", self.personal_session),
        ]
        .into_iter()
        .filter_map(|(kind, id)| id.map(|id| format!("{kind}:{id}")));
        let session = sessions.next();
        if sessions.next().is_some() {
            return Err(AdminError::bad_request(
                "Only one session can be given in filter parameters",
            ));
        }
        let mut types: Vec<String> = self.types.iter().map(QueryValue::write).collect();
        types.sort_unstable();
        types.dedup();
        Ok(EventFilter {
            subject: self.user.map(|id| id.0),
            types,
            actor: self.actor.clone(),
            client: self.client.map(|id| id.to_string()),
            session,
            since: self.created_after.map(|time| time.0),
            until: self.created_before.map(|time| time.0),
        })
    }
}
