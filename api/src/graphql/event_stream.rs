//! Subscriptions over HTTP: as `text/event-stream`, an operation to a connection, in the form that
//! the `graphql-sse` protocol calls distinct connections. `next` carries an answer, `complete` tells
//! the end.

use std::time::Duration;

use async_graphql::Response as Answer;
use futures_util::{Stream, StreamExt, stream};
use poem::{
    Body, IntoResponse, Response,
    http::{HeaderMap, HeaderValue, header},
    web::sse::{Event, SSE},
};

/// The media type.
pub const EVENT_STREAM: &str = "text/event-stream";

/// How often something is sent to keep the connection, for the proxies between.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A comment, which says nothing but that the connection lets things through.
const OPENING: &str = ":\n\n";

/// Whether the client takes a stream of events.
pub fn is_accepted(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim().eq_ignore_ascii_case(EVENT_STREAM))
}

/// The answers as they come, and that there are no more. Something is sent at once, so that the client
/// learns whether it gets through.
pub fn respond(answers: impl Stream<Item = Answer> + Send + 'static) -> Response {
    let events = answers
        .filter_map(async |answer| serde_json::to_string(&answer).ok())
        .map(|answer| Event::message(answer).event_type("next"))
        // An event without data would not be told.
        .chain(stream::once(async {
            Event::message("null").event_type("complete")
        }));
    let mut response = SSE::new(events).keep_alive(KEEP_ALIVE).into_response();
    let opening = stream::once(async { Ok(OPENING.into()) });
    let rest = response.take_body().into_bytes_stream();
    response.set_body(Body::from_bytes_stream(opening.chain(rest)));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Understood by nginx: what is held back is of no use.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_accepted_by_its_name_alone() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            is_accepted(&headers)
        };
        assert!(accepts("text/event-stream"));
        assert!(accepts("application/json, Text/Event-Stream;q=0.5"));
        assert!(!accepts("*/*"));
        assert!(!accepts("text/*"));
        assert!(!is_accepted(&HeaderMap::new()));
    }
}
