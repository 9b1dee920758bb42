use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::User;
use crate::{
    accounts,
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses, Success},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

/// JSON payload for the `POST /api/admin/v1/users/:id/set-admin` endpoint
#[derive(Deserialize, Object)]
pub struct UserSetAdminRequest {
    /// Whether the user can request admin privileges.
    admin: bool,
}

#[derive(Default)]
pub struct UserSetAdmin;

impl Refuses for UserSetAdmin {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl UserSetAdmin {
    /// Set whether a user can request admin
    ///
    /// Sessions that were granted already are not affected.
    #[oai(
        path = "/users/:id/set-admin",
        method = "post",
        operation_id = "userSetAdmin"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
        body: Json<UserSetAdminRequest>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let user = id.0.of();
        accounts::set_admin(&caller.app, &caller.actor, user, body.0.admin)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))?;
        let (user, tag) = User::find(&caller.app, user).await?;
        Found(SingleResponse::after(user, "set-admin")).tagged(tag)
    }
}
