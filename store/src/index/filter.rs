use uuid::Uuid;

use super::facets;
use crate::log::{Metadata, RecordedEvent};

/// Conditions on events; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Whom they are about.
    pub subject: Option<Uuid>,
    /// Any of these types; no condition when empty.
    pub types: Vec<String>,
    /// By whom, in the form of [`Metadata::actor`].
    pub actor: Option<String>,
    /// Through which client, as a ULID.
    pub client: Option<String>,
    /// In or about which session, as `oauth2_session:ULID`.
    pub session: Option<String>,
    /// Microseconds since 1970; not earlier than this.
    pub since: Option<i64>,
    /// Microseconds since 1970; earlier than this.
    pub until: Option<i64>,
}

impl EventFilter {
    /// Looks at the event itself.
    pub(super) fn matches(&self, record: &RecordedEvent, metadata: &Metadata) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        let about = facets::session_of(record);
        is(self.subject.as_ref(), record.subject.as_ref())
            && (self.types.is_empty() || self.types.contains(&record.event_type))
            && is(self.actor.as_ref(), Some(&metadata.actor))
            && is(self.client.as_ref(), metadata.client.as_ref())
            && (is(self.session.as_ref(), metadata.session.as_ref())
                || is(self.session.as_ref(), about.as_ref()))
            && self.since.is_none_or(|since| record.recorded_at >= since)
            && self.until.is_none_or(|until| record.recorded_at < until)
    }

    /// The facets that an event must have: one of each group.
    pub(super) fn groups(&self) -> Vec<Vec<facets::Facet>> {
        let mut groups = Vec::new();
        if !self.types.is_empty() {
            let of = |event_type: &String| match self.subject {
                Some(subject) => facets::of_subject_and_type(subject, event_type),
                None => facets::of_type(event_type),
            };
            let mut types: Vec<_> = self.types.iter().map(of).collect();
            types.sort_unstable();
            types.dedup();
            groups.push(types);
        }
        groups.extend(
            self.actor
                .as_deref()
                .map(|actor| vec![facets::of_actor(actor)]),
        );
        groups.extend(
            self.client
                .as_deref()
                .map(|client| vec![facets::of_client(client)]),
        );
        groups.extend(
            self.session
                .as_deref()
                .map(|session| vec![facets::of_session(session)]),
        );
        groups
    }

    /// Whether it is for the index at all: a person's events, and all events, are found without.
    pub(super) fn needs_index(&self) -> bool {
        !(self.types.is_empty()
            && self.actor.is_none()
            && self.client.is_none()
            && self.session.is_none())
    }
}
