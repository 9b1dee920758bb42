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
pub struct RevokeUserRegistrationToken;

impl Refuses for RevokeUserRegistrationToken {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (400, "Registration token is already revoked"),
        (404, "Registration token was not found"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserRegistrationToken")]
impl RevokeUserRegistrationToken {
    /// Revoke a user registration token
    ///
    /// Nobody can register with it until it is unrevoked.
    #[oai(
        path = "/user-registration-tokens/:id/revoke",
        method = "post",
        operation_id = "revokeUserRegistrationToken"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<UserRegistrationToken>>> {
        let (app, id) = (&caller.app, id.0.of::<RegistrationTokenId>());
        accounts::set_registration_token_revoked(app, &caller.actor, id, true)
            .await
            .map_err(|error| refused(error, id))?;
        let (token, tag) = UserRegistrationToken::find(app, id).await?;
        Found(SingleResponse::after(token, "revoke")).tagged(tag)
    }
}
