use muniment_domain::UserId;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::{User, send_password_link};
use crate::{
    accounts::{self, AccountError, NewUser},
    admin::{
        AdminError, Caller,
        answer::{Answer, Created, Refuses, Success},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        known,
        operations::{ROOT, Tag},
    },
};

/// JSON payload for the `POST /api/admin/v1/users` endpoint
#[derive(Deserialize, Object)]
pub struct AddUserRequest {
    /// The username of the user to add.
    username: String,
    /// Create the user even if the homeserver says that the username is taken.
    #[serde(default)]
    #[oai(default)]
    skip_homeserver_check: bool,
    /// Display name to set on the homeserver
    #[oai(nullable)]
    displayname: Option<String>,
    /// Avatar to set on the homeserver, as an `mxc://` URL
    #[oai(nullable)]
    avatar_url: Option<String>,
    /// An email address for the user, which is not verified
    #[oai(nullable)]
    email: Option<String>,
    /// Whether to mail a link to that address by which a password can be set, as
    /// `POST /api/admin/v1/users/{id}/send-password-link` does
    #[oai(nullable)]
    send_password_link: Option<bool>,
    /// The language of that mail: `en`, as it is unless given, or `de`
    #[oai(nullable)]
    locale: Option<String>,
}

#[derive(Default)]
pub struct CreateUser;

impl Refuses for CreateUser {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "The username or the email address is not valid, a link is to be mailed to no address, or \
             the request cannot be read",
        ),
        (
            403,
            "A link is to be mailed, and password auth is disabled in the server configuration; or an \
             administrator of the policy is to get an address, and the token is not for the whole API",
        ),
        (
            409,
            "The username is taken, or reserved by the homeserver; or the email address is in use",
        ),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl CreateUser {
    /// Create a new user
    ///
    /// The user has no password, and no email address but the one given. A name that differs from a taken one in
    /// case alone counts as taken, and so does the name of a locked or deactivated user. The
    /// homeserver knows the user by the time of the answer; if it fails, nothing is kept.
    #[oai(path = "/users", method = "post", operation_id = "createUser")]
    async fn call(
        &self,
        caller: Caller,
        body: Json<AddUserRequest>,
    ) -> Answer<Self, Created<SingleResponse<User>>> {
        let body = body.0;
        let link = body.send_password_link.unwrap_or_default();
        let email = body.email.clone().unwrap_or_default();
        if body.email.is_some() {
            // Whoever has the address has the account.
            known::may_be_given(&caller, &body.username.to_lowercase(), false)?;
        }
        let new = NewUser {
            username: body.username,
            skip_homeserver_check: body.skip_homeserver_check,
            displayname: body.displayname,
            avatar_url: body.avatar_url,
            email: body.email,
            password_link: link.then(|| send_password_link::language(body.locale.as_deref())),
        };
        let subject = Subject::NewEmail {
            user: UserId::default(),
            email: &email,
        };
        let row = accounts::add_user(&caller.app, &caller.actor, new)
            .await
            .map_err(|error| match error {
                AccountError::EmailNotFound => AdminError::bad_request(
                    "A link can be mailed only to a user with an email address",
                ),
                error => AdminError::account(error, subject),
            })?;
        let (user, tag) = User::find(&caller.app, row.id).await?;
        Created(SingleResponse::new(user)).tagged(tag)
    }
}
