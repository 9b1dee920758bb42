use muniment_domain::BrowserSessionId;
use muniment_projections::queries;
use muniment_store::activity;
use poem_openapi::OpenApi;

use super::UserSession;
use crate::{
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses},
        envelope::SingleResponse,
        operations::{ROOT, Tag},
        path::Path,
        query::Past,
        schema::Id,
    },
    app::App,
};

#[derive(Default)]
pub struct GetUserSession;

impl Refuses for GetUserSession {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "User session was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserSession")]
impl GetUserSession {
    /// Get a user session
    #[oai(
        path = "/user-sessions/:id",
        method = "get",
        operation_id = "getUserSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        past: Past,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UserSession>>> {
        let id: BrowserSessionId = id.0.of();
        let found = match past.at(&caller).await? {
            None => find(&caller.app, id).await?,
            Some(at) => {
                match queries::browser_session_as_of(&caller.app.reads, id, at.position).await? {
                    Some(row) => {
                        caller.reads_past(row.user_id).await?;
                        Some(UserSession::new(row, None))
                    }
                    None => None,
                }
            }
        };
        let session = found
            .ok_or_else(|| AdminError::not_found(format!("User session ID {id} not found")))?;
        Ok(Found(SingleResponse::new(session)).into())
    }
}

/// A session with when it was last used.
pub(super) async fn find(
    app: &App,
    id: BrowserSessionId,
) -> Result<Option<UserSession>, AdminError> {
    let Some(row) = queries::browser_session(&app.reads, id).await? else {
        return Ok(None);
    };
    let uses = activity::of(&app.database, &[id.as_uuid()]).await?;
    Ok(Some(UserSession::new(row, uses.get(&id.as_uuid()))))
}
