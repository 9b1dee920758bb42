use muniment_domain::Scope;
use poem::http::StatusCode;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::PersonalSession;
use crate::{
    accounts::{self, AccountError, NewPersonalSession},
    admin::{
        AdminError, Caller,
        answer::{Answer, Created, Refuses},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        schema::{Id, storable},
    },
};

/// JSON payload for the `POST /api/admin/v1/personal-sessions` endpoint
#[derive(Deserialize, Object)]
pub struct CreatePersonalSessionRequest {
    /// The user this session will act on behalf of
    actor_user_id: Id,
    /// Human-readable name for the session
    #[serde(deserialize_with = "storable")]
    human_name: String,
    /// Scope that the session shall have
    scope: String,
    /// Token expiry time in seconds. If not set, the token won't expire.
    #[oai(nullable, validator(minimum(value = "0")))]
    expires_in: Option<u32>,
}

#[derive(Default)]
pub struct CreatePersonalSession;

impl Refuses for CreatePersonalSession {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (400, "The scope is not valid, or the request cannot be read"),
        (404, "User was not found"),
        (410, "The user is deactivated"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PersonalSession")]
impl CreatePersonalSession {
    /// Create a new personal session with personal access token
    ///
    /// It belongs to whoever asks: the user of the access token, or the client if it acts for
    /// itself. Any scope may be given. Devices that the scope names are made on the homeserver.
    #[oai(
        path = "/personal-sessions",
        method = "post",
        operation_id = "createPersonalSession"
    )]
    async fn call(
        &self,
        caller: Caller,
        body: Json<CreatePersonalSessionRequest>,
    ) -> Answer<Self, Created<SingleResponse<PersonalSession>>> {
        let (app, body) = (&caller.app, body.0);
        let user = match accounts::get(app, body.actor_user_id.of()).await {
            Err(AccountError::UserNotFound) => Err(AdminError::not_found("User not found")),
            other => other.map_err(|error| AdminError::account(error, Subject::Session)),
        }?;
        if user.deactivated_at.is_some() {
            return Err(AdminError::refused(StatusCode::GONE, "User is not active"));
        }
        let scope: Scope = body
            .scope
            .parse()
            .map_err(|_| AdminError::bad_request("Invalid scope"))?;
        let new = NewPersonalSession {
            owner: caller.owner,
            user: &user,
            name: body.human_name,
            scope,
            lifetime: body.expires_in,
        };
        let (id, token) = accounts::create_personal_session(app, &caller.actor, new)
            .await
            .map_err(|error| AdminError::account(error, Subject::Session))?;
        let session = PersonalSession::find(app, id)
            .await?
            .ok_or_else(|| AdminError::Internal("a new personal session is not there".into()))?;
        Ok(Created(SingleResponse::new(session.with_token(&token))).into())
    }
}
