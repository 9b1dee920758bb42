use muniment_domain::{CompatSessionId, SessionEnd};
use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::CompatSession;
use crate::{
    accounts::{self, AccountError, Ending, SessionRef},
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses},
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

#[derive(Default)]
pub struct FinishCompatSession;

impl Refuses for FinishCompatSession {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (400, "Session is already finished"),
        (404, "Session was not found"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::CompatSession")]
impl FinishCompatSession {
    /// Finish a compatibility session
    ///
    /// Its tokens are refused from now on, and its device goes from the homeserver.
    #[oai(
        path = "/compat-sessions/:id/finish",
        method = "post",
        operation_id = "finishCompatSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<CompatSession>>> {
        let (app, id) = (&caller.app, id.0.of::<CompatSessionId>());
        let name = format!("Compatibility session with ID {id}");
        let missing = || AdminError::not_found(format!("{name} not found"));
        let finished = || AdminError::bad_request(format!("{name} is already finished"));
        let row = queries::compat_session(&app.reads, id).await?;
        let row = row.ok_or_else(missing)?;
        if row.finished_at.is_some() {
            return Err(finished());
        }
        let ending = Ending {
            session: SessionRef::Compat(id),
            user: Some(row.user_id),
            reason: SessionEnd::Admin,
        };
        match accounts::end_session(app, &caller.actor, ending).await {
            // Somebody else was quicker.
            Ok(None) => return Err(finished()),
            Ok(Some(_)) => {}
            Err(AccountError::SessionNotFound) => return Err(missing()),
            Err(error) => return Err(AdminError::account(error, Subject::Session)),
        }
        let session = CompatSession::find(app, id).await?.ok_or_else(missing)?;
        Ok(Found(SingleResponse::after(session, "finish")).into())
    }
}
