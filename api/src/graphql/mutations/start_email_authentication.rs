use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use muniment_domain::EmailAddress;
use muniment_projections::queries;

use super::email_codes::{mail_locale, require_changes_allowed};
use crate::{
    accounts,
    graphql::{context::request, types::UserEmailAuthentication},
};

/// What `startEmailAuthentication` takes.
#[derive(InputObject)]
pub struct StartEmailAuthenticationInput {
    /// The address.
    email: String,
    /// The user's password, where one is set and passwords are enabled.
    password: Option<String>,
    /// The language of the mail, as a tag such as `de` or `en-GB`.
    #[graphql(default = "en")]
    language: String,
}

/// What `startEmailAuthentication` answers.
#[derive(Debug, SimpleObject)]
pub struct StartEmailAuthenticationPayload {
    /// What happened.
    status: StartEmailAuthenticationStatus,
    /// What the code is for.
    authentication: Option<UserEmailAuthentication>,
    /// Why the policy refuses the address.
    violations: Option<Vec<String>>,
}

/// How `startEmailAuthentication` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum StartEmailAuthenticationStatus {
    /// A code is on its way.
    Started,
    /// This is not an email address.
    InvalidEmailAddress,
    /// Too many codes were asked for.
    RateLimited,
    /// The policy refuses the address.
    Denied,
    /// The user has the address already.
    InUse,
    /// The password is missing or wrong.
    IncorrectPassword,
}

impl StartEmailAuthenticationPayload {
    const fn only(status: StartEmailAuthenticationStatus) -> Self {
        Self {
            status,
            authentication: None,
            violations: None,
        }
    }
}

#[derive(Debug, Default)]
pub struct StartEmailAuthentication;

#[Object]
impl StartEmailAuthentication {
    /// Mails a code to an address that the requester wants to add to their account. In a browser
    /// session only, and the code counts in this session only.
    async fn start_email_authentication(
        &self,
        ctx: &Context<'_>,
        input: StartEmailAuthenticationInput,
    ) -> Result<StartEmailAuthenticationPayload> {
        use StartEmailAuthenticationStatus as Status;
        let only = StartEmailAuthenticationPayload::only;

        let request = request(ctx)?;
        let (session, user) = request.require_browser()?;
        require_changes_allowed(request)?;
        let locale = mail_locale(&input.language)?;
        let Ok(email) = EmailAddress::parse(&input.email) else {
            return Ok(only(Status::InvalidEmailAddress));
        };
        let app = &request.app;
        let limited = app
            .limits
            .check_email_authentication(request.client_ip, email.as_str());
        if limited.is_err() {
            return Ok(only(Status::RateLimited));
        }
        let own = queries::email_of(&app.reads, user.id, email.as_str()).await;
        if own.map_err(|error| request.failure(error))?.is_some() {
            return Ok(only(Status::InUse));
        }
        let violations = app.policy.rules().email(email.as_str());
        if !violations.is_empty() {
            return Ok(StartEmailAuthenticationPayload {
                violations: Some(violations.into_iter().map(|one| one.msg).collect()),
                ..only(Status::Denied)
            });
        }
        if !request.confirms(user.id, input.password.as_deref()).await? {
            return Ok(only(Status::IncorrectPassword));
        }
        let started =
            accounts::start_email_authentication(app, user, session.id, &email, locale.tag());
        let authentication = started.await.map_err(|error| request.failure(error))?;
        Ok(StartEmailAuthenticationPayload {
            authentication: Some(UserEmailAuthentication(authentication)),
            ..only(Status::Started)
        })
    }
}
