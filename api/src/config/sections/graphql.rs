//! Ours: `graphql`, what one GraphQL operation may ask for.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::config::{key_path::KeyPath, report::Report, section::Section};

/// The engine follows no more levels than this, whatever is set here.
const DEEPEST: usize = 32;
/// Since when bearer access is deprecated, which is from the beginning.
pub const BEARER_DEPRECATED: NaiveDate = match NaiveDate::from_ymd_opt(2026, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// Ours: limits of GraphQL operations, far beyond what the account pages ask for; and how long programs
/// may still use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Graphql {
    /// Whether the schema can be asked for. Default true.
    pub introspection: bool,
    /// Fields within each other. Default 20.
    pub max_depth: usize,
    /// Fields in all, those of a list as often as it may have rows. Default 50,000.
    pub max_complexity: usize,
    /// Fields under other names. Default 100.
    pub max_aliases: usize,
    /// Seconds that a query may take; mutations are brought to their end. Default 30.
    pub timeout: u64,
    /// Subscriptions that may be open at a time. Default 1,000.
    pub max_subscriptions: usize,
    /// From which day on programs should not count on bearer access any more. They are told; it is
    /// switched off at the listeners. Default none.
    pub bearer_sunset: Option<NaiveDate>,
}

impl Default for Graphql {
    fn default() -> Self {
        Self {
            introspection: true,
            max_depth: 20,
            max_complexity: 50_000,
            max_aliases: 100,
            timeout: 30,
            max_subscriptions: 1_000,
            bearer_sunset: None,
        }
    }
}

impl Section for Graphql {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, value) in [
            ("max_depth", self.max_depth),
            ("max_complexity", self.max_complexity),
        ] {
            if value == 0 {
                report.problem(&at.key(key), "must be at least 1");
            }
        }
        if self.timeout == 0 {
            report.problem(&at.key("timeout"), "must be at least 1 (second)");
        }
        if self
            .bearer_sunset
            .is_some_and(|day| day < BEARER_DEPRECATED)
        {
            report.problem(
                &at.key("bearer_sunset"),
                format!("must not be before {BEARER_DEPRECATED}, since when it is deprecated"),
            );
        }
        if self.max_depth > DEEPEST {
            report.warn(
                &at.key("max_depth"),
                format!("has no effect beyond {DEEPEST}"),
            );
        }
    }
}
