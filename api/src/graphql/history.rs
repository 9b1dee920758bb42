//! Pages of the history (ours): events from the log, by the cursors of their ids.

use std::sync::Arc;

use async_graphql::{
    Error, Result,
    connection::{self, Edge, OpaqueCursor},
};
use muniment_domain::event_kinds;
use muniment_projections::queries::{Direction, PageRequest};
use muniment_store::{
    index::{self, EventFilter, EventPage, FindError, FoundEvents},
    log::{Position, RecordedEvent},
};
use ulid::Ulid;
use uuid::Uuid;

use super::{
    connection::{Cursor, Listed, PageArgs},
    context::RequestContext,
    types::{AuditEvent, DateFilter, HistoryEvent},
};
use crate::history::{Category, Disclosures, Entry, is_notable};

/// A list that is not counted: it has no end.
pub type Uncounted<T> = connection::Connection<Cursor, T>;

impl DateFilter {
    /// As of events: without its ends.
    pub fn of_events(filter: Option<Self>, events: EventFilter) -> EventFilter {
        let (after, before) = filter.map_or((None, None), Self::micros);
        EventFilter {
            since: after.map(|after| after.saturating_add(1)),
            until: before,
            ..events
        }
    }
}

/// The types of events of these categories, of these types, and that deserve a second look or not, as far
/// as it is asked for; `None` when no type can be all of it.
pub fn types(
    categories: Option<Vec<Category>>,
    types: Option<Vec<String>>,
    notable: Option<bool>,
) -> Option<Vec<String>> {
    let categories = categories.unwrap_or_default();
    let types = types.unwrap_or_default();
    if categories.is_empty() && types.is_empty() && notable.is_none() {
        return Some(Vec::new());
    }
    let wanted = event_kinds().map(|kind| kind.event_type);
    let wanted: Vec<String> = wanted
        .filter(|known| types.is_empty() || types.iter().any(|named| named == known))
        .filter(|known| categories.is_empty() || categories.contains(&Category::of(known)))
        .filter(|known| notable.is_none_or(|notable| notable == is_notable(known)))
        .map(ToOwned::to_owned)
        .collect();
    (!wanted.is_empty()).then_some(wanted)
}

/// A page of what the filter asks for, for people.
pub async fn history(
    request: &RequestContext,
    filter: &EventFilter,
    page: PageArgs,
) -> Result<Uncounted<HistoryEvent>> {
    let page = page.read(HistoryEvent::KINDS)?;
    let connection = list(request, filter, page, |event| event).await?;
    disclose(request, connection.edges.iter().map(|edge| &edge.node)).await?;
    Ok(connection)
}

/// Records that events are about to be shown to somebody, whose own they may not be.
async fn disclose<'e>(
    request: &RequestContext,
    events: impl Iterator<Item = &'e HistoryEvent>,
) -> Result<()> {
    let mut disclosures = Disclosures::to(&request.actor());
    for HistoryEvent(entry) in events.filter(|event| event.0.is_personal) {
        disclosures.add(entry.record.subject);
    }
    let recorded = disclosures.record(&request.app).await;
    recorded.map_err(|error| request.failure(error))
}

/// The same, for auditors.
pub async fn audit_events(
    request: &RequestContext,
    filter: &EventFilter,
    page: PageArgs,
) -> Result<Uncounted<AuditEvent>> {
    list(request, filter, page.read(AuditEvent::KINDS)?, AuditEvent).await
}

/// A list with nothing in it.
pub fn nothing<T: Listed>() -> Uncounted<T> {
    Uncounted::new(false, false)
}

/// One event, whosever it is.
pub async fn event(request: &RequestContext, id: Uuid) -> Result<Option<HistoryEvent>> {
    match record(request, id).await? {
        Some(record) => Ok(Some(read(request, record).await?)),
        None => Ok(None),
    }
}

/// One event, if the requester may see it.
pub async fn visible_event(request: &RequestContext, id: Uuid) -> Result<Option<HistoryEvent>> {
    let visible = request.visible(event(request, id).await?);
    disclose(request, visible.iter()).await?;
    Ok(visible)
}

async fn record(request: &RequestContext, id: Uuid) -> Result<Option<RecordedEvent>> {
    let found = index::event(&request.app.database, id).await;
    found.map_err(|error| request.failure(error))
}

/// Where an event stands.
pub async fn position(request: &RequestContext, id: Uuid) -> Result<Option<Position>> {
    Ok(record(request, id).await?.map(|record| record.position))
}

pub async fn find(
    request: &RequestContext,
    filter: &EventFilter,
    page: EventPage,
) -> Result<FoundEvents> {
    let found = index::find(&request.app.database, filter, page).await;
    found.map_err(|error| match error {
        FindError::Log(error) => request.failure(error),
        error @ FindError::Behind { .. } => Error::new(error.to_string()),
        error @ FindError::Metadata { .. } => request.broken(&error),
    })
}

pub async fn read(request: &RequestContext, record: RecordedEvent) -> Result<HistoryEvent> {
    let entry = Entry::read(request.app.journal.codec(), record).await;
    let entry = entry.map_err(|error| request.broken(&error))?;
    Ok(HistoryEvent(Arc::new(entry)))
}

async fn list<T: Listed>(
    request: &RequestContext,
    filter: &EventFilter,
    page: PageRequest,
    to: impl Fn(HistoryEvent) -> T,
) -> Result<Uncounted<T>> {
    let backward = page.direction == Direction::Backward;
    let page = EventPage {
        after: at(request, page.after).await?,
        before: at(request, page.before).await?,
        backward,
        limit: page.limit,
    };
    let found = find(request, filter, page).await?;
    let more = found.has_more;
    let mut connection = Uncounted::new(backward && more, !backward && more);
    for record in found.events {
        let node = to(read(request, record).await?);
        let (kind, id) = node.position();
        let cursor = OpaqueCursor((kind, Ulid::from(id.as_u128())));
        connection.edges.push(Edge::new(cursor, node));
    }
    Ok(connection)
}

/// The position of a cursor's event.
async fn at(request: &RequestContext, cursor: Option<Uuid>) -> Result<Option<Position>> {
    match cursor {
        None => Ok(None),
        Some(id) => match position(request, id).await? {
            Some(position) => Ok(Some(position)),
            None => Err("invalid cursor".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_narrows_each_other() {
        let named = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(types(None, None, None), Some(Vec::new()));
        assert_eq!(
            types(None, named(&["user.locked"]), None),
            named(&["user.locked"])
        );
        let email = Some(vec![Category::Email]);
        let added_and_removed = named(&["user.email_added", "user.email_removed"]);
        assert_eq!(types(email.clone(), None, None), added_and_removed);
        assert_eq!(
            types(
                email.clone(),
                named(&["user.email_added", "user.locked"]),
                None
            ),
            named(&["user.email_added"])
        );
        assert_eq!(types(email.clone(), named(&["user.locked"]), None), None);
        assert_eq!(types(email.clone(), None, Some(true)), added_and_removed);
        assert_eq!(types(email, None, Some(false)), None);
        let session = Some(vec![Category::Session]);
        assert_eq!(types(session, None, Some(true)), None);
    }

    #[test]
    fn each_type_deserves_a_second_look_or_does_not() {
        let of = |notable| types(None, None, Some(notable)).unwrap();
        let mut both = [of(true), of(false)].concat();
        both.sort_unstable();
        let mut known: Vec<&str> = event_kinds().map(|kind| kind.event_type).collect();
        known.sort_unstable();
        assert_eq!(both, known);
    }
}
