use poem_openapi::OpenApi;

use super::User;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetUser;

impl Refuses for GetUser {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl GetUser {
    /// Get a user
    #[oai(path = "/users/:id", method = "get", operation_id = "getUser")]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let (user, tag) = User::find(&caller.app, id.0.of()).await?;
        Found(SingleResponse::new(user)).tagged(tag)
    }
}
