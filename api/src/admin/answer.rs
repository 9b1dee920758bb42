//! Success answers, and which refusals an operation documents.

use std::{io, marker::PhantomData};

use futures_util::Stream;
use poem::{
    Body, IntoResponse, Response,
    http::{StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};
use serde::Serialize;

use super::{AdminError, condition::EntityTag, error::ErrorResponse};

/// A JSON document a line.
pub const NDJSON: &str = "application/x-ndjson";

/// Lines of JSON, as they are made.
pub fn lines(lines: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, NDJSON)
        .header(header::CACHE_CONTROL, "no-store")
        // Understood by nginx: what is held back is of no use.
        .header("x-accel-buffering", "no")
        .body(Body::from_bytes_stream(lines))
}

/// What the operation `O` answers.
pub type Answer<O, B> = Result<Documented<O, B>, AdminError>;

/// The refusals that belong to one operation; what all have in common is added in `operations`.
pub trait Refuses {
    /// Status, and what it means here.
    const REFUSALS: &'static [(u16, &'static str)];
}

/// A success of the operation `O`.
pub struct Documented<O, B> {
    body: B,
    tag: Option<EntityTag>,
    operation: PhantomData<fn() -> O>,
}

impl<O, B: Success> From<B> for Documented<O, B> {
    fn from(body: B) -> Self {
        Self {
            body,
            tag: None,
            operation: PhantomData,
        }
    }
}

impl<O, B: Success> IntoResponse for Documented<O, B> {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        if let Some(tag) = self.tag.as_ref().and_then(EntityTag::header) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl<O: Refuses, B: Success> ApiResponse for Documented<O, B> {
    fn meta() -> MetaResponses {
        let refusals = O::REFUSALS
            .iter()
            .map(|(status, description)| refusal(*status, description));
        MetaResponses {
            responses: B::metas().into_iter().chain(refusals).collect(),
        }
    }

    fn register(registry: &mut Registry) {
        B::register(registry);
        ErrorResponse::register(registry);
    }
}

/// How a refusal appears in the document.
pub fn refusal(status: u16, description: &'static str) -> MetaResponse {
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: vec![json_content::<ErrorResponse>()],
        headers: Vec::new(),
    }
}

/// A form of success.
pub trait Success: IntoResponse {
    /// One for each status that it can have.
    fn metas() -> Vec<MetaResponse>;
    fn register(registry: &mut Registry);

    /// The answer, and at which version the resource in it is.
    fn tagged<O>(self, tag: Option<EntityTag>) -> Answer<O, Self>
    where
        Self: Sized,
    {
        Ok(Documented {
            body: self,
            tag,
            operation: PhantomData,
        })
    }
}

/// 200, with what was read or changed.
pub struct Found<T>(pub T);

/// 201, with what is new.
pub struct Created<T>(pub T);

/// 204.
pub struct NoContent;

macro_rules! success_with_body {
    ($name:ident, $status:ident, $description:literal) => {
        impl<T: Serialize + Send> IntoResponse for $name<T> {
            fn into_response(self) -> Response {
                json(StatusCode::$status, &self.0)
            }
        }

        impl<T: Serialize + Type> Success for $name<T> {
            fn metas() -> Vec<MetaResponse> {
                vec![MetaResponse {
                    description: $description,
                    status: Some(StatusCode::$status.as_u16()),
                    status_range: None,
                    content: vec![json_content::<T>()],
                    headers: Vec::new(),
                }]
            }

            fn register(registry: &mut Registry) {
                T::register(registry);
            }
        }
    };
}

/// 201 with what is new, or 200 with what was there and is used instead.
pub enum CreatedOrFound<T> {
    Created(T),
    #[expect(
        dead_code,
        reason = "there is nothing yet that is made before somebody asks for it"
    )]
    Found(T),
}

impl<T: Serialize + Send> IntoResponse for CreatedOrFound<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Created(body) => Created(body).into_response(),
            Self::Found(body) => Found(body).into_response(),
        }
    }
}

impl<T: Serialize + Type> Success for CreatedOrFound<T> {
    fn metas() -> Vec<MetaResponse> {
        let mut metas = Found::<T>::metas();
        metas.extend(Created::<T>::metas());
        metas
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

success_with_body!(Found, OK, "Done");
success_with_body!(Created, CREATED, "Created");

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into()
    }
}

impl Success for NoContent {
    fn metas() -> Vec<MetaResponse> {
        vec![MetaResponse {
            description: "Done",
            status: Some(StatusCode::NO_CONTENT.as_u16()),
            status_range: None,
            content: Vec::new(),
            headers: Vec::new(),
        }]
    }

    fn register(_: &mut Registry) {}
}

fn json_content<T: Type>() -> MetaMediaType {
    MetaMediaType {
        content_type: "application/json",
        schema: T::schema_ref(),
    }
}

/// A JSON body, its content type without parameters.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    json_as(status, "application/json", value)
}

/// A JSON body of a more particular type.
pub fn json_as(status: StatusCode, content_type: &str, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, content_type)
            .body(body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into()
        }
    }
}
