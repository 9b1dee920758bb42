use super::{RequestedBy, Rules, SessionCounts, Violation, session_limit::Limit};

/// How a legacy Matrix client signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompatLoginKind {
    /// On a web page, where the user can end sessions first.
    Sso,
    Password,
    Token,
}

/// A user who signs in with a legacy Matrix client.
#[derive(Debug, Clone, Copy)]
pub struct CompatLogin<'a> {
    pub kind: CompatLoginKind,
    pub session_counts: SessionCounts,
    /// A session of the same device ends by this.
    pub session_replaced: bool,
    pub requester: RequestedBy<'a>,
}

impl Rules {
    /// Whether the user may sign in like this (contract oauth2.md 13.10).
    #[must_use]
    pub fn compat_login(&self, input: &CompatLogin<'_>) -> Vec<Violation> {
        let limit = match input.kind {
            CompatLoginKind::Sso => Limit::Soft,
            CompatLoginKind::Password | CompatLoginKind::Token => Limit::Hard,
        };
        let mut violations = Vec::new();
        violations.extend(self.requester(input.requester));
        if !input.session_replaced {
            violations.extend(self.session_limit(input.session_counts, limit));
        }
        violations
    }
}

#[cfg(test)]
mod tests {
    use CompatLoginKind::{Password, Sso, Token};
    use serde_json::json;

    use super::*;
    use crate::policy::tests::rules;

    #[test]
    fn the_page_has_the_soft_limit_and_the_rest_the_hard_one() {
        let rules = rules(&json!({"session_limit": {"soft_limit": 2, "hard_limit": 4}}));
        let login = |kind, compat, session_replaced| {
            let input = CompatLogin {
                kind,
                session_counts: SessionCounts {
                    compat,
                    ..SessionCounts::default()
                },
                session_replaced,
                requester: RequestedBy::default(),
            };
            let violations = rules.compat_login(&input);
            violations
                .first()
                .and_then(|violation| violation.need_to_remove)
        };
        assert_eq!(login(Sso, 1, false), None);
        assert_eq!(login(Sso, 3, false), Some(2));
        assert_eq!(login(Sso, 3, true), None);
        assert_eq!(login(Password, 3, false), None);
        assert_eq!(login(Password, 4, false), Some(1));
        assert_eq!(login(Token, 5, false), Some(2));
        assert_eq!(login(Token, 5, true), None);
    }

    #[test]
    fn a_banned_requester_does_not_sign_in() {
        let rules = rules(&json!({"requester": {"banned_user_agents": {"literals": ["x"]}}}));
        let input = CompatLogin {
            kind: CompatLoginKind::Password,
            session_counts: SessionCounts::default(),
            session_replaced: true,
            requester: RequestedBy {
                ip_address: None,
                user_agent: Some("x"),
            },
        };
        assert_eq!(rules.compat_login(&input).len(), 1);
    }
}
