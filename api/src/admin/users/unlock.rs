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
pub struct UnlockUser;

impl Refuses for UnlockUser {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl UnlockUser {
    /// Unlock a user
    ///
    /// A deactivated user stays deactivated.
    #[oai(
        path = "/users/:id/unlock",
        method = "post",
        operation_id = "unlockUser"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let user = id.0.of();
        accounts::unlock(&caller.app, &caller.actor, user, false)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))?;
        let (user, tag) = User::find(&caller.app, user).await?;
        Found(SingleResponse::after(user, "unlock")).tagged(tag)
    }
}
