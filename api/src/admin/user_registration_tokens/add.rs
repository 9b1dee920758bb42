use muniment_domain::RegistrationTokenError;
use poem::http::StatusCode;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::UserRegistrationToken;
use crate::{
    accounts::{self, AccountError},
    admin::{
        AdminError, Caller,
        answer::{Answer, Created, Refuses, Success},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
        schema::Timestamp,
    },
};

/// JSON payload for the `POST /api/admin/v1/user-registration-tokens`
#[derive(Deserialize, Object)]
pub struct AddUserRegistrationTokenRequest {
    /// The token string. If not provided, a random token will be generated.
    #[oai(nullable)]
    token: Option<String>,
    /// Maximum number of times this token can be used. If not provided, the token can be used any
    /// number of times.
    #[oai(nullable, validator(minimum(value = "0")))]
    usage_limit: Option<u32>,
    /// When the token expires. If not provided, the token never expires.
    #[oai(nullable)]
    expires_at: Option<Timestamp>,
}

#[derive(Default)]
pub struct AddUserRegistrationToken;

impl Refuses for AddUserRegistrationToken {
    const REFUSALS: &'static [(u16, &'static str)] = &[(409, "The same token exists already")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserRegistrationToken")]
impl AddUserRegistrationToken {
    /// Create a new user registration token
    #[oai(
        path = "/user-registration-tokens",
        method = "post",
        operation_id = "addUserRegistrationToken"
    )]
    async fn call(
        &self,
        caller: Caller,
        body: Json<AddUserRegistrationTokenRequest>,
    ) -> Answer<Self, Created<SingleResponse<UserRegistrationToken>>> {
        let (app, body) = (&caller.app, body.0);
        let issued = accounts::issue_registration_token(
            app,
            &caller.actor,
            body.token,
            body.usage_limit,
            body.expires_at.map(|time| time.0),
        )
        .await;
        let id = match issued {
            Ok((id, _)) => id,
            Err(AccountError::RegistrationTokenRefused(RegistrationTokenError::AlreadyCreated)) => {
                return Err(AdminError::refused(
                    StatusCode::CONFLICT,
                    "A registration token with the same token already exists",
                ));
            }
            Err(error) => return Err(AdminError::account(error, Subject::Session)),
        };
        let (token, tag) = UserRegistrationToken::find(app, id).await?;
        Created(SingleResponse::new(token)).tagged(tag)
    }
}
