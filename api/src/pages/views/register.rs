use askama::Template;
use url::Url;

use crate::{
    pages::{ContentPolicy, Continuation, FormState, Input, PageContext, page::page},
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
}

impl RegisterPage {
    fn on(&self, path: &str) -> String {
        let path = Continuation::on(self.continuation.as_ref(), path);
        self.ctx.href(path)
    }
}

page!(RegisterPage);

/// `GET` and `POST /register/password`: `csrf`, `username`, `email`, `password`,
/// `password_confirm`, `accept_terms`, and the captcha's own field.
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
}

impl RegisterPasswordPage {
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
