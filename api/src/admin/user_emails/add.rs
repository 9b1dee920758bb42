use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::UserEmail;
use crate::{
    accounts::{self, EmailUniqueness},
    admin::{
        AdminError, Caller,
        answer::{Answer, Created, Refuses, Success},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        known,
        operations::{ROOT, Tag},
        schema::{Email, Id},
    },
};

/// JSON payload for the `POST /api/admin/v1/user-emails`
#[derive(Deserialize, Object)]
pub struct AddUserEmailRequest {
    /// The ID of the user to which the email should be added.
    user_id: Id,
    /// The email address of the user to add.
    email: Email,
}

#[derive(Default)]
pub struct AddUserEmail;

impl Refuses for AddUserEmail {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "The email address is not valid, or the request cannot be read",
        ),
        (404, "User was not found"),
        (409, "The email address is in use, by any user"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserEmail")]
impl AddUserEmail {
    /// Add a user email
    ///
    /// Adds an address without sending a mail to verify it: it counts as verified.
    #[oai(path = "/user-emails", method = "post", operation_id = "addUserEmail")]
    async fn call(
        &self,
        caller: Caller,
        body: Json<AddUserEmailRequest>,
    ) -> Answer<Self, Created<SingleResponse<UserEmail>>> {
        let user = body.0.user_id.of();
        known::may_take_over(&caller, user).await?;
        let email = &body.0.email.0;
        let uniqueness = EmailUniqueness::Everybody;
        let row = accounts::add_email(&caller.app, &caller.actor, user, email, uniqueness)
            .await
            .map_err(|error| AdminError::account(error, Subject::NewEmail { user, email }))?;
        let (email, tag) = UserEmail::find(&caller.app, row.id).await?;
        Created(SingleResponse::new(email)).tagged(tag)
    }
}
