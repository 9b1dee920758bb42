//! Answers to requests that never reach the engine: `{"errors":[{"message":…}]}`, without `data`.

use muniment_store::log::LogError;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;
use uuid::Uuid;

use super::{context::internal, requester::Unidentified, transport};
use crate::{accounts::AccountError, as_of::AsOf};

/// Why a request is not executed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Unidentified(#[from] Unidentified),
    #[error("Use GET or POST")]
    Method,
    #[error("Mutations must be sent by POST")]
    MutationByGet,
    #[error(
        "Subscriptions are answered by a stream of events: set the header `Accept: text/event-stream`"
    )]
    EventStream,
    #[error("The request must be JSON: set the header `Content-Type: application/json`")]
    ContentType,
    #[error("The request must not be larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("The operation must not have more than {limit} fields")]
    Selections { limit: usize },
    #[error("The operation must not give more than {limit} fields another name")]
    Aliases { limit: usize },
    #[error("The operation took longer than {seconds} seconds")]
    TimedOut { seconds: u64 },
    #[error("This server answers as of {0}: nothing can be changed or followed here")]
    Past(AsOf),
    #[error("Batch requests are not supported")]
    Batch,
    #[error("Invalid request: {0}")]
    Invalid(String),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("what would be shown can't be recorded: {0}")]
    Unrecorded(AccountError),
    #[error("the answer can't be written: {0}")]
    Answer(serde_json::Error),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unidentified(Unidentified::Token | Unidentified::Scope) => {
                StatusCode::UNAUTHORIZED
            }
            Self::Unidentified(Unidentified::Header)
            | Self::Selections { .. }
            | Self::Aliases { .. }
            | Self::Batch
            | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::TimedOut { .. } | Self::Unrecorded(AccountError::Unavailable(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Past(_) => StatusCode::FORBIDDEN,
            Self::Unidentified(Unidentified::Database(error))
            | Self::Log(LogError::Database(error))
                if error.is_unavailable() =>
            {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unidentified(Unidentified::Database(_))
            | Self::Log(_)
            | Self::Unrecorded(_)
            | Self::Answer(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Method | Self::MutationByGet => StatusCode::METHOD_NOT_ALLOWED,
            Self::EventStream => StatusCode::NOT_ACCEPTABLE,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// A header that the status calls for.
    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Unidentified(Unidentified::Token) => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer error=\"invalid_token\""),
            )),
            Self::Unidentified(Unidentified::Scope) => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(
                    "Bearer error=\"insufficient_scope\", scope=\"urn:mas:graphql:*\"",
                ),
            )),
            Self::Method => Some((
                header::ALLOW,
                HeaderValue::from_static("GET, HEAD, POST, OPTIONS"),
            )),
            Self::MutationByGet => Some((header::ALLOW, HeaderValue::from_static("POST"))),
            Self::Unidentified(Unidentified::Database(error))
            | Self::Log(LogError::Database(error))
                if error.is_unavailable() =>
            {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            Self::Unidentified(Unidentified::Header | Unidentified::Database(_))
            | Self::Log(_)
            | Self::EventStream
            | Self::ContentType
            | Self::TooLarge { .. }
            | Self::Selections { .. }
            | Self::Aliases { .. }
            | Self::TimedOut { .. }
            | Self::Past(_)
            | Self::Unrecorded(_)
            | Self::Batch
            | Self::Invalid(_)
            | Self::Answer(_) => None,
        }
    }

    pub fn into_response(self, correlation_id: Uuid) -> Response {
        let status = self.status();
        let mut response = match &self {
            Self::Unidentified(Unidentified::Header) => Response::builder()
                .status(status)
                .content_type("text/plain; charset=utf-8")
                .body(self.to_string()),
            Self::Unidentified(Unidentified::Database(_))
            | Self::Log(_)
            | Self::Unrecorded(_)
            | Self::Answer(_) => errors(status, &internal(correlation_id, &self)),
            _ => errors(status, &self.to_string()),
        };
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn errors(status: StatusCode, message: &str) -> Response {
    transport::json(status, &json!({"errors": [{"message": message}]}))
        .unwrap_or_else(|_| Response::builder().status(status).finish())
}
