use poem_openapi::OpenApi;

use super::UserRegistrationToken;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetUserRegistrationToken;

impl Refuses for GetUserRegistrationToken {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "Registration token was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserRegistrationToken")]
impl GetUserRegistrationToken {
    /// Get a user registration token
    #[oai(
        path = "/user-registration-tokens/:id",
        method = "get",
        operation_id = "getUserRegistrationToken"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UserRegistrationToken>>> {
        let (token, tag) = UserRegistrationToken::find(&caller.app, id.0.of()).await?;
        Found(SingleResponse::new(token)).tagged(tag)
    }
}
