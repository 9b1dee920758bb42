use muniment_projections::queries::email_as_of;
use poem_openapi::OpenApi;

use super::UserEmail;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    query::Past,
    schema::Id,
};

#[derive(Default)]
pub struct GetUserEmail;

impl Refuses for GetUserEmail {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User email was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserEmail")]
impl GetUserEmail {
    /// Get a user email
    #[oai(
        path = "/user-emails/:id",
        method = "get",
        operation_id = "getUserEmail"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UserEmail>>> {
        let email = id.0.of();
        let Some(at) = past.at(&caller).await? else {
            let (email, tag) = UserEmail::find(&caller.app, email).await?;
            return Found(SingleResponse::new(email)).tagged(tag);
        };
        let row = email_as_of(&caller.app.reads, email, at.position)
            .await?
            .ok_or_else(|| AdminError::email_not_found(email))?;
        caller.reads_past(row.user_id).await?;
        Found(SingleResponse::new(UserEmail::from(row))).tagged(None)
    }
}
