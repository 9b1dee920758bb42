use poem_openapi::OpenApi;

use crate::{
    accounts,
    admin::{
        AdminError, Caller,
        answer::{Answer, NoContent, Refuses},
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

#[derive(Default)]
pub struct DeleteUserEmail;

impl Refuses for DeleteUserEmail {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User email was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserEmail")]
impl DeleteUserEmail {
    /// Delete a user email
    #[oai(
        path = "/user-emails/:id",
        method = "delete",
        operation_id = "deleteUserEmail"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, NoContent> {
        let email = id.0.of();
        accounts::remove_email(&caller.app, &caller.actor, email)
            .await
            .map_err(|error| AdminError::account(error, Subject::Email(email)))?;
        Ok(NoContent.into())
    }
}
