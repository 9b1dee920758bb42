use muniment_domain::CompatSessionId;
use muniment_projections::queries::compat_session_as_of;
use poem_openapi::OpenApi;

use super::CompatSession;
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
pub struct GetCompatSession;

impl Refuses for GetCompatSession {
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "Compatibility session was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::CompatSession")]
impl GetCompatSession {
    /// Get a compatibility session
    #[oai(
        path = "/compat-sessions/:id",
        method = "get",
        operation_id = "getCompatSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<CompatSession>>> {
        let id: CompatSessionId = id.0.of();
        let found = match past.at(&caller).await? {
            None => CompatSession::find(&caller.app, id).await?,
            Some(at) => match compat_session_as_of(&caller.app.reads, id, at.position).await? {
                Some(row) => {
                    caller.reads_past(row.user_id).await?;
                    Some(CompatSession::new(row, None))
                }
                None => None,
            },
        };
        let session = found.ok_or_else(|| {
            AdminError::not_found(format!("Compatibility session ID {id} not found"))
        })?;
        Ok(Found(SingleResponse::new(session)).into())
    }
}
