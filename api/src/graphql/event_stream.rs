//! Subscriptions over HTTP: as `text/event-stream`, an operation to a connection, in the form that
//! the `graphql-sse` protocol calls distinct connections. `next` carries an answer, `complete` tells
//! the end.

use async_graphql::Response as Answer;
use futures_util::{Stream, StreamExt, stream};
use poem::{Response, web::sse::Event};

use crate::http::event_stream;

/// The answers as they come, and that there are no more.
pub fn respond(answers: impl Stream<Item = Answer> + Send + 'static) -> Response {
    let events = answers
        .filter_map(async |answer| serde_json::to_string(&answer).ok())
        .map(|answer| Event::message(answer).event_type("next"))
        // An event without data would not be told.
        .chain(stream::once(async {
            Event::message("null").event_type("complete")
        }));
    event_stream(events)
}
