use std::sync::Arc;

use muniment_domain::{PersonalSessionOwner, UserId};
use poem::{FromRequest, Request, RequestBody, Result};

use super::{AdminError, error::Subject};
use crate::{
    app::App,
    as_of::record_reading,
    auth::{Actor, Terms},
};

/// An administrator whose request passed the guard, and the program that serves it.
///
/// There is no other way to an [`App`] here, so that no operation can do anything unguarded.
#[derive(Clone)]
pub struct Caller {
    pub app: Arc<App>,
    /// As whom the effects are recorded.
    pub actor: Actor,
    /// Whose the personal sessions are that it makes.
    pub owner: PersonalSessionOwner,
    /// The accounts without which its token would be refused.
    pub accounts: Vec<UserId>,
    /// Whether it has the whole of the admin scope, not only a part.
    pub is_full: bool,
    /// The parts of it that it has.
    pub parts: Vec<&'static str>,
}

impl Caller {
    /// Refuses who has none of these scopes, and not the whole: for operations that take more of one
    /// caller than of another.
    pub fn check_scope(&self, any: &[&'static str]) -> Result<(), AdminError> {
        if self.is_full || any.iter().any(|scope| self.parts.contains(scope)) {
            return Ok(());
        }
        Err(AdminError::wider_scope(any))
    }

    /// The same, on these terms.
    pub fn on(mut self, terms: Terms) -> Self {
        self.actor = self.actor.with_terms(terms);
        self
    }

    /// Has to be called before what was of a user is shown.
    pub async fn reads_past(&self, user: UserId) -> Result<(), AdminError> {
        // Of a server that looks back, the guard records every answer.
        if self.app.past.is_some() {
            return Ok(());
        }
        record_reading(&self.app, &self.actor, user)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))
    }
}

impl<'a> FromRequest<'a> for Caller {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        request.extensions().get().cloned().ok_or_else(|| {
            AdminError::Internal("an operation was reached past the guard".to_owned()).into()
        })
    }
}
