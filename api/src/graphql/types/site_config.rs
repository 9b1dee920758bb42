use async_graphql::{Context, Description, Enum, ID, Object, Result, SimpleObject};
use url::Url;

use crate::{
    graphql::context::request,
    site::{self, Site},
};

/// What this server allows, and where its documents are.
#[derive(Debug, Clone, Copy, Description)]
pub struct SiteConfig;

/// A service that tells people from programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CaptchaService {
    /// Google's reCAPTCHA, version 2.
    RecaptchaV2,
    /// Cloudflare Turnstile.
    CloudflareTurnstile,
    /// hCaptcha.
    #[graphql(name = "H_CAPTCHA")]
    HCaptcha,
}

/// Which captcha registration asks for.
#[derive(Debug, SimpleObject)]
pub struct CaptchaConfig {
    /// The service.
    service: CaptchaService,
    /// The public key of this site at the service.
    site_key: String,
    /// Always `captcha_config`.
    id: ID,
}

/// How many sessions a user may have.
#[derive(Debug, SimpleObject)]
pub struct SessionLimitConfig {
    /// For logins where the user can choose what to end.
    soft_limit: u64,
    /// For logins that cannot ask.
    hard_limit: u64,
    /// Whether the oldest sessions end when the hard limit is reached.
    dangerous_hard_limit_eviction: bool,
}

impl From<&site::Captcha> for CaptchaConfig {
    fn from(captcha: &site::Captcha) -> Self {
        Self {
            service: match captcha.service {
                site::CaptchaService::RecaptchaV2 => CaptchaService::RecaptchaV2,
                site::CaptchaService::CloudflareTurnstile => CaptchaService::CloudflareTurnstile,
                site::CaptchaService::HCaptcha => CaptchaService::HCaptcha,
            },
            site_key: captcha.site_key.clone(),
            id: ID("captcha_config".to_owned()),
        }
    }
}

fn site<'a>(ctx: &Context<'a>) -> Result<&'a Site> {
    Ok(&request(ctx)?.app.site)
}

#[Object(use_type_description)]
impl SiteConfig {
    /// The captcha that registration asks for, if any.
    async fn captcha_config(&self, ctx: &Context<'_>) -> Result<Option<CaptchaConfig>> {
        Ok(site(ctx)?.captcha.as_ref().map(CaptchaConfig::from))
    }

    /// The Matrix server name.
    async fn server_name<'a>(&self, ctx: &Context<'a>) -> Result<&'a str> {
        Ok(&site(ctx)?.server_name)
    }

    /// The privacy policy.
    async fn policy_uri<'a>(&self, ctx: &Context<'a>) -> Result<Option<&'a Url>> {
        Ok(site(ctx)?.policy_uri.as_ref())
    }

    /// The terms of service.
    async fn tos_uri<'a>(&self, ctx: &Context<'a>) -> Result<Option<&'a Url>> {
        Ok(site(ctx)?.tos_uri.as_ref())
    }

    /// A line for the foot of every page.
    async fn imprint<'a>(&self, ctx: &Context<'a>) -> Result<Option<&'a str>> {
        Ok(site(ctx)?.imprint.as_deref())
    }

    /// Whether users may add and remove email addresses.
    async fn email_change_allowed(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(site(ctx)?.email_change_allowed)
    }

    /// Whether users may change their display name.
    async fn display_name_change_allowed(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(site(ctx)?.displayname_change_allowed)
    }

    /// Whether one can log in with a password.
    async fn password_login_enabled(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(site(ctx)?.password_login_enabled)
    }

    /// Whether users may change their password.
    async fn password_change_allowed(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(site(ctx)?.password_change_allowed)
    }

    /// Whether one can register with a password.
    async fn password_registration_enabled(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(site(ctx)?.password_registration_enabled)
    }

    /// Whether users may delete their account.
    async fn account_deactivation_allowed(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(site(ctx)?.account_deactivation_allowed)
    }

    /// The least strength of a password, 0 to 4 as zxcvbn measures it.
    async fn minimum_password_complexity(&self, ctx: &Context<'_>) -> Result<u8> {
        Ok(site(ctx)?.minimum_password_complexity)
    }

    /// Whether an email address can stand for the username at login.
    async fn login_with_email_allowed(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(site(ctx)?.login_with_email_allowed)
    }

    /// A page about the user's plan, to be shown in a frame.
    async fn plan_management_iframe_uri<'a>(&self, ctx: &Context<'a>) -> Result<Option<&'a str>> {
        Ok(site(ctx)?.plan_management_iframe_uri.as_deref())
    }

    /// How many sessions a user may have, if that is limited.
    async fn session_limit(&self, ctx: &Context<'_>) -> Result<Option<SessionLimitConfig>> {
        Ok(site(ctx)?.session_limit.map(|limit| SessionLimitConfig {
            soft_limit: limit.soft_limit,
            hard_limit: limit.hard_limit,
            dangerous_hard_limit_eviction: limit.dangerous_hard_limit_eviction,
        }))
    }

    /// Always `site_config`.
    pub async fn id(&self) -> ID {
        ID("site_config".to_owned())
    }
}
