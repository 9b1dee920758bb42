use muniment_projections::queries::user_as_of;
use poem_openapi::OpenApi;

use super::User;
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
        past: Past,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let user = id.0.of();
        let Some(at) = past.at(&caller).await? else {
            let (user, tag) = User::find(&caller.app, user).await?;
            return Found(SingleResponse::new(user)).tagged(tag);
        };
        let row = user_as_of(&caller.app.reads, user, at.position)
            .await?
            .ok_or_else(|| AdminError::user_not_found(user))?;
        caller.reads_past(user).await?;
        Found(SingleResponse::new(User::from(row))).tagged(None)
    }
}
