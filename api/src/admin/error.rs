//! Every error answer of the Admin API, and the one place where other errors become one (contract
//! admin-api.md 2, 3.5, 5.4 to 5.6).

use std::fmt::Display;

use muniment_domain::{EmailId, IdParseError, Scope, UserId};
use muniment_store::{index::FindError, log::LogError, sql::DatabaseError, tree::ProofError};
use poem::{IntoResponse, Response, error::ResponseError, http::StatusCode};
use poem_openapi::{
    ApiResponse, Object,
    registry::{MetaResponses, Registry},
    types::Type,
};
use serde::Serialize;
use uuid::Uuid;

use super::answer::json;
use crate::{
    accounts::AccountError,
    as_of::AsOf,
    auth::{BearerError, Refusal},
};

/// A top-level response with one or more errors
#[derive(Serialize, Object)]
pub struct ErrorResponse {
    /// The error, followed by its causes
    errors: Vec<Error>,
}

/// A single error
#[derive(Serialize, Object)]
pub struct Error {
    /// A human-readable title for the error
    title: String,
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// For the client: the error, then its causes.
    #[error("{}", titles.join(": "))]
    Refused {
        status: StatusCode,
        titles: Vec<String>,
    },
    /// The database does not answer; the text is for the log.
    #[error("{0}")]
    Unavailable(String),
    /// The text is for the log.
    #[error("{0}")]
    Internal(String),
}

/// What a command was about, for the errors that name it.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    User(UserId),
    NewEmail {
        user: UserId,
        email: &'a str,
    },
    Email(EmailId),
    /// Whoever asks words the refusals.
    Session,
}

impl AdminError {
    pub fn refused(status: StatusCode, title: impl Into<String>) -> Self {
        Self::Refused {
            status,
            titles: vec![title.into()],
        }
    }

    pub fn caused(status: StatusCode, title: impl Into<String>, cause: &dyn Display) -> Self {
        Self::Refused {
            status,
            titles: vec![title.into(), cause.to_string()],
        }
    }

