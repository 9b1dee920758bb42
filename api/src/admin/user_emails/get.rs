use poem_openapi::OpenApi;

use super::UserEmail;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
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
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UserEmail>>> {
        let (email, tag) = UserEmail::find(&caller.app, id.0.of()).await?;
        Found(SingleResponse::new(email)).tagged(tag)
    }
}
