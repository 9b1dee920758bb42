use muniment_domain::{BrowserSessionId, SessionEnd};
use poem_openapi::OpenApi;

use super::{UserSession, get::find};
use crate::{
    accounts::{self, AccountError, SessionRef},
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
pub struct FinishUserSession;

impl Refuses for FinishUserSession {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (400, "Session is already finished"),
        (404, "Session was not found"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserSession")]
impl FinishUserSession {
    /// Finish a user session
    ///
    /// The browser is signed out. Sessions of clients that were allowed in it go on.
    #[oai(
        path = "/user-sessions/:id/finish",
        method = "post",
        operation_id = "finishUserSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UserSession>>> {
        let id: BrowserSessionId = id.0.of();
        let missing = || AdminError::not_found(format!("User session with ID {id} not found"));
        let finished =
            || AdminError::bad_request(format!("User session with ID {id} is already finished"));
        let session = find(&caller.app, id).await?.ok_or_else(missing)?;
        if session.is_finished() {
            return Err(finished());
        }
        let reason = SessionEnd::Admin;
        match accounts::finish_session(&caller.app, &caller.actor, SessionRef::Browser(id), reason)
            .await
        {
            // Somebody else was quicker.
            Ok(None) => return Err(finished()),
            Ok(Some(_)) => {}
            Err(AccountError::SessionNotFound) => return Err(missing()),
            Err(error) => return Err(AdminError::account(error, Subject::Session)),
        }
        let session = find(&caller.app, id).await?.ok_or_else(missing)?;
        Ok(Found(SingleResponse::after(session, "finish")).into())
    }
}
