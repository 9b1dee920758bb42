use super::{Rules, Violation, ViolationCode};

/// How many active sessions a user has. Of personal ones, those count where the user acts for the own
/// account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionCounts {
    pub oauth2: u64,
    pub compat: u64,
    pub personal: u64,
}

impl SessionCounts {
    #[must_use]
    pub const fn total(self) -> u64 {
        self.oauth2
            .saturating_add(self.compat)
            .saturating_add(self.personal)
    }
}

/// Which limit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// The user can be asked what to end.
    Soft,
    Hard,
}

impl Rules {
    /// Contract oauth2.md 13.5.
    pub(super) fn session_limit(&self, counts: SessionCounts, which: Limit) -> Option<Violation> {
        let limits = self.data.session_limit?;
        let count = counts.total();
        if limits
            .max_session_threshold
            .is_some_and(|most| count > most)
        {
            return None;
        }
        let limit = match which {
            Limit::Soft => limits.soft_limit,
            Limit::Hard => limits.hard_limit,
        };
        let over = count.checked_sub(limit)?;
        Some(Violation {
            need_to_remove: Some(over.saturating_add(1)),
            ..Violation::coded(
                ViolationCode::TooManySessions,
                "user has too many active sessions",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::tests::rules;

    fn to_remove(data: &serde_json::Value, count: u64, which: Limit) -> Option<u64> {
        let counts = SessionCounts {
            oauth2: count - 1,
            compat: 0,
            personal: 1,
        };
        let violation = rules(data).session_limit(counts, which)?;
        assert_eq!(violation.code, Some(ViolationCode::TooManySessions));
        violation.need_to_remove
    }

    #[test]
    fn at_the_limit_one_has_to_go_and_above_more() {
        let data = json!({"session_limit": {"soft_limit": 32, "hard_limit": 64}});
        assert_eq!(to_remove(&data, 31, Limit::Soft), None);
        assert_eq!(to_remove(&data, 32, Limit::Soft), Some(1));
        assert_eq!(to_remove(&data, 42, Limit::Soft), Some(11));
        assert_eq!(to_remove(&data, 42, Limit::Hard), None);
        assert_eq!(to_remove(&data, 64, Limit::Hard), Some(1));
        assert_eq!(to_remove(&json!({}), 999, Limit::Hard), None);
    }

    #[test]
    fn above_the_threshold_there_is_no_limit() {
        let data = json!({"session_limit":
            {"soft_limit": 32, "hard_limit": 64, "max_session_threshold": 40}});
        assert_eq!(to_remove(&data, 40, Limit::Soft), Some(9));
        assert_eq!(to_remove(&data, 41, Limit::Soft), None);
        assert_eq!(to_remove(&data, 99, Limit::Hard), None);
    }
}
