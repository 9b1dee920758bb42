//! `account`: what users may do to their own accounts.

use serde::{Deserialize, Serialize};

use crate::config::{key_path::KeyPath, report::Report, section::Section};

/// Self-service switches (contract/oauth2.md section 23, `account`; graphql.md section 13).
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, named by the contract"
)]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Default true.
    pub email_change_allowed: bool,
    /// Default true.
    pub displayname_change_allowed: bool,
    /// Default true; counts only while passwords are enabled.
    pub password_change_allowed: bool,
    /// Default true.
    pub account_deactivation_allowed: bool,
    /// Default false; counts only while passwords are enabled.
    pub password_registration_enabled: bool,
    /// Default true.
    pub password_registration_email_required: bool,
    /// Default false.
    pub password_registration_token_required: bool,
    /// Deprecated; applies to registration through a provider too. Default false.
    pub registration_token_required: bool,
    /// Default false; counts only while passwords are enabled.
    pub password_recovery_enabled: bool,
    /// The HTML login form takes an email address too. Default false.
    pub login_with_email_allowed: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            email_change_allowed: true,
            displayname_change_allowed: true,
            password_change_allowed: true,
            account_deactivation_allowed: true,
            password_registration_enabled: false,
            password_registration_email_required: true,
            password_registration_token_required: false,
            registration_token_required: false,
            password_recovery_enabled: false,
            login_with_email_allowed: false,
        }
    }
}

impl Section for Account {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        if self.registration_token_required {
            report.warn(
                &at.key("registration_token_required"),
                "deprecated; use password_registration_token_required",
            );
        }
    }
}
