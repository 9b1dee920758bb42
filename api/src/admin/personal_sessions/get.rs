use muniment_projections::queries::personal_session_as_of;
use poem_openapi::OpenApi;

use super::PersonalSession;
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
        past: Past,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<PersonalSession>>> {
        let id = id.0.of();
        let found = match past.at(&caller).await? {
            None => PersonalSession::find(&caller.app, id).await?,
            Some(at) => match personal_session_as_of(&caller.app.reads, id, at.position).await? {
                Some(row) => {
                    caller.reads_past(row.actor_user_id).await?;
                    Some(PersonalSession::new(row, None))
                }
                None => None,
            },
        };
        let session = found.ok_or_else(|| AdminError::not_found("Personal session not found"))?;
        Ok(Found(SingleResponse::new(session)).into())
    }
}
