//! When there is no page to show: what a handler returns instead (contract oauth2.md 1.2).

use poem::{
    Response,
    error::ResponseError,
    http::{StatusCode, header},
};

/// Why not. [`human`](super::human) turns it into a page in the reader's language; the cause belongs
/// into the log, where the page's id finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("nothing at this address")]
    NotFound,
    /// The form was not ours, or too old.
    #[error("the form is not from this browser, or too old")]
    Csrf,
    #[error("the request is not valid")]
    InvalidRequest,
    #[error("there is no such application")]
    UnknownClient,
    #[error("the application does not have this redirect address")]
    InvalidRedirectUri,
    /// Done already, by this person or another.
    #[error("this was done already")]
    AlreadyUsed,
    /// A form that took too long, a code that is too old.
    #[error("this took too long")]
    Expired,
    #[error("this is not switched on here")]
    NotAvailable,
    #[error("too many requests")]
    RateLimited,
    /// The other sign-in service said no, or something that makes no sense.
    #[error("the other sign-in service failed")]
    Upstream,
    /// The username was free when the form was sent, and is not any more.
    #[error("the username was taken meanwhile")]
    UsernameTaken,
    #[error("something went wrong")]
    Internal,
    /// The database is away.
    #[error("not available for a moment")]
    Unavailable,
}

impl PageError {
    pub const ALL: [Self; 13] = [
        Self::NotFound,
        Self::Csrf,
        Self::InvalidRequest,
        Self::UnknownClient,
        Self::InvalidRedirectUri,
        Self::AlreadyUsed,
        Self::Expired,
        Self::NotAvailable,
        Self::RateLimited,
        Self::Upstream,
        Self::UsernameTaken,
        Self::Internal,
        Self::Unavailable,
    ];

    /// Short and stable: texts are under `error-<code>-title` and `error-<code>-text`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Csrf => "csrf",
            Self::InvalidRequest => "invalid-request",
            Self::UnknownClient => "unknown-client",
            Self::InvalidRedirectUri => "invalid-redirect-uri",
            Self::AlreadyUsed => "already-used",
            Self::Expired => "expired",
            Self::NotAvailable => "not-available",
            Self::RateLimited => "rate-limited",
            Self::Upstream => "upstream",
            Self::UsernameTaken => "username-taken",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    pub const fn status_code(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Csrf
            | Self::InvalidRequest
            | Self::UnknownClient
            | Self::InvalidRedirectUri
            | Self::Upstream => StatusCode::BAD_REQUEST,
            Self::AlreadyUsed | Self::UsernameTaken => StatusCode::CONFLICT,
            Self::Expired => StatusCode::GONE,
            Self::NotAvailable => StatusCode::METHOD_NOT_ALLOWED,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// For what the framework refuses before a handler is reached.
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::NotAvailable,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => Self::InvalidRequest,
            _ => Self::Internal,
        }
    }
}

impl ResponseError for PageError {
    fn status(&self) -> StatusCode {
        self.status_code()
    }

    /// Plain text with the reason attached.
    fn as_response(&self) -> Response {
        let response = Response::builder()
            .status(self.status_code())
            .extension(*self);
        match self {
            Self::Unavailable => response.header(header::RETRY_AFTER, "1"),
            _ => response,
        }
        .body(self.to_string())
    }
}
