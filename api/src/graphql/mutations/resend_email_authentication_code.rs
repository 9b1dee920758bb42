use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use muniment_store::registrations::email_authentication;
use uuid::Uuid;

use super::email_codes::{mail_locale, require_changes_allowed};
use crate::{
    accounts,
    graphql::{
        context::{request, unauthorized},
        id::{Kind, parse_as},
    },
};

/// What `resendEmailAuthenticationCode` takes.
#[derive(Debug, InputObject)]
pub struct ResendEmailAuthenticationCodeInput {
    /// What the code is for.
    id: ID,
    /// The language of the mail, as a tag such as `de` or `en-GB`.
    #[graphql(default = "en")]
    language: String,
}

/// What `resendEmailAuthenticationCode` answers.
#[derive(Debug, SimpleObject)]
pub struct ResendEmailAuthenticationCodePayload {
    /// What happened.
    status: ResendEmailAuthenticationCodeStatus,
}

/// How `resendEmailAuthenticationCode` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ResendEmailAuthenticationCodeStatus {
    /// Another code is on its way; those before it stay good.
    Resent,
    /// The right code was given already, or nobody waits for one.
    Completed,
    /// Too many codes were asked for.
    RateLimited,
}

#[derive(Debug, Default)]
pub struct ResendEmailAuthenticationCode;

#[Object]
impl ResendEmailAuthenticationCode {
    /// Mails another code for an address that is being added. In the browser session that began it.
    async fn resend_email_authentication_code(
        &self,
        ctx: &Context<'_>,
        input: ResendEmailAuthenticationCodeInput,
    ) -> Result<ResendEmailAuthenticationCodePayload> {
        use ResendEmailAuthenticationCodeStatus as Status;
        let only = |status| Ok(ResendEmailAuthenticationCodePayload { status });

        let request = request(ctx)?;
        let id: Uuid = parse_as(Kind::UserEmailAuthentication, &input.id)?;
        let (session, user) = request.require_browser()?;
        require_changes_allowed(request)?;
        let locale = mail_locale(&input.language)?;
        let app = &request.app;
        let found = email_authentication(&app.database, id).await;
        let Some(found) = found.map_err(|error| request.failure(error))? else {
            return only(Status::Completed);
        };
        if found.browser_session_id != Some(session.id) {
            return Err(unauthorized());
        }
        if found.completed_at.is_some() {
            return only(Status::Completed);
        }
        let limited = app
            .limits
            .check_email_authentication(request.client_ip, &found.email)
            .and_then(|()| app.limits.check_email_resend(id));
        if limited.is_err() {
            return only(Status::RateLimited);
        }
        accounts::resend_email_code(app, user, &found, locale.tag())
            .await
            .map_err(|error| request.failure(error))?;
        only(Status::Resent)
    }
}
