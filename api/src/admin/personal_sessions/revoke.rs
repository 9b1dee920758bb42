use muniment_domain::{PersonalSessionId, SessionEnd};
use muniment_projections::queries;
use poem::http::StatusCode;
use poem_openapi::OpenApi;

use super::PersonalSession;
use crate::{
    accounts::{self, AccountError},
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
pub struct RevokePersonalSession;

impl Refuses for RevokePersonalSession {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (404, "Personal session was not found"),
        (409, "Personal session is already revoked"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PersonalSession")]
impl RevokePersonalSession {
    /// Revoke a personal session
    ///
    /// Its token is refused from now on. Any administrator may, whoever owns the session.
    #[oai(
        path = "/personal-sessions/:id/revoke",
        method = "post",
        operation_id = "revokePersonalSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<PersonalSession>>> {
        let (app, id) = (&caller.app, id.0.of::<PersonalSessionId>());
        let name = format!("Personal session with ID {id}");
        let missing = || AdminError::not_found(format!("{name} not found"));
        let revoked =
            || AdminError::refused(StatusCode::CONFLICT, format!("{name} is already revoked"));
        let row = queries::personal_session(&app.reads, id).await?;
        let row = row.ok_or_else(missing)?;
        if row.revoked_at.is_some() {
            return Err(revoked());
        }
        match accounts::end_personal_session(app, &caller.actor, &row, SessionEnd::Admin).await {
            Ok(()) => {}
            Err(AccountError::SessionFinished) => return Err(revoked()),
            Err(AccountError::SessionNotFound) => return Err(missing()),
            Err(error) => return Err(AdminError::account(error, Subject::Session)),
        }
        let session = PersonalSession::find(app, id).await?.ok_or_else(missing)?;
        Ok(Found(SingleResponse::new(session)).into())
    }
}
