use muniment_domain::PersonalSessionId;
use muniment_projections::queries;
use poem::http::StatusCode;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::PersonalSession;
use crate::{
    accounts::{self, AccountError},
    admin::{
        AdminError, Caller,
        answer::{Answer, Created, Refuses},
        body::OptionalJson,
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

/// JSON payload for the `POST /api/admin/v1/personal-sessions/{id}/regenerate` endpoint
#[derive(Default, Deserialize, Object)]
pub struct RegeneratePersonalSessionRequest {
    /// Token expiry time in seconds. If not set, the token won't expire.
    #[oai(nullable, validator(minimum(value = "0")))]
    expires_in: Option<u32>,
}

#[derive(Default)]
pub struct RegeneratePersonalSession;

impl Refuses for RegeneratePersonalSession {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (403, "The session belongs to somebody else"),
        (404, "Personal session was not found"),
        (
            422,
            "The session is revoked, or the body does not have the expected shape",
        ),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PersonalSession")]
impl RegeneratePersonalSession {
    /// Regenerate a personal session by replacing its personal access token
    ///
    /// The token before is refused from now on. Only whoever owns the session may. The body may be
    /// left out.
    #[oai(
        path = "/personal-sessions/:id/regenerate",
        method = "post",
        operation_id = "regeneratePersonalSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
        body: OptionalJson<RegeneratePersonalSessionRequest>,
    ) -> Answer<Self, Created<SingleResponse<PersonalSession>>> {
        let (app, id) = (&caller.app, id.0.of::<PersonalSessionId>());
        let missing = || AdminError::not_found("Session not found");
        let invalid = || AdminError::refused(StatusCode::UNPROCESSABLE_ENTITY, "Session not valid");
        let row = queries::personal_session(&app.reads, id).await?;
        let row = row.ok_or_else(missing)?;
        if row.revoked_at.is_some() {
            return Err(invalid());
        }
        if row.owner != caller.owner {
            let title = "Session does not belong to you";
            return Err(AdminError::refused(StatusCode::FORBIDDEN, title));
        }
        let lifetime = body.0.expires_in;
        let made = accounts::regenerate_personal_token(app, &caller.actor, &row, lifetime).await;
        let token = match made {
            Ok(token) => token,
            Err(AccountError::SessionFinished) => return Err(invalid()),
            Err(AccountError::SessionNotFound) => return Err(missing()),
            Err(error) => return Err(AdminError::account(error, Subject::Session)),
        };
        let session = PersonalSession::find(app, id).await?.ok_or_else(missing)?;
        Ok(Created(SingleResponse::new(session.with_token(&token))).into())
    }
}
