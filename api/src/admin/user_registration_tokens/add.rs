use muniment_domain::{EmailAddress, Invitee, RegistrationTokenError, UserId, Username};
use poem::http::StatusCode;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::UserRegistrationToken;
use crate::{
    accounts::{self, AccountError, NewRegistrationToken},
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
    /// number of times, or once if it is for one person.
    #[oai(nullable, validator(minimum(value = "0")))]
    usage_limit: Option<u32>,
    /// When the token expires. If not provided, the token never expires.
    #[oai(nullable)]
    expires_at: Option<Timestamp>,
    /// The username that has to be registered with this token. If not provided, any can be.
    #[oai(nullable)]
    username: Option<String>,
    /// The email address that has to be verified when registering with this token. If not provided,
    /// any can be, if one has to be at all.
    #[oai(nullable)]
    email: Option<String>,
}

/// What refusals of the address are about.
fn address(email: &str) -> Subject<'_> {
    let user = UserId::default();
    Subject::NewEmail { user, email }
}

impl AddUserRegistrationTokenRequest {
    fn checked(self) -> Result<NewRegistrationToken, AdminError> {
        let username = self.username.as_deref().map(Username::parse).transpose();
        let username = username.map_err(AccountError::UsernameInvalid);
        let email = self.email.as_deref().map(EmailAddress::parse).transpose();
        let email = email.map_err(AccountError::from);
        let subject = address(self.email.as_deref().unwrap_or_default());
        let refused = |error| AdminError::account(error, subject);
        let invitee = Invitee {
            username: username.map_err(refused)?,
            email: email.map_err(refused)?,
        };
        if invitee.is_somebody() && self.usage_limit.is_some_and(|limit| limit != 1) {
            return Err(AdminError::bad_request(
                "A registration token for one person is used once",
            ));
        }
        Ok(NewRegistrationToken {
            text: self.token,
            usage_limit: self.usage_limit,
            expires_at: self.expires_at.map(|time| time.0),
            invitee,
        })
    }
}

#[derive(Default)]
pub struct AddUserRegistrationToken;

impl Refuses for AddUserRegistrationToken {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "The username or the email address is not valid, or a token for one person is to be \
             used more than once; or the request cannot be read",
        ),
        (
            409,
            "The same token exists already, or the username or the email address is taken",
        ),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserRegistrationToken")]
impl AddUserRegistrationToken {
    /// Create a new user registration token
    ///
    /// With a username or an email address it is an invitation for one person: `invite_url` leads to
    /// the page where they register, with both filled in. Whom it is for is forgotten when it was used,
    /// is revoked, or has expired.
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
        let email = body.email.clone().unwrap_or_default();
        let new = body.checked()?;
        let issued = accounts::issue_registration_token(app, &caller.actor, new).await;
        let (id, _) = issued.map_err(|error| match error {
            AccountError::RegistrationTokenRefused(RegistrationTokenError::AlreadyCreated) => {
                AdminError::refused(
                    StatusCode::CONFLICT,
                    "A registration token with the same token already exists",
                )
            }
            error => AdminError::account(error, address(&email)),
        })?;
        let (token, tag) = UserRegistrationToken::find(app, id).await?;
        Created(SingleResponse::new(token)).tagged(tag)
    }
}
