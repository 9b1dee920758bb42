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
pub struct ReactivateUser;

impl Refuses for ReactivateUser {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl ReactivateUser {
    /// Reactivate a user
    ///
    /// A locked user stays locked. Sessions, email addresses and passwords do not come back.
    #[oai(
        path = "/users/:id/reactivate",
        method = "post",
        operation_id = "reactivateUser"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let user = id.0.of();
        accounts::reactivate(&caller.app, &caller.actor, user)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))?;
        let (user, tag) = User::find(&caller.app, user).await?;
        Found(SingleResponse::after(user, "reactivate")).tagged(tag)
    }
}
