use poem_openapi::OpenApi;

use super::User;
use crate::{
    accounts,
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses, Success},
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

#[derive(Default)]
pub struct LockUser;

impl Refuses for LockUser {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl LockUser {
    /// Lock a user
    ///
    /// The user's tokens are refused until the user is unlocked; no session ends. Locking a locked user
    /// changes nothing.
    #[oai(path = "/users/:id/lock", method = "post", operation_id = "lockUser")]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let user = id.0.of();
        accounts::lock(&caller.app, &caller.actor, user, false)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))?;
        let (user, tag) = User::find(&caller.app, user).await?;
        Found(SingleResponse::after(user, "lock")).tagged(tag)
    }
}
