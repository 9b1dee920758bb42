//! A stream of server-sent events, read event by event (WHATWG HTML section 9.2).

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};

use crate::{TestServer, browser::Browser};

/// How long the next event may take: longer than anything that wakes a server.
const PATIENCE: Duration = Duration::from_secs(60);

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SseEvent {
    pub id: Option<String>,
    pub event: String,
    pub data: String,
}

/// An answer that goes on.
#[derive(Debug)]
pub struct SseStream {
    pub response: Response,
    read: String,
}

impl SseStream {
    /// Of an answer that must be such a stream.
    #[must_use]
    pub fn of(response: Response) -> Self {
        let headers = response.headers();
        assert_eq!(response.status(), 200, "{headers:?}");
        assert_eq!(headers["content-type"], "text/event-stream");
        Self {
            response,
            read: String::new(),
        }
    }

    /// The next event; none when the server has ended the stream.
    pub async fn event(&mut self) -> Option<SseEvent> {
        loop {
            while let Some(end) = self.read.find("\n\n") {
                let block: String = self.read.drain(..end + 2).collect();
                if let Some(event) = parse(&block) {
                    return Some(event);
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("something comes").expect("unbroken")?;
            self.read
                .push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    /// The next answer of a GraphQL subscription; none when it is complete.
    pub async fn next(&mut self) -> Option<Value> {
        let event = self.event().await?;
        match event.event.as_str() {
            "next" => Some(serde_json::from_str(&event.data).expect("JSON")),
            "complete" => {
                assert_eq!(self.event().await, None, "nothing comes after the end");
                None
            }
            other => panic!("an event of type {other}"),
        }
    }
}

/// A comment, which keeps the connection, is none.
fn parse(block: &str) -> Option<SseEvent> {
    let mut event = SseEvent::default();
    let mut said = false;
    for line in block.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => event.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut event.event),
            "data" => event.data.push_str(value),
            _ => continue,
        }
        said = true;
    }
    said.then_some(event)
}

impl TestServer {
    /// Begins a subscription.
    pub async fn subscribe(&self, token: Option<&str>, query: &str, variables: Value) -> SseStream {
        let mut request = self
            .post("/graphql")
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        SseStream::of(request.send().await.expect("the server answers"))
    }
}

impl Browser<'_> {
    /// Begins a subscription, with the browser's cookies.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> SseStream {
        let request = self
            .server
            .post("/graphql")
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query, "variables": variables }));
        let request = self.with_cookies(request);
        SseStream::of(request.send().await.expect("the server answers"))
    }
}
