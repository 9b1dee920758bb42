use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::User;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::{Resource, SingleResponse},
    operations::{ROOT, Tag},
    path::Path,
};

#[derive(Default)]
pub struct GetUserByUsername;

impl Refuses for GetUserByUsername {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl GetUserByUsername {
    /// Get a user by its username (localpart)
    ///
    /// The username is matched in any case. A full Matrix user ID does not match.
    #[oai(
        path = "/users/by-username/:username",
        method = "get",
        operation_id = "getUserByUsername"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The username (localpart) of the user to get
        username: Path<String>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let username = username.0;
        // Nobody has a name with a NUL, and PostgreSQL could not be asked for one.
        let row = if username.contains('\0') {
            None
        } else {
            queries::user_by_username(&caller.app.reads, &username).await?
        };
        let row = row.ok_or_else(|| {
            AdminError::not_found(format!("User with username {username:?} not found"))
        })?;
        let link = format!("{}/by-username/{username}", User::PATH);
        let (user, tag) = User::find(&caller.app, row.id).await?;
        Found(SingleResponse::linked(user, link)).tagged(tag)
    }
}
