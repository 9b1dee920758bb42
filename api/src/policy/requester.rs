use std::net::IpAddr;

use super::{Rules, Violation};

/// Where a request comes from, as far as is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestedBy<'a> {
    pub ip_address: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
}

impl Rules {
    /// Contract oauth2.md 13.4.
    pub(super) fn requester(&self, by: RequestedBy<'_>) -> Option<Violation> {
        let data = &self.data.requester;
        let by_address = data
            .banned_ips
            .as_ref()
            .zip(by.ip_address)
            .is_some_and(|(banned, ip)| banned.contains(ip));
        let by_agent = data
            .banned_user_agents
            .as_ref()
            .zip(by.user_agent)
            .is_some_and(|(banned, agent)| banned.matches(agent));
        (by_address || by_agent).then(|| Violation::new("requester is banned"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::tests::rules;

    #[test]
    fn a_banned_address_or_user_agent_is_refused() {
        let rules = rules(&json!({"requester": {
            "banned_ips": ["192.0.2.1", "198.51.100.0/24"],
            "banned_user_agents": {"substrings": ["curl"]},
        }}));
        for (ip, agent, refused) in [
            (Some("192.0.2.1"), None, true),
            (Some("198.51.100.9"), Some("Firefox"), true),
            (Some("203.0.113.1"), Some("curl/8"), true),
            (Some("203.0.113.1"), Some("Firefox"), false),
            (None, None, false),
        ] {
            let by = RequestedBy {
                ip_address: ip.map(|ip| ip.parse().unwrap()),
                user_agent: agent,
            };
            assert_eq!(rules.requester(by).is_some(), refused, "{by:?}");
        }
    }
}
