use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::User;
use crate::{
    accounts,
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses, Success},
        body::OptionalJson,
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

/// JSON payload for the `POST /api/admin/v1/users/:id/deactivate` endpoint
#[derive(Default, Deserialize, Object)]
pub struct DeactivateUserRequest {
    /// Whether to skip requesting the homeserver to GDPR-erase the user upon deactivation.
    #[serde(default)]
    #[oai(default)]
    skip_erase: bool,
}

#[derive(Default)]
pub struct DeactivateUser;

impl Refuses for DeactivateUser {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl DeactivateUser {
    /// Deactivate a user
    ///
    /// The user's sessions end, and email addresses and passwords go; the username stays taken. The
    /// body may be left out.
    #[oai(
        path = "/users/:id/deactivate",
        method = "post",
        operation_id = "deactivateUser"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
        body: OptionalJson<DeactivateUserRequest>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let user = id.0.of();
        let erase = !body.0.skip_erase;
        accounts::deactivate(&caller.app, &caller.actor, user, erase)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))?;
        let (user, tag) = User::find(&caller.app, user).await?;
        Found(SingleResponse::after(user, "deactivate")).tagged(tag)
    }
}
