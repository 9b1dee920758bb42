//! What is new in the history, as it happens: server-sent events whose ids are positions, so that a
//! client that comes again goes on where it was.

use std::{collections::VecDeque, time::Duration};

use futures_util::stream;
use muniment_domain::UserId;
use muniment_store::{
    index::{EventFilter, EventPage},
    log::{Position, RecordedEvent},
};
use poem::{Response, http::StatusCode, web::sse};

use super::{form::Follower, read::Reader};
use crate::{
    admin::AdminError,
    auth::authenticate,
    http::event_stream,
    live::{About, Following, Woken},
};

/// How often it is looked at whether the token is still good, if nothing happens.
const LOOK: Duration = Duration::from_secs(30);
/// Events read at once.
const PAGE: u32 = 100;

pub async fn tail(
    reader: Reader,
    filter: EventFilter,
    span: EventPage,
    follower: Follower,
) -> Result<Response, AdminError> {
    let about = match filter.subject {
        Some(user) => About::Account(UserId::from_uuid(user)),
        None => About::Everything,
    };
    let live = &reader.app().live;
    let following = live
        .follow(reader.follower(), about)
        .map_err(|error| AdminError::refused(StatusCode::TOO_MANY_REQUESTS, error.to_string()))?;
    let after = match follower.last_seen.or(span.after) {
        Some(seen) => seen.min(i64::MAX.unsigned_abs()),
        None => reader.head().await?,
    };
    let tail = Tail {
        reader,
        filter,
        following,
        follower,
        after,
        before: span.before,
        read: VecDeque::new(),
    };
    let events = stream::unfold(tail, |mut tail| async move {
        match tail.next().await {
            Ok(event) => event.map(|event| (event, tail)),
            Err(error) => {
                // The client comes again, and goes on where it was.
                tracing::warn!(%error, "a stream of events broke off");
                None
            }
        }
    });
    Ok(event_stream(events))
}

/// The log, while it is followed.
struct Tail {
    reader: Reader,
    filter: EventFilter,
    following: Following,
    follower: Follower,
    /// All up to here was read.
    after: Position,
    before: Option<Position>,
    read: VecDeque<sse::Event>,
}

impl Tail {
    async fn next(&mut self) -> Result<Option<sse::Event>, AdminError> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Ok(Some(event));
            }
            let found = self.find().await?;
            // Looked at after the events were found: what ended the token is not told to it.
            if !self.is_admitted().await {
                return Ok(None);
            }
            if let Some(last) = found.last().map(|event| event.position) {
                self.take(found).await?;
                self.after = last;
                continue;
            }
            let woken = tokio::time::timeout(LOOK, self.following.news()).await;
            if woken == Ok(Woken::Stopping) {
                return Ok(None);
            }
        }
    }

    async fn find(&self) -> Result<Vec<RecordedEvent>, AdminError> {
        let page = EventPage {
            after: Some(self.after),
            before: self.before,
            backward: false,
            limit: PAGE,
        };
        Ok(self.reader.find(&self.filter, page).await?.events)
    }

    async fn take(&mut self, records: Vec<RecordedEvent>) -> Result<(), AdminError> {
        for event in self.reader.read(records).await? {
            let position = event.record.position.to_string();
            let event = self.reader.write(event).to_string();
            self.read.push_back(sse::Event::message(event).id(position));
        }
        Ok(())
    }

    /// Whether the token that it began with would still do.
    async fn is_admitted(&self) -> bool {
        let now = authenticate(self.reader.app(), self.follower.token.expose()).await;
        now.is_ok_and(|now| now.is_auditor())
    }
}
