//! `experimental`: lifetimes and limits.

use serde::{Deserialize, Serialize};

use crate::config::{key_path::KeyPath, report::Report, section::Section};

/// Lifetimes and limits (contract/oauth2.md section 23, `experimental`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Experimental {
    /// Seconds an access token lives, 60 to 86400. Default 300.
    pub access_token_ttl: u64,
    /// Seconds a compat access token lives, 60 to 86400. Default 300.
    pub compat_token_ttl: u64,
    /// Default: sessions do not end by disuse.
    pub inactive_session_expiration: Option<InactiveSessionExpiration>,
    /// Default: no limit.
    pub session_limit: Option<SessionLimit>,
    /// Passed to the self-service pages as it is.
    pub plan_management_iframe_uri: Option<String>,
}

/// When an unused session ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InactiveSessionExpiration {
    /// Seconds, 600 to 7776000.
    pub ttl: u64,
    #[serde(default = "yes")]
    pub expire_compat_sessions: bool,
    #[serde(default = "yes")]
    pub expire_oauth_sessions: bool,
    #[serde(default = "yes")]
    pub expire_user_sessions: bool,
}

/// How many sessions a user may have (contract/oauth2.md section 13.5).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionLimit {
    /// For logins where the user can choose what to end.
    pub soft_limit: u32,
    /// For logins that cannot ask; at least `soft_limit`.
    pub hard_limit: u32,
    /// Users with more sessions than this are left alone.
    #[serde(default)]
    pub max_session_threshold: Option<u32>,
    /// End the oldest sessions at the hard limit; needs a hard limit of 2 or more. Default false.
    #[serde(default)]
    pub dangerous_hard_limit_eviction: bool,
}

const fn yes() -> bool {
    true
}

impl Default for Experimental {
    fn default() -> Self {
        Self {
            access_token_ttl: 300,
            compat_token_ttl: 300,
            inactive_session_expiration: None,
            session_limit: None,
            plan_management_iframe_uri: None,
        }
    }
}

impl Section for Experimental {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, ttl) in [
            ("access_token_ttl", self.access_token_ttl),
            ("compat_token_ttl", self.compat_token_ttl),
        ] {
            seconds(ttl, 60, 86_400, &at.key(key), report);
        }
        if let Some(expiration) = &self.inactive_session_expiration {
            let at = at.key("inactive_session_expiration").key("ttl");
            seconds(expiration.ttl, 600, 7_776_000, &at, report);
        }
        if let Some(limit) = &self.session_limit {
            limit.check(&at.key("session_limit"), report);
        }
    }
}

impl SessionLimit {
    fn check(&self, at: &KeyPath, report: &mut Report<'_>) {
        // GraphQL's Int is 32 bits with a sign.
        for (key, limit) in [
            ("soft_limit", self.soft_limit),
            ("hard_limit", self.hard_limit),
        ] {
            if limit == 0 || i32::try_from(limit).is_err() {
                report.problem(
                    &at.key(key),
                    format!("found `{limit}`, expected a number from 1 to {}", i32::MAX),
                );
            }
        }
        if self.hard_limit < self.soft_limit {
            report.problem(
                &at.key("hard_limit"),
                format!(
                    "found `{}`, expected at least soft_limit ({})",
                    self.hard_limit, self.soft_limit
                ),
            );
        }
        if self.dangerous_hard_limit_eviction && self.hard_limit < 2 {
            report.problem(
                &at.key("hard_limit"),
                "must be at least 2 with dangerous_hard_limit_eviction",
            );
        }
    }
}

fn seconds(found: u64, least: u64, most: u64, at: &KeyPath, report: &mut Report<'_>) {
    if !(least..=most).contains(&found) {
        report.problem(
            at,
            format!("found `{found}`, expected seconds from {least} to {most}"),
        );
    }
}
