use poem_openapi::OpenApi;

use super::PersonalSession;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetPersonalSession;

impl Refuses for GetPersonalSession {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "Personal session was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PersonalSession")]
impl GetPersonalSession {
    /// Get a personal session
    #[oai(
        path = "/personal-sessions/:id",
        method = "get",
        operation_id = "getPersonalSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<PersonalSession>>> {
        let session = PersonalSession::find(&caller.app, id.0.of())
            .await?
            .ok_or_else(|| AdminError::not_found("Personal session not found"))?;
        Ok(Found(SingleResponse::new(session)).into())
    }
}
