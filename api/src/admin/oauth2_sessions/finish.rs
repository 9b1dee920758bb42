use muniment_domain::{Oauth2SessionId, SessionEnd};
use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::OAuth2Session;
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
pub struct FinishOAuth2Session;

impl Refuses for FinishOAuth2Session {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (400, "Session is already finished"),
        (404, "Session was not found"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::OAuth2Session")]
impl FinishOAuth2Session {
    /// Finish an OAuth 2.0 session
    ///
    /// Its tokens are refused from now on, and its device goes from the homeserver.
    #[oai(
        path = "/oauth2-sessions/:id/finish",
        method = "post",
        operation_id = "finishOAuth2Session"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<OAuth2Session>>> {
        let (app, id) = (&caller.app, id.0.of::<Oauth2SessionId>());
        let name = format!("OAuth 2.0 session with ID {id}");
        let missing = || AdminError::not_found(format!("{name} not found"));
        let finished = || AdminError::bad_request(format!("{name} is already finished"));
        let row = queries::oauth2_session(&app.reads, id).await?;
        let row = row.ok_or_else(missing)?;
        if row.finished_at.is_some() {
            return Err(finished());
        }
        let ending = Ending {
            session: SessionRef::Oauth2(id),
            user: row.user_id,
            reason: SessionEnd::Admin,
        };
        match accounts::end_session(app, &caller.actor, ending).await {
            // Somebody else was quicker.
            Ok(None) => return Err(finished()),
            Ok(Some(_)) => {}
            Err(AccountError::SessionNotFound) => return Err(missing()),
            Err(error) => return Err(AdminError::account(error, Subject::Session)),
        }
        let session = OAuth2Session::find(app, id).await?.ok_or_else(missing)?;
        Ok(Found(SingleResponse::after(session, "finish")).into())
    }
}
