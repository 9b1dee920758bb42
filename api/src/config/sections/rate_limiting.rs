//! `rate_limiting`: token buckets.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};

use crate::config::{key_path::KeyPath, report::Report, section::Section};

/// Token buckets (contract/oauth2.md section 19.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimiting {
    pub account_recovery: AccountRecoveryLimits,
    pub login: LoginLimits,
    /// By IP. Default 3, then 3 an hour.
    pub registration: RateLimit,
    pub email_authentication: EmailAuthenticationLimits,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountRecoveryLimits {
    /// Default 3, then 3 an hour.
    pub per_ip: RateLimit,
    /// Default 3, then 1 an hour.
    pub per_address: RateLimit,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginLimits {
    /// Default 3, then 3 a minute.
    pub per_ip: RateLimit,
    /// Default 1800, then 1800 an hour.
    pub per_account: RateLimit,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct EmailAuthenticationLimits {
    /// Default 5, then 1 a minute.
    pub per_ip: RateLimit,
    /// Default 3, then 1 an hour.
    pub per_address: RateLimit,
    /// Default 2, then 1 in 5 minutes.
    pub emails_per_session: RateLimit,
    /// Default 10, then 1 a minute.
    pub attempt_per_session: RateLimit,
}

/// A bucket of `burst` tokens that refills at `per_second`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateLimit {
    pub burst: NonZeroU32,
    /// Tokens a second; above 0, usually a fraction.
    pub per_second: f64,
}

impl RateLimit {
    /// `tokens` at once, then `count` in `period` seconds.
    fn new(tokens: u32, count: f64, period: f64) -> Self {
        Self {
            burst: NonZeroU32::new(tokens).unwrap_or(NonZeroU32::MIN),
            per_second: count / period,
        }
    }

    /// The time in which one token comes back.
    #[must_use]
    pub fn period(&self) -> Duration {
        Duration::try_from_secs_f64(1.0 / self.per_second).unwrap_or(Duration::MAX)
    }

    fn check(&self, at: &KeyPath, report: &mut Report<'_>) {
        let period = Duration::try_from_secs_f64(1.0 / self.per_second);
        let sane = self.per_second.is_finite() && self.per_second > 0.0;
        if !sane || period.is_err() || period.is_ok_and(|period| period.is_zero()) {
            report.problem(
                &at.key("per_second"),
                format!(
                    "found `{}`, expected a number above 0, such as 0.05 for 3 a minute",
                    self.per_second
                ),
            );
        }
    }
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;

impl Default for RateLimiting {
    fn default() -> Self {
        Self {
            account_recovery: AccountRecoveryLimits::default(),
            login: LoginLimits::default(),
            registration: RateLimit::new(3, 3.0, HOUR),
            email_authentication: EmailAuthenticationLimits::default(),
        }
    }
}

impl Default for AccountRecoveryLimits {
    fn default() -> Self {
        Self {
            per_ip: RateLimit::new(3, 3.0, HOUR),
            per_address: RateLimit::new(3, 1.0, HOUR),
        }
    }
}

impl Default for LoginLimits {
    fn default() -> Self {
        Self {
            per_ip: RateLimit::new(3, 3.0, MINUTE),
            per_account: RateLimit::new(1800, 1800.0, HOUR),
        }
    }
}

impl Default for EmailAuthenticationLimits {
    fn default() -> Self {
        Self {
            per_ip: RateLimit::new(5, 1.0, MINUTE),
            per_address: RateLimit::new(3, 1.0, HOUR),
            emails_per_session: RateLimit::new(2, 1.0, 5.0 * MINUTE),
            attempt_per_session: RateLimit::new(10, 1.0, MINUTE),
        }
    }
}

impl Section for RateLimiting {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let recovery = at.key("account_recovery");
        let login = at.key("login");
        let email = at.key("email_authentication");
        for (at, bucket) in [
            (recovery.key("per_ip"), self.account_recovery.per_ip),
            (
                recovery.key("per_address"),
                self.account_recovery.per_address,
            ),
            (login.key("per_ip"), self.login.per_ip),
            (login.key("per_account"), self.login.per_account),
            (at.key("registration"), self.registration),
            (email.key("per_ip"), self.email_authentication.per_ip),
            (
                email.key("per_address"),
                self.email_authentication.per_address,
            ),
            (
                email.key("emails_per_session"),
                self.email_authentication.emails_per_session,
            ),
            (
                email.key("attempt_per_session"),
                self.email_authentication.attempt_per_session,
            ),
        ] {
            bucket.check(&at, report);
        }
    }
}
