use muniment_domain::RegistrationTokenId;
use poem_openapi::OpenApi;

use super::{UserRegistrationToken, resource::refused};
use crate::{
    accounts,
    admin::{
        Caller,
        answer::{Answer, Found, Refuses, Success},
        envelope::SingleResponse,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
};

#[derive(Default)]
pub struct UnrevokeUserRegistrationToken;

impl Refuses for UnrevokeUserRegistrationToken {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "Registration token is not revoked, or was for one person, who is forgotten",
        ),
        (404, "Registration token was not found"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserRegistrationToken")]
impl UnrevokeUserRegistrationToken {
    /// Unrevoke a user registration token
    ///
    /// Whether it is valid again is up to its expiry and its usage limit.
    #[oai(
        path = "/user-registration-tokens/:id/unrevoke",
        method = "post",
        operation_id = "unrevokeUserRegistrationToken"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UserRegistrationToken>>> {
        let (app, id) = (&caller.app, id.0.of::<RegistrationTokenId>());
        accounts::set_registration_token_revoked(app, &caller.actor, id, false)
            .await
            .map_err(|error| refused(error, id))?;
        let (token, tag) = UserRegistrationToken::find(app, id).await?;
        Found(SingleResponse::after(token, "unrevoke")).tagged(tag)
    }
}
