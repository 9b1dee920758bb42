use poem::http::StatusCode;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::User;
use crate::{
    accounts::{self, AccountError},
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses, Success},
        body::OptionalJson,
        envelope::SingleResponse,
        error::Subject,
        known,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
    locale::Locale,
};

/// JSON payload for the `POST /api/admin/v1/users/:id/send-password-link` endpoint
#[derive(Default, Deserialize, Object)]
pub struct SendPasswordLinkRequest {
    /// To which of the user's email addresses; to the oldest unless given
    #[oai(nullable)]
    email: Option<String>,
    /// The language of the mail: `en`, as it is unless given, or `de`
    #[oai(nullable)]
    locale: Option<String>,
}

/// The language that somebody is written to in; of those that there are no texts in, English.
pub fn language(tag: Option<&str>) -> Locale {
    tag.and_then(Locale::from_tag).unwrap_or_default()
}

#[derive(Default)]
pub struct SendPasswordLink;

impl Refuses for SendPasswordLink {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (403, "Password auth is disabled in the server configuration"),
        (404, "User was not found"),
        (
            409,
            "The user does not have that email address, or none at all",
        ),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl SendPasswordLink {
    /// Mail a user a link to set a password
    ///
    /// The link is good for three days and for one password, whether or not people can recover their
    /// accounts by themselves. When one link has served, no other that was mailed to the user does.
    /// It serves no locked or deactivated user. The body may be left out.
    #[oai(
        path = "/users/:id/send-password-link",
        method = "post",
        operation_id = "sendPasswordLink"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
        body: OptionalJson<SendPasswordLinkRequest>,
    ) -> Answer<Self, Found<SingleResponse<User>>> {
        let user = id.0.of();
        known::may_take_over(&caller, user).await?;
        let SendPasswordLinkRequest { email, locale } = body.0;
        let locale = language(locale.as_deref());
        let Caller { app, actor, .. } = &caller;
        accounts::send_password_link(app, actor, user, email.as_deref(), locale)
            .await
            .map_err(|error| match error {
                AccountError::EmailNotFound => AdminError::refused(
                    StatusCode::CONFLICT,
                    "The user does not have this email address",
                ),
                error => AdminError::account(error, Subject::User(user)),
            })?;
        let (user, tag) = User::find(&caller.app, user).await?;
        Found(SingleResponse::after(user, "send-password-link")).tagged(tag)
    }
}