    pub fn bad_request(title: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, title)
    }

    pub fn not_found(title: impl Into<String>) -> Self {
        Self::refused(StatusCode::NOT_FOUND, title)
    }

    pub fn user_not_found(id: UserId) -> Self {
        Self::not_found(format!("User ID {id} not found"))
    }

    pub fn email_not_found(id: EmailId) -> Self {
        Self::not_found(format!("User email ID {id} not found"))
    }

    /// A path parameter is not an id.
    pub fn path_id(cause: IdParseError) -> Self {
        Self::caused(StatusCode::BAD_REQUEST, "Invalid ULID in path", &cause)
    }

    /// A query parameter cannot be read. Existing clients know this chain of three causes.
    pub fn query(title: &str, parameter: &str, why: &str) -> Self {
        let cause = format!("{parameter}: {why}");
        Self::Refused {
            status: StatusCode::BAD_REQUEST,
            titles: vec![
                title.to_owned(),
                format!("Failed to deserialize query string: {cause}"),
                cause.clone(),
                cause,
            ],
        }
    }

    /// The server looks back.
    pub fn past(at: AsOf) -> Self {
        Self::refused(
            StatusCode::FORBIDDEN,
            format!("This server answers as of {at}: nothing can be changed here"),
        )
    }

    /// The resource is not at a version that the request names.
    pub fn precondition() -> Self {
        Self::refused(
            StatusCode::PRECONDITION_FAILED,
            "The resource is not at a version that If-Match names",
        )
    }

    /// The token is good, but not for this API. Existing clients know this as 401.
    pub fn missing_scope() -> Self {
        Self::refused(StatusCode::UNAUTHORIZED, "Missing urn:mas:admin scope")
    }

    /// The token is good for other operations than this, which any of `scopes` would be good for
    /// besides the whole.
    pub fn wider_scope(scopes: &[&str]) -> Self {
        let all = scopes.iter().fold(Scope::ADMIN.to_owned(), |all, scope| {
            format!("{all} or {scope}")
        });
        Self::refused(StatusCode::FORBIDDEN, format!("Missing scope: {all}"))
    }

    /// What the rules on accounts answered to a command about `subject`.
    pub fn account(error: AccountError, subject: Subject<'_>) -> Self {
        match (error, subject) {
            (AccountError::UserNotFound, Subject::User(user) | Subject::NewEmail { user, .. }) => {
                Self::user_not_found(user)
            }
            (AccountError::EmailNotFound, Subject::Email(email)) => Self::email_not_found(email),
            (AccountError::UsernameTaken, _) => {
                Self::refused(StatusCode::CONFLICT, "User already exists")
            }
            (AccountError::UsernameReserved, _) => Self::refused(
                StatusCode::CONFLICT,
                "Username is reserved by the homeserver",
            ),
            (AccountError::UsernameInvalid(_), _) => Self::bad_request("Username is not valid"),
            (AccountError::EmailInvalid(cause), Subject::NewEmail { email, .. }) => Self::caused(
                StatusCode::BAD_REQUEST,
                format!("Email {email:?} is not valid"),
                &cause,
            ),
            (
                AccountError::EmailInUse | AccountError::EmailExists(_),
                Subject::NewEmail { email, .. },
            ) => Self::refused(
                StatusCode::CONFLICT,
                format!("User email {email:?} already in use"),
            ),
            (AccountError::PasswordsDisabled, _) => {
                Self::refused(StatusCode::FORBIDDEN, "Password auth is disabled")
            }
            (AccountError::Precondition, _) => Self::precondition(),
            (AccountError::PasswordTooWeak, _) => Self::bad_request("Password is too weak"),
            (AccountError::Unavailable(text), _) => Self::Unavailable(text),
            (error @ AccountError::Busy, _) => Self::Unavailable(error.to_string()),
            (
                error @ (AccountError::Internal(_)
                | AccountError::UserNotFound
                | AccountError::EmailNotFound
                | AccountError::EmailInvalid(_)
                | AccountError::EmailExists(_)
                | AccountError::EmailInUse
                | AccountError::SessionNotFound
                | AccountError::SessionFinished
                | AccountError::ClientNotFound
                | AccountError::RegistrationTokenNotFound
                | AccountError::RegistrationTokenRefused(_)
                | AccountError::UpstreamLinkNotFound
                | AccountError::UpstreamSubjectTaken),
                _,
            ) => Self::Internal(error.to_string()),
        }
    }

    /// The answer. What is not for the client goes to the log, under the request's id.
    pub fn into_answer(self, request: Uuid) -> Response {
        let is_unavailable = matches!(self, Self::Unavailable(_));
        let (status, errors) = self.told(request);
        let mut response = json(status, &ErrorResponse { errors });
        if is_unavailable {
            let headers = response.headers_mut();
            headers.insert("retry-after", poem::http::HeaderValue::from_static("1"));
        }
        response
    }

    /// What the client is told: the error, then its causes. What is not for it goes to the log, under
    /// the request's id.
    pub fn told(self, request: Uuid) -> (StatusCode, Vec<Error>) {
        let (status, titles) = match self {
            Self::Refused { status, titles } => (status, titles),
            Self::Unavailable(error) => {
                tracing::error!(request.id = %request, error, "the database is not available");
                let title = "The database is not available, try again later";
                (StatusCode::SERVICE_UNAVAILABLE, vec![title.to_owned()])
            }
            Self::Internal(error) => {
                tracing::error!(request.id = %request, error, "an admin operation failed");
                let title = format!("Internal error {request}");
                (StatusCode::INTERNAL_SERVER_ERROR, vec![title])
            }
        };
        let errors = titles.into_iter().map(|title| Error { title }).collect();
        (status, errors)
    }
}

/// What nobody foresaw.
pub fn internal(error: impl Display) -> AdminError {
    AdminError::Internal(error.to_string())
}

impl From<DatabaseError> for AdminError {
    fn from(error: DatabaseError) -> Self {
        if error.is_unavailable() {
            Self::Unavailable(error.to_string())
        } else {
            Self::Internal(error.to_string())
        }
    }
}

