use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::UserEmail;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
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
        let reads = &caller.app.reads;
        let found = match past.at(&caller).await? {
            None => queries::email(reads, email).await?,
            Some(at) => {
                let found = queries::email_at(reads, email, at.position).await?;
                found.inspect(|row| caller.reads_past(row.user_id, &at))
            }
        };
        let row = found.ok_or_else(|| AdminError::email_not_found(email))?;
        Ok(Found(SingleResponse::new(UserEmail::from(row))).into())
    }
}
