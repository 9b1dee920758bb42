//! Errors in Matrix's form: `errcode` for programs, `error` for people.

use poem::{
    IntoResponse, Response,
    error::ResponseError,
    http::{StatusCode, header},
    web::Json,
};
use serde_json::json;

use crate::accounts::{AccountError, CompatRefusal};

#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error("The body is not JSON")]
    NotJson,
    #[error("The body is too large")]
    TooLarge,
    #[error("{0}")]
    BadJson(&'static str),
    /// Something that is not known here: a way to sign in, a kind of identifier.
    #[error("{0}")]
    Unknown(&'static str),
    #[error("{0}")]
    InvalidParameter(&'static str),
    #[error("{0}")]
    Forbidden(&'static str),
    /// The session goes on, and can be used again when the user is unlocked.
    #[error("The account is locked")]
    UserLocked,
    #[error("Too many requests, try again later")]
    LimitExceeded,
    #[error("An access token is missing")]
    MissingToken,
    #[error("The token is not known, or not good any more")]
    UnknownToken,
    #[error("This is not available here")]
    Unrecognized(StatusCode),
    #[error("The service is not available, try again later")]
    Unavailable,
    #[error("Something went wrong on the server")]
    Server,
}

/// Told alike, so that nobody finds out which names there are.
pub const WRONG_CREDENTIALS: MatrixError =
    MatrixError::Forbidden("The username or password is wrong");

impl MatrixError {
    /// For what the framework refuses before a handler is reached.
    pub fn of_status(status: StatusCode) -> Self {
        if status.is_client_error() {
            Self::Unrecognized(status)
        } else {
            Self::Server
        }
    }

    /// What broke goes to the log; the client learns that something did.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a request of a Matrix client could not be answered");
        Self::Server
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::NotJson => "M_NOT_JSON",
            Self::TooLarge => "M_TOO_LARGE",
            Self::BadJson(_) => "M_BAD_JSON",
            Self::InvalidParameter(_) => "M_INVALID_PARAM",
            Self::Forbidden(_) => "M_FORBIDDEN",
            Self::UserLocked => "M_USER_LOCKED",
            Self::LimitExceeded => "M_LIMIT_EXCEEDED",
            Self::MissingToken => "M_MISSING_TOKEN",
            Self::UnknownToken => "M_UNKNOWN_TOKEN",
            Self::Unrecognized(_) => "M_UNRECOGNIZED",
            Self::Unknown(_) | Self::Unavailable | Self::Server => "M_UNKNOWN",
        }
    }
}

impl ResponseError for MatrixError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotJson | Self::BadJson(_) | Self::Unknown(_) | Self::InvalidParameter(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::UserLocked | Self::MissingToken | Self::UnknownToken => StatusCode::UNAUTHORIZED,
            Self::LimitExceeded => StatusCode::TOO_MANY_REQUESTS,
            Self::Unrecognized(status) => *status,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn as_response(&self) -> Response {
        let body = json!({ "errcode": self.code(), "error": self.to_string() });
        let response = Json(body)
            .with_status(self.status())
            .with_header(header::CACHE_CONTROL, "no-store");
        if matches!(self, Self::Unavailable) {
            return response
                .with_header(header::RETRY_AFTER, "1")
                .into_response();
        }
        response.into_response()
    }
}

impl IntoResponse for MatrixError {
    fn into_response(self) -> Response {
        self.as_response()
    }
}

impl From<muniment_store::sql::DatabaseError> for MatrixError {
    fn from(error: muniment_store::sql::DatabaseError) -> Self {
        AccountError::from(error).into()
    }
}

impl From<AccountError> for MatrixError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Unavailable(_) | AccountError::Busy => Self::Unavailable,
            other => Self::internal(other),
        }
    }
}

impl From<CompatRefusal> for MatrixError {
    fn from(refusal: CompatRefusal) -> Self {
        match refusal {
            CompatRefusal::Policy(_) => {
                tracing::debug!(reason = %refusal, "a sign-in is refused");
                Self::Forbidden("The policy of this server is against it")
            }
            CompatRefusal::LoginUsed => super::login_token::INVALID,
            CompatRefusal::Homeserver(_) => Self::internal(refusal),
            CompatRefusal::Account(error) => error.into(),
        }
    }
}
