use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::{
    admin::{
        Caller,
        answer::{Answer, Found, Refuses},
        operations::{ROOT, Tag},
    },
    site::Site,
};

#[expect(
    clippy::struct_excessive_bools,
    reason = "the members are existing clients'"
)]
#[derive(Serialize, Object)]
pub struct SiteConfig {
    /// The Matrix server name for which this instance is configured
    server_name: String,
    /// Whether password login is enabled
    password_login_enabled: bool,
    /// Whether password registration is enabled
    password_registration_enabled: bool,
    /// Whether a valid email address is required for password registrations
    password_registration_email_required: bool,
    /// Whether registration tokens are required for password registrations
    password_registration_token_required: bool,
    /// The same as `password_registration_token_required`
    #[oai(deprecated)]
    registration_token_required: bool,
    /// Whether users can change their email
    email_change_allowed: bool,
    /// Whether users can change their display name
    displayname_change_allowed: bool,
    /// Whether users can change their password
    password_change_allowed: bool,
    /// Whether users can recover their account via email
    account_recovery_allowed: bool,
    /// Whether users can delete their own account
    account_deactivation_allowed: bool,
    /// Whether CAPTCHA during registration is enabled
    captcha_enabled: bool,
    /// Minimum password complexity, between 0 and 4: a score from zxcvbn
    #[oai(validator(minimum(value = "0"), maximum(value = "4")))]
    minimum_password_complexity: u8,
}

impl From<&Site> for SiteConfig {
    fn from(site: &Site) -> Self {
        Self {
            server_name: site.server_name.clone(),
            password_login_enabled: site.password_login_enabled,
            password_registration_enabled: site.password_registration_enabled,
            password_registration_email_required: site.password_registration_email_required,
            password_registration_token_required: site.password_registration_token_required,
            registration_token_required: site.password_registration_token_required,
            email_change_allowed: site.email_change_allowed,
            displayname_change_allowed: site.displayname_change_allowed,
            password_change_allowed: site.password_change_allowed,
            account_recovery_allowed: site.account_recovery_allowed,
            account_deactivation_allowed: site.account_deactivation_allowed,
            captcha_enabled: site.captcha.is_some(),
            minimum_password_complexity: site.minimum_password_complexity,
        }
    }
}

#[derive(Default)]
pub struct GetSiteConfig;

impl Refuses for GetSiteConfig {
    const REFUSALS: &'static [(u16, &'static str)] = &[];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Server")]
impl GetSiteConfig {
    /// Get information about the configuration of this instance
    #[oai(path = "/site-config", method = "get", operation_id = "siteConfig")]
    #[expect(
        clippy::unused_async,
        reason = "poem-openapi wants every operation to be"
    )]
    async fn call(&self, caller: Caller) -> Answer<Self, Found<SiteConfig>> {
        Ok(Found(SiteConfig::from(&caller.app.site)).into())
    }
}
