use std::collections::HashMap;

use muniment_domain::{Invitee, RegistrationTokenError, RegistrationTokenId};
use muniment_projections::queries::{self, RegistrationTokenRow};
use muniment_store::tokens::registration_token_secrets;
use poem_openapi::Object;
use serde::Serialize;

use crate::{
    accounts::{self, AccountError},
    admin::{
        AdminError,
        condition::EntityTag,
        envelope::Resource,
        error::Subject,
        schema::{Id, Timestamp},
    },
    app::App,
};

/// A registration token
#[derive(Serialize, Object)]
pub struct UserRegistrationToken {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// The token string
    token: String,
    /// Whether the token is valid
    valid: bool,
    /// Maximum number of times this token can be used; any number when null
    #[oai(nullable, validator(minimum(value = "0")))]
    usage_limit: Option<u32>,
    /// Number of times this token has been used
    #[oai(validator(minimum(value = "0")))]
    times_used: u32,
    /// When the token was created
    created_at: Timestamp,
    /// When the token was last used. If null, the token has never been used.
    #[oai(nullable)]
    last_used_at: Option<Timestamp>,
    /// When the token expires. If null, the token never expires.
    #[oai(nullable)]
    expires_at: Option<Timestamp>,
    /// When the token was revoked. If null, the token is not revoked.
    #[oai(nullable)]
    revoked_at: Option<Timestamp>,
    /// The username that has to be registered with the token, as long as that can be done. Missing
    /// from a token that is for anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The email address that has to be verified, in the same way
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Where whoever it is for registers with it
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_url: Option<String>,
}

impl UserRegistrationToken {
    fn new(app: &App, row: &RegistrationTokenRow, token: String, now: i64) -> Self {
        let Invitee { username, email } = &row.invitee;
        let is_tied = row.invitee.is_somebody();
        Self {
            username: username.as_ref().map(|name| name.as_str().to_owned()),
            email: email.as_ref().map(|email| email.as_str().to_owned()),
            invite_url: is_tied.then(|| app.site.invitation_url(&token).into()),
            id: Id(row.id.as_uuid()),
            token,
            valid: row.is_valid(now),
            usage_limit: row.usage_limit,
            times_used: row.times_used,
            created_at: Timestamp(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp),
            expires_at: row.expires_at.map(Timestamp),
            revoked_at: row.revoked_at.map(Timestamp),
        }
    }

    /// Tokens with their texts, which are kept sealed beside the log.
    pub async fn of(app: &App, rows: &[RegistrationTokenRow]) -> Result<Vec<Self>, AdminError> {
        Self::at(app, rows, app.clock.now()).await
    }

    async fn at(
        app: &App,
        rows: &[RegistrationTokenRow],
        now: i64,
    ) -> Result<Vec<Self>, AdminError> {
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut texts = HashMap::with_capacity(ids.len());
        for (id, sealed) in registration_token_secrets(&app.present().database, &ids).await? {
            let text = accounts::open_registration_token(app, id, &sealed)
                .map_err(|error| AdminError::account(error, Subject::Session))?;
            texts.insert(id, text.to_string());
        }
        let tokens = rows.iter().map(|row| {
            let text = texts.remove(&row.id).unwrap_or_default();
            Self::new(app, row, text, now)
        });
        Ok(tokens.collect())
    }

    pub async fn find(
        app: &App,
        id: RegistrationTokenId,
    ) -> Result<(Self, Option<EntityTag>), AdminError> {
        let found = queries::registration_token_at(&app.database, id).await?;
        let found = found.ok_or_else(|| missing(id))?;
        let tag = EntityTag::of(id.as_uuid(), &found);
        let expires_at = found.row.expires_at;
        let now = app.clock.now();
        let token = Self::at(app, &[found.row], now).await?.pop();
        let tag = match expires_at {
            Some(at) if at <= now => tag.map(EntityTag::expired),
            _ => tag,
        };
        Ok((token.ok_or_else(|| missing(id))?, tag))
    }
}

fn missing(id: RegistrationTokenId) -> AdminError {
    AdminError::not_found(format!("Registration token with ID {id} not found"))
}

/// What the rules answered to a command about a token.
pub fn refused(error: AccountError, id: RegistrationTokenId) -> AdminError {
    let name = format!("Registration token with ID {id}");
    match error {
        AccountError::RegistrationTokenNotFound => missing(id),
        AccountError::RegistrationTokenRefused(RegistrationTokenError::AlreadyRevoked) => {
            AdminError::bad_request(format!("{name} is already revoked"))
        }
        AccountError::RegistrationTokenRefused(RegistrationTokenError::NotRevoked) => {
            AdminError::bad_request(format!("{name} is not revoked"))
        }
        AccountError::RegistrationTokenRefused(RegistrationTokenError::InviteeForgotten) => {
            AdminError::bad_request(format!("{name} is for somebody who is not known any more"))
        }
        error => AdminError::account(error, Subject::Session),
    }
}

impl Resource for UserRegistrationToken {
    const TYPE: &'static str = "user-registration_token";
    const PATH: &'static str = "/api/admin/v1/user-registration-tokens";

    fn id(&self) -> Id {
        self.id
    }
}
