use super::{Rules, Violation, ViolationCode};

impl Rules {
    /// Whether an account may have an address (contract oauth2.md 13.8). Addresses that differ in case
    /// alone are one here, as they are everywhere else.
    #[must_use]
    pub fn email(&self, address: &str) -> Vec<Violation> {
        let folded = address.to_lowercase();
        let domain = folded.rsplit_once('@').map_or("", |(_, domain)| domain);
        let data = &self.data;
        let hits =
            |set: &super::constraints::Constraints| set.matches(address) || set.matches(&folded);
        let mut violations = Vec::new();
        if data
            .allowed_domains
            .as_ref()
            .is_some_and(|set| !set.matches(domain))
        {
            violations.push(Violation::coded(
                ViolationCode::EmailDomainNotAllowed,
                "email domain is not allowed",
            ));
        }
        if data
            .banned_domains
            .as_ref()
            .is_some_and(|set| set.matches(domain))
        {
            violations.push(Violation::coded(
                ViolationCode::EmailDomainBanned,
                "email domain is banned",
            ));
        }
        if data
            .emails
            .allowed_addresses
            .as_ref()
            .is_some_and(|set| !hits(set))
        {
            violations.push(Violation::coded(
                ViolationCode::EmailNotAllowed,
                "email is not allowed",
            ));
        }
        if data.emails.banned_addresses.as_ref().is_some_and(hits) {
            violations.push(Violation::coded(
                ViolationCode::EmailBanned,
                "email is banned",
            ));
        }
        violations
    }
}

#[cfg(test)]
mod tests {
    use ViolationCode::{EmailBanned, EmailDomainBanned, EmailDomainNotAllowed, EmailNotAllowed};
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::tests::{codes, rules};

    fn check(data: &Value, email: &str) -> Vec<ViolationCode> {
        codes(&rules(data).email(email))
    }

    #[test]
    fn without_data_every_address_is_fine() {
        assert_eq!(check(&json!({}), "a@example.com"), []);
    }

    #[test]
    fn domains_are_allowed_and_banned_by_label() {
        let data = json!({
            "allowed_domains": ["example.com", "*.example.com"],
            "banned_domains": ["evil.example.com"],
        });
        assert_eq!(check(&data, "a@example.com"), []);
        assert_eq!(check(&data, "a@b.example.com"), []);
        assert_eq!(check(&data, "a@EVIL.example.com"), [EmailDomainBanned]);
        assert_eq!(check(&data, "a@example.org"), [EmailDomainNotAllowed]);
        assert_eq!(check(&data, "a@b@example.org"), [EmailDomainNotAllowed]);
        assert_eq!(check(&data, "no address"), [EmailDomainNotAllowed]);
    }

    #[test]
    fn addresses_are_allowed_and_banned_in_any_case() {
        let data = json!({"emails": {
            "allowed_addresses": {"suffixes": ["@example.com"]},
            "banned_addresses": {"prefixes": ["root@"]},
        }});
        assert_eq!(check(&data, "a@Example.com"), []);
        assert_eq!(check(&data, "ROOT@example.com"), [EmailBanned]);
        assert_eq!(
            check(&data, "root@example.org"),
            [EmailNotAllowed, EmailBanned]
        );
    }
}
