use askama::Template;
use url::Url;

use crate::{
    pages::{
        ContentPolicy, Continuation, FormState, Input, Invitation, PageContext, page::page,
        with_query,
    },
    site::{Captcha, CaptchaService},
};

use super::ProviderButton;

/// `GET /register`: how somebody wants to register.
#[derive(Template)]
#[template(path = "register.html")]
pub struct RegisterPage {
    pub ctx: PageContext,
    pub continuation: Option<Continuation>,
    pub password_enabled: bool,
    pub providers: Vec<ProviderButton>,
    /// Of the invitation that somebody brings along.
    pub token: Option<String>,
}

impl RegisterPage {
    fn with_password(&self) -> String {
        let continuation = self.continuation.as_ref();
        let path = with_token("/register/password", continuation, self.token.as_deref());
        self.ctx.href(path)
    }

    fn on(&self, path: &str) -> String {
        let path = Continuation::on(self.continuation.as_ref(), path);
        self.ctx.href(path)
    }
}

page!(RegisterPage);

/// A page of the registration, for somebody who was going somewhere, and was invited.
pub fn with_token(path: &str, continuation: Option<&Continuation>, token: Option<&str>) -> String {
    let pairs = continuation.map(Continuation::pairs).unwrap_or_default();
    let token = token.map(|token| ("token", token.to_owned()));
    with_query(path, pairs.into_iter().chain(token))
}

/// `GET` and `POST /register/password`: `csrf`, `username`, `email`, `password`,
/// `password_confirm`, `accept_terms`, `token` of an invitation, and the captcha's own field.
#[derive(Template)]
#[template(path = "register_password.html")]
pub struct RegisterPasswordPage {
    pub ctx: PageContext,
    pub form: FormState,
    pub continuation: Option<Continuation>,
    /// Behind the username in a Matrix id.
    pub server_name: String,
    pub email_required: bool,
    pub captcha: Option<Captcha>,
    pub invitation: Option<Invitation>,
}

impl RegisterPasswordPage {
    /// Whether the invitation says what has to stand there.
    fn is_fixed(&self, input: Input) -> bool {
        self.invitation
            .as_ref()
            .is_some_and(|invitation| match input {
                Input::Username => invitation.username().is_some(),
                Input::Email => invitation.email().is_some(),
                _ => false,
            })
    }

    fn on(&self, path: &str) -> String {
        let path = Continuation::on(self.continuation.as_ref(), path);
        self.ctx.href(path)
    }

    fn tos_uri(&self) -> Option<&Url> {
        self.ctx.brand.tos_uri.as_ref()
    }

    fn captcha_view(&self) -> Option<CaptchaView<'_>> {
        let captcha = self.captcha.as_ref()?;
        let (class, script, hosts): (_, _, &'static [&'static str]) = match captcha.service {
            CaptchaService::RecaptchaV2 => (
                "g-recaptcha",
                "https://www.google.com/recaptcha/api.js",
                &["https://www.google.com", "https://www.gstatic.com"],
            ),
            CaptchaService::CloudflareTurnstile => (
                "cf-turnstile",
                "https://challenges.cloudflare.com/turnstile/v0/api.js",
                &["https://challenges.cloudflare.com"],
            ),
            CaptchaService::HCaptcha => (
                "h-captcha",
                "https://js.hcaptcha.com/1/api.js",
                &["https://hcaptcha.com", "https://*.hcaptcha.com"],
            ),
        };
        Some(CaptchaView {
            class,
            script,
            hosts,
            site_key: &captcha.site_key,
        })
    }
}

struct CaptchaView<'a> {
    class: &'static str,
    script: &'static str,
    hosts: &'static [&'static str],
    site_key: &'a str,
}

page!(
    RegisterPasswordPage,
    fn content_policy(&self) -> ContentPolicy {
        let hosts = self.captcha_view().map_or(&[][..], |captcha| captcha.hosts);
        ContentPolicy::default().with_captcha(hosts)
    }
);
