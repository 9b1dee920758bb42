//! OAuth 2.0 errors (RFC 6749 section 5.2; statuses of contract oauth2.md 7.2).

use poem::{
    IntoResponse, Response,
    error::ResponseError,
    http::{StatusCode, header},
    web::Json,
};
use serde_json::json;

use super::form::FormError;
use crate::{
    accounts::AccountError,
    auth::{BearerError, ClientAuthError},
};

#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("Client authentication failed.")]
    InvalidClient {
        /// It came with the Authorization header, and learns how that is to be done.
        by_header: bool,
    },
    #[error("The provided access grant is invalid, expired, or revoked.")]
    InvalidGrant,
    #[error("PKCE verification failed: challenge verification failed")]
    WrongVerifier,
    #[error("The client is not allowed to do this.")]
    UnauthorizedClient,
    #[error("The authorization grant type is not supported by the authorization server.")]
    UnsupportedGrantType,
    #[error("The scope is not well-formed.")]
    MalformedScope,
    #[error("{0}")]
    RefusedScope(String),
    /// The user said no.
    #[error("The user did not allow it.")]
    AccessDenied,
    /// Whoever asks may not ask this.
    #[error("The caller may not ask for this.")]
    CallerDenied,
    #[error("The user has not answered yet.")]
    AuthorizationPending,
    #[error("The device code has expired.")]
    ExpiredToken,
    #[error("Tokens of this type are not revoked here.")]
    UnsupportedTokenType,
    #[error("The value of one or more redirection URIs is invalid.")]
    InvalidRedirectUri,
    #[error("{0}")]
    RefusedRedirectUri(String),
    #[error("{0}")]
    InvalidClientMetadata(String),
    #[error("the body is too large")]
    TooLarge,
    #[error("this is asked by {allowed}")]
    Method { allowed: &'static str },
    #[error("the service is not available, try again later")]
    Unavailable,
    #[error("something went wrong on the server")]
    Server,
}

impl OauthError {
    fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::TooLarge | Self::Method { .. } => "invalid_request",
            Self::InvalidClient { .. } => "invalid_client",
            Self::InvalidGrant | Self::WrongVerifier => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::MalformedScope | Self::RefusedScope(_) => "invalid_scope",
            Self::AccessDenied | Self::CallerDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::ExpiredToken => "expired_token",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidRedirectUri | Self::RefusedRedirectUri(_) => "invalid_redirect_uri",
            Self::InvalidClientMetadata(_) => "invalid_client_metadata",
            Self::Unavailable => "temporarily_unavailable",
            Self::Server => "server_error",
        }
    }

    /// What broke goes to the log; the client learns that something did.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "an OAuth 2.0 request could not be answered");
        Self::Server
    }
}

impl ResponseError for OauthError {
    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidRequest(_)
            | Self::InvalidGrant
            | Self::WrongVerifier
            | Self::UnsupportedGrantType
            | Self::UnsupportedTokenType
            | Self::InvalidRedirectUri
            | Self::RefusedRedirectUri(_)
            | Self::InvalidClientMetadata(_)
            | Self::MalformedScope => StatusCode::BAD_REQUEST,
            Self::InvalidClient { .. } | Self::UnauthorizedClient | Self::CallerDenied => {
                StatusCode::UNAUTHORIZED
            }
            Self::RefusedScope(_)
            | Self::AccessDenied
            | Self::AuthorizationPending
            | Self::ExpiredToken => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn as_response(&self) -> Response {
        let body = json!({"error": self.code(), "error_description": self.to_string()});
        let response = Json(body)
            .with_status(self.status())
            .with_header(header::CACHE_CONTROL, "no-store")
            .with_header(header::PRAGMA, "no-cache");
        match self {
            Self::InvalidClient { by_header: true } => response
                .with_header(header::WWW_AUTHENTICATE, "Basic realm=\"oauth2\"")
                .into_response(),
            Self::Method { allowed } => response
                .with_header(header::ALLOW, *allowed)
                .into_response(),
            Self::Unavailable => response
                .with_header(header::RETRY_AFTER, "1")
                .into_response(),
            _ => response.into_response(),
        }
    }
}

impl From<FormError> for OauthError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Malformed(reason) => Self::InvalidRequest(reason),
            FormError::TooLarge => Self::TooLarge,
        }
    }
}

impl From<muniment_store::sql::DatabaseError> for OauthError {
    fn from(error: muniment_store::sql::DatabaseError) -> Self {
        AccountError::from(error).into()
    }
}

impl From<AccountError> for OauthError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Unavailable(_) | AccountError::Busy => Self::Unavailable,
            other => Self::internal(other),
        }
    }
}

impl From<ClientAuthError> for OauthError {
    fn from(error: ClientAuthError) -> Self {
        match error {
            ClientAuthError::Unknown
            | ClientAuthError::OtherMethod
            | ClientAuthError::Secret
            | ClientAuthError::Assertion(_) => Self::InvalidClient { by_header: false },
            ClientAuthError::NoMethod => Self::UnauthorizedClient,
            ClientAuthError::Database(error) => error.into(),
            error @ (ClientAuthError::NothingToCheckBy
            | ClientAuthError::Keys(_)
            | ClientAuthError::Sealed(_)) => Self::internal(error),
        }
    }
}

/// Why a bearer token does not serve, where that is not told (contract oauth2.md 11).
impl From<BearerError> for OauthError {
    fn from(error: BearerError) -> Self {
        match error {
            BearerError::Refused(_) => Self::CallerDenied,
            BearerError::Database(error) => error.into(),
        }
    }
}
