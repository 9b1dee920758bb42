use muniment_projections::queries::{Direction, Page};
use muniment_store::{
    index::{self, EventPage},
    log::Position,
};
use poem::http::StatusCode;
use poem_openapi::OpenApi;
use serde_json::Value;

use super::{
    Event,
    filter::{EventFilters, EventFormat, EventOrder},
    form::{CLOUD_EVENTS, Events, Follower, Form},
    lines::{Lines, lines},
    read::Reader,
    tail::tail,
};
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Refuses, json, json_as},
    envelope::PaginatedResponse,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination},
    schema::Id,
};

/// Events on a page.
const MOST: u32 = 1_000;

#[derive(Default)]
pub struct ListEvents;

impl Refuses for ListEvents {
    const REFUSALS: &'static [(u16, &'static str)] = &[(
        429,
        "Too many follow the history already; only for `text/event-stream`",
    )];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Event")]
impl ListEvents {
    /// List events
    ///
    /// What has happened, in the order in which it did, a page of at most 1,000 at a time. The header
    /// `Accept` asks for other forms: `application/cloudevents-batch+json` for the page as `CloudEvents`,
    /// `application/x-ndjson` for all events that are there by now (or `page[first]` of them), one a line,
    /// and `text/event-stream` for what is new as it happens, after the position that `Last-Event-ID` or
    /// `filter[after-position]` names. Personal data is withheld unless `personal-data=true`.
    #[oai(path = "/events", method = "get", operation_id = "listEvents")]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination<EventOrder>,
        filter: Filtered<EventFilters>,
        form: Form,
        follower: Follower,
    ) -> Answer<Self, Events> {
        let given = &filter.0;
        let wanted = given.wanted()?;
        let format = match (form, given.format) {
            (Form::CloudEvents, _) => EventFormat::CloudEvent,
            (_, format) => format.unwrap_or(EventFormat::Resource),
        };
        let reader = Reader::new(caller, given.personal_data.unwrap_or(false), format);
        let span = span(&reader, &page, given).await?;
        let response = match form {
            Form::Tail => tail(reader, wanted, span, follower).await?,
            Form::Lines => {
                let head = reader.head().await?;
                lines(Lines {
                    reader,
                    filter: wanted,
                    page: EventPage {
                        before: Some(span.before.unwrap_or(head + 1).min(head + 1)),
                        ..span
                    },
                    descends: page.descends(),
                    left: page.sized.then_some(page.size),
                })?
            }
            Form::Page | Form::CloudEvents => {
                if page.size > u64::from(MOST) {
                    return Err(AdminError::bad_request(format!(
                        "A page has at most {MOST} events; application/x-ndjson has any number"
                    )));
                }
                let found = reader.find(&wanted, span).await?;
                let mut items = reader.read(found.events).await?;
                if page.descends() {
                    items.reverse();
                }
                match format {
                    EventFormat::CloudEvent => {
                        let events: Vec<Value> =
                            items.into_iter().map(|event| reader.write(event)).collect();
                        json_as(StatusCode::OK, CLOUD_EVENTS, &events)
                    }
                    EventFormat::Resource => {
                        let listing = Listing::new(&page, given);
                        let page = Page {
                            items,
                            has_more: found.has_more,
                        };
                        let page = PaginatedResponse::<Event>::new(&listing, None, Some(page));
                        json(StatusCode::OK, &page)
                    }
                }
            }
        };
        Ok(Events(response).into())
    }
}

/// The part of the log that is asked for, by its cursors and by its positions.
async fn span(
    reader: &Reader,
    page: &Pagination<EventOrder>,
    given: &EventFilters,
) -> Result<EventPage, AdminError> {
    let request = page.request();
    let after = position(reader, request.after.map(Id)).await?;
    let before = position(reader, request.before.map(Id)).await?;
    // Greater than any position there can be.
    let within = |position: Position| position.min(i64::MAX.unsigned_abs());
    let (least, most) = (
        given.after_position.map(within),
        given.before_position.map(within),
    );
    Ok(EventPage {
        after: after.max(least),
        before: match (before, most) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        },
        backward: request.direction == Direction::Backward,
        limit: request.limit,
    })
}

/// Where the event of a cursor stands.
async fn position(reader: &Reader, cursor: Option<Id>) -> Result<Option<Position>, AdminError> {
    let Some(id) = cursor else { return Ok(None) };
    match index::event(&reader.app().database, id.0).await? {
        Some(record) => Ok(Some(record.position)),
        None => Err(AdminError::bad_request(format!(
            "Event ID {id} of the cursor not found"
        ))),
    }
}
