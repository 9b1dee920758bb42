use muniment_domain::RegistrationTokenId;
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Deserializer};

use super::{UserRegistrationToken, resource::refused};
use crate::{
    accounts::{self, RegistrationTokenChange},
    admin::{
        Caller,
        answer::{Answer, Found, Refuses, Success},
        body::Json,
        envelope::SingleResponse,
        operations::{ROOT, Tag},
        path::Path,
        schema::{Id, Timestamp},
    },
};

/// JSON payload for the `PUT /api/admin/v1/user-registration-tokens/{id}` endpoint
#[derive(Object)]
pub struct EditUserRegistrationTokenRequest {
    /// New expiration date for the token, or null to remove it. Unchanged when absent.
    #[oai(nullable)]
    expires_at: Option<Timestamp>,
    /// New usage limit for the token, or null to remove it. Unchanged when absent.
    #[oai(nullable, validator(minimum(value = "0")))]
    usage_limit: Option<u32>,
    #[oai(skip)]
    change: RegistrationTokenChange,
}

/// Tells what is null from what is absent.
impl<'de> Deserialize<'de> for EditUserRegistrationTokenRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[expect(
            clippy::option_option,
            reason = "absent, null and a value are three cases"
        )]
        #[derive(Deserialize)]
        struct Members {
            #[serde(default, deserialize_with = "given")]
            expires_at: Option<Option<Timestamp>>,
            #[serde(default, deserialize_with = "given")]
            usage_limit: Option<Option<u32>>,
        }
        fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<T>, D::Error> {
            T::deserialize(deserializer).map(Some)
        }
        let members = Members::deserialize(deserializer)?;
        Ok(Self {
            expires_at: members.expires_at.flatten(),
            usage_limit: members.usage_limit.flatten(),
            change: RegistrationTokenChange {
                expires_at: members.expires_at.map(|time| time.map(|time| time.0)),
                usage_limit: members.usage_limit,
            },
        })
    }
}

#[derive(Default)]
pub struct UpdateUserRegistrationToken;

impl Refuses for UpdateUserRegistrationToken {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "Registration token was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UserRegistrationToken")]
impl UpdateUserRegistrationToken {
    /// Update a user registration token
    ///
    /// What the body does not name stays as it is.
    #[oai(
        path = "/user-registration-tokens/:id",
        method = "put",
        operation_id = "updateUserRegistrationToken"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
        body: Json<EditUserRegistrationTokenRequest>,
    ) -> Answer<Self, Found<SingleResponse<UserRegistrationToken>>> {
        let (app, id) = (&caller.app, id.0.of::<RegistrationTokenId>());
        accounts::change_registration_token(app, &caller.actor, id, body.0.change)
            .await
            .map_err(|error| refused(error, id))?;
        let (token, tag) = UserRegistrationToken::find(app, id).await?;
        Found(SingleResponse::new(token)).tagged(tag)
    }
}
