use muniment_projections::queries::user_at;
use poem_openapi::OpenApi;

use super::User;
use crate::{
    accounts,
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses},
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        query::Past,
        schema::Id,
    },
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
        let row = match past.at(&caller).await? {
            None => accounts::get(&caller.app, user)
                .await
                .map_err(|error| AdminError::account(error, Subject::User(user)))?,
            Some(at) => {
                caller.reads_past(user, &at);
                user_at(&caller.app.reads, user, at.position)
                    .await?
                    .ok_or_else(|| AdminError::user_not_found(user))?
            }
        };
        Ok(Found(SingleResponse::new(User::from(row))).into())
    }
}
