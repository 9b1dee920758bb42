use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use crate::{
    accounts,
    admin::{
        AdminError, Caller,
        answer::{Answer, NoContent, Refuses},
        body::Json,
        error::Subject,
        known,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

/// JSON payload for the `POST /api/admin/v1/users/:id/set-password` endpoint
#[derive(Deserialize, Object)]
pub struct SetUserPasswordRequest {
    /// The password to set for the user
    password: String,
    /// Skip the password complexity check
    #[oai(nullable)]
    skip_password_check: Option<bool>,
}

#[derive(Default)]
pub struct SetUserPassword;

impl Refuses for SetUserPassword {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "The password is too weak, or the request cannot be read",
        ),
        (
            403,
            "Password auth is disabled in the server configuration, or the user is an administrator \
             and the token is not for the whole API",
        ),
        (404, "User was not found"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl SetUserPassword {
    /// Set the password for a user
    ///
    /// No session ends by it. It works on locked and deactivated users, and on those who had no
    /// password before.
    #[oai(
        path = "/users/:id/set-password",
        method = "post",
        operation_id = "setUserPassword"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
        body: Json<SetUserPasswordRequest>,
    ) -> Answer<Self, NoContent> {
        let user = id.0.of();
        let SetUserPasswordRequest {
            password,
            skip_password_check,
        } = body.0;
        known::may_take_over(&caller, user).await?;
        let skip = skip_password_check.unwrap_or(false);
        accounts::set_password(&caller.app, &caller.actor, user, &password, skip)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))?;
        Ok(NoContent.into())
    }
}
