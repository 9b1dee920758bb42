use std::sync::Arc;

use muniment_domain::{PersonalSessionOwner, UserId};
use poem::{FromRequest, Request, RequestBody, Result};

use super::AdminError;
use crate::{
    app::App,
    as_of::{AsOf, Reading},
    auth::Actor,
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
    /// Whether it has the whole of the admin scope, not only a part.
    pub is_full: bool,
}

impl Caller {
    /// Has to be called before what was of a user is shown.
    pub fn reads_past(&self, user: UserId, at: &AsOf) {
        let by = &self.actor;
        Reading { by, of: user, at }.note();
    }
}

impl<'a> FromRequest<'a> for Caller {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        request.extensions().get().cloned().ok_or_else(|| {
            AdminError::Internal("an operation was reached past the guard".to_owned()).into()
        })
    }
}