impl From<LogError> for AdminError {
    fn from(error: LogError) -> Self {
        Self::account(error.into(), Subject::Session)
    }
}

impl From<FindError> for AdminError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Log(error) => error.into(),
            error @ FindError::Behind { .. } => {
                Self::refused(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            error @ FindError::Metadata { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<ProofError> for AdminError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Database(error) => error.into(),
            beyond @ ProofError::Beyond { .. } => {
                Self::caused(StatusCode::NOT_FOUND, "Not sealed yet", &beyond)
            }
            ProofError::Damaged(text) => Self::Internal(text),
        }
    }
}

impl From<BearerError> for AdminError {
    fn from(error: BearerError) -> Self {
        const KIND: &str = "Invalid type of access token";
        let refused = |title| Self::refused(StatusCode::UNAUTHORIZED, title);
        match error {
            BearerError::Database(error) => error.into(),
            BearerError::Refused(refusal) => match refusal {
                Refusal::Format(cause) => Self::caused(StatusCode::UNAUTHORIZED, KIND, &cause),
                Refusal::Kind => refused(KIND),
                Refusal::Unknown => refused("Unknown access token"),
                Refusal::SessionEnded => refused("Access token revoked"),
                // One that was replaced while its session goes on is only out of date.
                Refusal::Revoked | Refusal::Expired => refused("Access token expired"),
                Refusal::UserInactive => refused("User locked"),
            },
        }
    }
}

impl ResponseError for AdminError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Only reached outside the guard, which is where the answer is written.
    fn as_response(&self) -> Response {
        self.status().into_response()
    }
}

/// Statuses are documented by each operation.
impl ApiResponse for AdminError {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: Vec::new(),
        }
    }

    fn register(registry: &mut Registry) {
        ErrorResponse::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use muniment_domain::InvalidEmailAddress;

    use super::*;

    async fn answer(error: AdminError) -> (u16, String) {
        let response = error.into_answer(Uuid::nil());
        let status = response.status().as_u16();
        (status, response.into_body().into_string().await.unwrap())
    }

    #[tokio::test]
    async fn an_error_and_its_cause_are_titles_in_order() {
        let user = UserId::default();
        let error = AdminError::account(
            AccountError::EmailInvalid(InvalidEmailAddress::MissingParts),
            Subject::NewEmail {
                user,
                email: "say \"hi\"",
            },
        );
        let expected = r#"{"errors":[{"title":"Email \"say \\\"hi\\\"\" is not valid"},{"title":"Missing domain or user"}]}"#;
        assert_eq!(answer(error).await, (400, expected.to_owned()));
    }

    #[tokio::test]
    async fn an_address_that_anyone_has_is_in_use() {
        let subject = Subject::NewEmail {
            user: UserId::default(),
            email: "a@b.c",
        };
        let expected = r#"{"errors":[{"title":"User email \"a@b.c\" already in use"}]}"#;
        for error in [
            AccountError::EmailInUse,
            AccountError::EmailExists(EmailId::default()),
        ] {
            let error = AdminError::account(error, subject);
            assert_eq!(answer(error).await, (409, expected.to_owned()));
        }
    }

    #[tokio::test]
    async fn internals_stay_inside() {
        let (status, body) = answer(AdminError::Internal("secret detail".into())).await;
        assert_eq!(status, 500);
        assert!(!body.contains("secret"), "{body}");
        assert!(body.contains(&Uuid::nil().to_string()), "{body}");
        let (status, body) = answer(AdminError::Unavailable("secret detail".into())).await;
        assert_eq!(status, 503);
        assert!(!body.contains("secret"), "{body}");
    }

    #[tokio::test]
    async fn a_refused_token_names_the_reason() {
        let refusal = Refusal::Format(crate::auth::token::TokenFormatError::Format);
        assert_eq!(
            answer(BearerError::from(refusal).into()).await,
            (
                401,
                r#"{"errors":[{"title":"Invalid type of access token"},{"title":"invalid token format"}]}"#
                    .to_owned()
            )
        );
    }
}
