//! A checkpoint in the API's envelope, or as the note that witnesses and monitors read.

use poem::{FromRequest, IntoResponse, Request, RequestBody, Response, Result, http::header};
use poem_openapi::{
    registry::{MetaMediaType, MetaResponse, Registry},
    types::Type,
};

use super::AuditCheckpoint;
use crate::{
    admin::{
        answer::{Found, Success},
        envelope::SingleResponse,
    },
    http::accepted,
};

/// Which of the two a request asks for. JSON, unless it names text and not JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Note,
}

impl<'a> FromRequest<'a> for Form {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let names =
            |wanted| accepted(request.headers()).any(|range| range.eq_ignore_ascii_case(wanted));
        Ok(if names("text/plain") && !names("application/json") {
            Self::Note
        } else {
            Self::Json
        })
    }
}

pub enum InForm {
    Json(SingleResponse<AuditCheckpoint>),
    Note(String),
}

impl InForm {
    /// The answer of an operation that has the address `link`.
    pub fn new(form: Form, checkpoint: AuditCheckpoint, link: String) -> Self {
        match form {
            Form::Json => Self::Json(SingleResponse::linked(checkpoint, link)),
            Form::Note => Self::Note(checkpoint.into_note()),
        }
    }
}

impl IntoResponse for InForm {
    fn into_response(self) -> Response {
        match self {
            Self::Json(answer) => Found(answer)
                .with_header(header::VARY, "accept")
                .into_response(),
            Self::Note(note) => note
                .with_content_type("text/plain; charset=utf-8")
                .with_header(header::VARY, "accept")
                .into_response(),
        }
    }
}

impl Success for InForm {
    fn metas() -> Vec<MetaResponse> {
        let mut metas = Found::<SingleResponse<AuditCheckpoint>>::metas();
        for meta in &mut metas {
            meta.content.push(MetaMediaType {
                content_type: "text/plain",
                schema: String::schema_ref(),
            });
        }
        metas
    }

    fn register(registry: &mut Registry) {
        <Found<SingleResponse<AuditCheckpoint>> as Success>::register(registry);
    }
}
