//! OAuth 2.0 errors (RFC 6749 section 5.2; statuses of contract oauth2.md 7.2).

use poem::{IntoResponse, Response, error::ResponseError, http::StatusCode, web::Json};
use serde_json::json;

use crate::accounts::AccountError;

#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("the client is not known, or its credentials are not right")]
    InvalidClient,
    #[error("the client in the body is not the one in the header")]
    InvalidGrant,
    #[error("this client may not use this grant")]
    UnauthorizedClient,
    #[error("the grant type is not supported")]
    UnsupportedGrantType,
    #[error("the scope is not well-formed")]
    MalformedScope,
    #[error("{0}")]
    RefusedScope(String),
    #[error("the body is too large")]
    TooLarge,
    #[error("the service is not available, try again later")]
    Unavailable,
    #[error("something went wrong on the server")]
    Server,
}

impl OauthError {
    fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::TooLarge => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::MalformedScope | Self::RefusedScope(_) => "invalid_scope",
            Self::Unavailable => "temporarily_unavailable",
            Self::Server => "server_error",
        }
    }
}

impl ResponseError for OauthError {
    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidRequest(_)
            | Self::InvalidGrant
            | Self::UnsupportedGrantType
            | Self::MalformedScope => StatusCode::BAD_REQUEST,
            Self::InvalidClient | Self::UnauthorizedClient => StatusCode::UNAUTHORIZED,
            Self::RefusedScope(_) => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn as_response(&self) -> Response {
        let body = json!({"error": self.code(), "error_description": self.to_string()});
        let response = Json(body)
            .with_status(self.status())
            .with_header("cache-control", "no-store")
            .with_header("pragma", "no-cache");
        match self {
            Self::Unavailable => response.with_header("retry-after", "1").into_response(),
            _ => response.into_response(),
        }
    }
}

impl From<AccountError> for OauthError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Unavailable(_) | AccountError::Busy => Self::Unavailable,
            other => {
                tracing::error!(error = %other, "a token could not be issued");
                Self::Server
            }
        }
    }
}
