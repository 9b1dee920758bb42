use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::User;
use crate::{
    accounts::{self, NewUser},
    admin::{
        AdminError, Caller,
        answer::{Answer, Created, Refuses},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
    },
};

/// JSON payload for the `POST /api/admin/v1/users` endpoint
#[derive(Deserialize, Object)]
pub struct AddUserRequest {
    /// The username of the user to add.
    username: String,
    /// Create the user even if the homeserver says that the username is taken.
    #[serde(default)]
    #[oai(default)]
    skip_homeserver_check: bool,
    /// Display name to set on the homeserver
    #[oai(nullable)]
    displayname: Option<String>,
    /// Avatar to set on the homeserver, as an `mxc://` URL
    #[oai(nullable)]
    avatar_url: Option<String>,
}

#[derive(Default)]
pub struct CreateUser;

impl Refuses for CreateUser {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "The username is not valid, or the request cannot be read",
        ),
        (409, "The username is taken, or reserved by the homeserver"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl CreateUser {
    /// Create a new user
    ///
    /// The user has neither a password nor an email address. A name that differs from a taken one in
    /// case alone counts as taken, and so does the name of a locked or deactivated user. The
    /// homeserver knows the user by the time of the answer; if it fails, nothing is kept.
    #[oai(path = "/users", method = "post", operation_id = "createUser")]
    async fn call(
        &self,
        caller: Caller,
        body: Json<AddUserRequest>,
    ) -> Answer<Self, Created<SingleResponse<User>>> {
        let body = body.0;
        let new = NewUser {
            username: body.username,
            skip_homeserver_check: body.skip_homeserver_check,
            displayname: body.displayname,
            avatar_url: body.avatar_url,
        };
        let row = accounts::add_user(&caller.app, &caller.actor, new)
            .await
            .map_err(|error| AdminError::account(error, Subject::NewUser))?;
        Ok(Created(SingleResponse::new(User::from(row))).into())
    }
}
