//! What resolvers know of the request they answer, and how its failures are told.

use std::{net::IpAddr, sync::Arc};

use async_graphql::{Context, Error, Result};
use muniment_domain::UserId;
use muniment_projections::queries::{BrowserSessionRow, UserRow};
use uuid::Uuid;

pub use super::access::unauthorized;
use super::{loaders::Loaders, shown::Shown};
use crate::{
    accounts::{self, AccountError, JointError},
    app::App,
    auth::{Actor, Requester},
    locale::Locale,
    web::Cookies,
};

/// Given to every resolver.
#[derive(Debug, Clone)]
pub struct RequestContext {
    pub app: Arc<App>,
    pub requester: Requester,
    pub correlation_id: Uuid,
    pub client_ip: Option<IpAddr>,
    /// Of a browser.
    pub cookies: Option<Cookies>,
    /// In which to speak to people.
    pub locale: Locale,
    /// What leads from one thing to others.
    pub loaders: Arc<Loaders>,
    /// Whose things it is shown.
    pub shown: Arc<Shown>,
}

/// The context of the request that is being resolved.
pub fn request<'a>(ctx: &Context<'a>) -> Result<&'a RequestContext> {
    ctx.data::<RequestContext>()
}

/// PostgreSQL can't keep a text with this character; whoever sends it is told.
pub fn storable(name: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::new(format!(
            "`{name}` must not contain the character NUL"
        )));
    }
    Ok(())
}

impl RequestContext {
    /// As whom the effects of this request are recorded.
    pub fn actor(&self) -> Actor {
        self.requester.actor(self.correlation_id)
    }

    /// A failure of this request, for the client.
    pub fn failure(&self, error: impl Into<AccountError>) -> Error {
        Self::failure_of(self.correlation_id, error)
    }

    /// The browser session and its user, where nothing else will do.
    pub fn require_browser(&self) -> Result<(&BrowserSessionRow, &UserRow)> {
        match &self.requester {
            Requester::BrowserSession { session, user } => Ok((session, user)),
            Requester::Anonymous
            | Requester::Oauth2Session { .. }
            | Requester::PersonalSession { .. } => Err(unauthorized()),
        }
    }

    /// Whether the requester, who claims to be the user, may go on with something sensitive.
    pub async fn confirms(&self, user: UserId, password: Option<&str>) -> Result<bool> {
        accounts::confirm_password(&self.app, user, password, self.client_ip)
            .await
            .map_err(|error| self.failure(error))
    }

    /// Something stored can't be read.
    pub fn broken(&self, error: &dyn std::error::Error) -> Error {
        Error::new(internal(self.correlation_id, error))
    }

    /// A failure of something that the homeserver has a part in; `text` is what the client is told if
    /// it was the homeserver that failed.
    pub fn joint_failure(&self, text: &'static str, error: impl Into<JointError>) -> Error {
        match error.into() {
            JointError::Account(error) => self.failure(error),
            JointError::Homeserver(error) => {
                tracing::warn!(
                    request.id = %self.correlation_id,
                    error = %error,
                    "the homeserver did not do what a GraphQL request needs"
                );
                Error::new(text)
            }
        }
    }

    /// The one place where a failure becomes a GraphQL error. The business reasons that a mutation
    /// answers with a status have been taken out before.
    pub fn failure_of(correlation_id: Uuid, error: impl Into<AccountError>) -> Error {
        match error.into() {
            AccountError::UserNotFound => Error::new("Failed to load user"),
            AccountError::EmailNotFound => Error::new("Unknown email address"),
            error @ AccountError::Busy => Error::new(error.to_string()),
            error @ (AccountError::UsernameTaken
            | AccountError::UsernameReserved
            | AccountError::UsernameInvalid(_)
            | AccountError::EmailInvalid(_)
            | AccountError::EmailExists(_)
            | AccountError::EmailInUse
            | AccountError::PasswordsDisabled
            | AccountError::PasswordTooWeak
            | AccountError::SessionNotFound
            | AccountError::SessionFinished
            | AccountError::ClientNotFound
            | AccountError::RegistrationTokenNotFound
            | AccountError::RegistrationTokenRefused(_)
            | AccountError::UpstreamLinkNotFound
            | AccountError::UpstreamSubjectTaken
            | AccountError::Precondition
            | AccountError::Unavailable(_)
            | AccountError::Internal(_)) => Error::new(internal(correlation_id, &error)),
        }
    }
}

/// Writes a failure to the log, and answers with what the client may know of it.
pub fn internal(correlation_id: Uuid, error: &dyn std::error::Error) -> String {
    tracing::error!(
        request.id = %correlation_id,
        error = %error,
        "a GraphQL request failed"
    );
    format!("Internal error {correlation_id}")
}
