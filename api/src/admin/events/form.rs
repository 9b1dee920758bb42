use poem::{FromRequest, IntoResponse, Request, RequestBody, Response, Result};
use poem_openapi::{
    registry::{MetaMediaType, MetaResponse, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};

use super::Event;
use crate::{
    admin::{
        AdminError,
        answer::{NDJSON, Success},
        envelope::{PaginatedResponse, SingleResponse},
    },
    auth::bearer_token,
    config::Secret,
    http::{EVENT_STREAM, accepted},
};

pub const CLOUD_EVENT: &str = "application/cloudevents+json";
pub const CLOUD_EVENTS: &str = "application/cloudevents-batch+json";

/// In which form the history is asked for: the first that `Accept` names of those there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A page in the envelope of this API, or of `CloudEvents`.
    Page,
    /// A page as a batch of `CloudEvents`, one event as a `CloudEvent`.
    CloudEvents,
    /// All that there is, an event a line.
    Lines,
    /// What is new, as it happens.
    Tail,
}

impl<'a> FromRequest<'a> for Form {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let known = |range: &str| match range.to_ascii_lowercase().as_str() {
            "application/json" => Some(Self::Page),
            CLOUD_EVENT | CLOUD_EVENTS => Some(Self::CloudEvents),
            NDJSON => Some(Self::Lines),
            EVENT_STREAM => Some(Self::Tail),
            _ => None,
        };
        Ok(accepted(request.headers())
            .find_map(known)
            .unwrap_or(Self::Page))
    }
}

/// What a client that follows the log says in order to go on: its token, which may lose its force
/// meanwhile, and what it has seen.
#[derive(Debug)]
pub struct Follower {
    pub token: Secret<String>,
    /// The position that it has seen last (WHATWG HTML section 9.2.4).
    pub last_seen: Option<u64>,
}

impl<'a> FromRequest<'a> for Follower {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let token = bearer_token(request.headers()).ok().flatten();
        let last_seen = match request.headers().get("last-event-id") {
            None => None,
            Some(given) => {
                let position = given.to_str().ok().and_then(|given| given.parse().ok());
                let invalid = || AdminError::bad_request("Invalid Last-Event-ID header");
                Some(position.ok_or_else(invalid)?)
            }
        };
        Ok(Self {
            token: Secret::new(token.unwrap_or_default().to_owned()),
            last_seen,
        })
    }
}

/// A page, or a stream, of events: already in the form that was asked for.
pub struct Events(pub Response);

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Success for Events {
    fn metas() -> Vec<MetaResponse> {
        let page = PaginatedResponse::<Event>::schema_ref();
        vec![found(vec![
            ("application/json", page),
            (CLOUD_EVENTS, list_of_anything()),
            (NDJSON, text()),
            (EVENT_STREAM, text()),
        ])]
    }

    fn register(registry: &mut Registry) {
        PaginatedResponse::<Event>::register(registry);
    }
}

/// One event, in the form that was asked for.
pub struct OneEvent(pub Response);

impl IntoResponse for OneEvent {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Success for OneEvent {
    fn metas() -> Vec<MetaResponse> {
        vec![found(vec![
            ("application/json", SingleResponse::<Event>::schema_ref()),
            (CLOUD_EVENT, anything()),
        ])]
    }

    fn register(registry: &mut Registry) {
        SingleResponse::<Event>::register(registry);
    }
}

fn found(forms: Vec<(&'static str, MetaSchemaRef)>) -> MetaResponse {
    let content = forms
        .into_iter()
        .map(|(content_type, schema)| MetaMediaType {
            content_type,
            schema,
        });
    MetaResponse {
        description: "Done",
        status: Some(200),
        status_range: None,
        content: content.collect(),
        headers: Vec::new(),
    }
}

fn anything() -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(MetaSchema::new("object")))
}

fn list_of_anything() -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(MetaSchema {
        items: Some(Box::new(anything())),
        ..MetaSchema::new("array")
    }))
}

fn text() -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")))
}
