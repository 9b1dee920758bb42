//! What the surfaces tell about this deployment: a view of the configuration (contract graphql.md
//! 13, admin-api.md 5.1).

use url::Url;

use crate::color::Color;

/// Fixed for the life of the process.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the configuration"
)]
pub struct Site {
    /// Base of absolute URLs; ends with a slash.
    pub public_base: Url,
    pub issuer: Url,
    /// Matrix server name.
    pub server_name: String,
    pub service_name: Option<String>,
    pub policy_uri: Option<Url>,
    pub tos_uri: Option<Url>,
    pub imprint: Option<String>,
    pub logo_uri: Option<Url>,
    /// Of buttons and links.
    pub accent: Option<Color>,
    /// The same where the reader wants it dark.
    pub accent_dark: Option<Color>,
    pub email_change_allowed: bool,
    pub displayname_change_allowed: bool,
    pub password_login_enabled: bool,
    pub password_change_allowed: bool,
    pub password_registration_enabled: bool,
    pub password_registration_email_required: bool,
    pub password_registration_token_required: bool,
    pub account_recovery_allowed: bool,
    pub account_deactivation_allowed: bool,
    pub login_with_email_allowed: bool,
    pub minimum_password_complexity: u8,
    pub captcha: Option<Captcha>,
    pub plan_management_iframe_uri: Option<String>,
    pub session_limit: Option<SessionLimit>,
    /// When sessions end because nobody uses them.
    pub disuse: Option<Disuse>,
    /// Seconds.
    pub access_token_ttl: u32,
    /// Of the legacy Matrix login, in seconds.
    pub compat_token_ttl: u32,
}

#[derive(Debug, Clone)]
pub struct Captcha {
    pub service: CaptchaService,
    pub site_key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptchaService {
    RecaptchaV2,
    CloudflareTurnstile,
    HCaptcha,
}

#[derive(Debug, Clone, Copy)]
pub struct SessionLimit {
    pub soft_limit: u64,
    pub hard_limit: u64,
    pub dangerous_hard_limit_eviction: bool,
}

/// Which sessions end when they have not been used for so long.
#[derive(Debug, Clone, Copy)]
pub struct Disuse {
    /// Microseconds.
    pub after: i64,
    pub browser: bool,
    pub oauth2: bool,
    pub compat: bool,
}

impl Site {
    /// Where somebody registers with an invitation.
    pub fn invitation_url(&self, token: &str) -> Url {
        let mut url = self.public_base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("register");
        }
        url.query_pairs_mut().append_pair("token", token);
        url
    }
}
