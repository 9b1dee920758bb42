//! Answers that go on as server-sent events (WHATWG HTML section 9.2).

use std::time::Duration;

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

/// The events as they come. Something is sent at once, so that the client learns whether it gets through.
pub fn event_stream(events: impl Stream<Item = Event> + Send + 'static) -> Response {
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

/// Whether the client takes such a stream.
pub fn accepts_event_stream(headers: &HeaderMap) -> bool {
    accepted(headers).any(|range| range.eq_ignore_ascii_case(EVENT_STREAM))
}

/// The media ranges that the client accepts, without their parameters.
pub fn accepted(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_accepted_by_its_name_alone() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            accepts_event_stream(&headers)
        };
        assert!(accepts("text/event-stream"));
        assert!(accepts("application/json, Text/Event-Stream;q=0.5"));
        assert!(!accepts("*/*"));
        assert!(!accepts("text/*"));
        assert!(!accepts_event_stream(&HeaderMap::new()));
    }
}
