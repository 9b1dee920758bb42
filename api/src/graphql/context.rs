//! What resolvers know of the request they answer, and how its failures are told.

use std::{net::IpAddr, sync::Arc};

use async_graphql::{Context, Error, Result};
use uuid::Uuid;

pub use super::access::unauthorized;
use super::loaders::Loaders;
use crate::{
    accounts::AccountError,
    app::App,
    auth::{Actor, Requester},
    web::Cookies,
};

/// Given to every resolver.
#[derive(Debug)]
pub struct RequestContext {
    pub app: Arc<App>,
    pub requester: Requester,
    pub correlation_id: Uuid,
    pub client_ip: Option<IpAddr>,
    /// Of a browser.
    pub cookies: Option<Cookies>,
    /// What leads from one thing to others.
    pub loaders: Loaders,
}

/// The context of the request that is being resolved.
pub fn request<'a>(ctx: &Context<'a>) -> Result<&'a RequestContext> {
    ctx.data::<RequestContext>()
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
