//! `captcha`: the challenge on the registration form.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// The challenge on the registration form (contract/oauth2.md section 19.2). Default: none.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Captcha {
    pub service: Option<CaptchaService>,
    /// There whenever `service` is.
    pub site_key: Option<String>,
    /// There whenever `service` is.
    pub secret_key: Option<Secret<String>>,
    secret_key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaptchaService {
    #[serde(rename = "recaptcha_v2")]
    RecaptchaV2,
    #[serde(rename = "cloudflare_turnstile")]
    CloudflareTurnstile,
    #[serde(rename = "hcaptcha")]
    HCaptcha,
}

impl Section for Captcha {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let secret = self.secret_key.is_some() || self.secret_key_file.is_some();
        let file = self.secret_key_file.as_deref();
        settle(&mut self.secret_key, file, "secret_key", at, report);
        let keys = [
            ("site_key", self.site_key.is_some()),
            ("secret_key", secret),
        ];
        for (key, given) in keys {
            if self.service.is_some() && !given {
                report.problem(
                    &at.key(key),
                    "missing; the service gave it to you at sign-up",
                );
            }
            if self.service.is_none() && given {
                report.warn(&at.key(key), "has no effect without captcha.service");
            }
        }
    }
}
