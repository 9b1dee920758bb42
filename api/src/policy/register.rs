use super::{RequestedBy, Rules, Violation, ViolationCode};

/// The longest Matrix id, in bytes.
const LONGEST_MXID: usize = 255;

/// How somebody signs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMethod {
    Password,
    UpstreamOauth2,
}

/// Somebody who wants an account.
#[derive(Debug, Clone, Copy)]
pub struct Register<'a> {
    /// No rule tells the methods apart.
    pub method: RegistrationMethod,
    pub username: &'a str,
    pub email: Option<&'a str>,
    pub requester: RequestedBy<'a>,
}

impl Rules {
    /// Whether somebody may sign up like this (contract oauth2.md 13.7).
    #[must_use]
    pub fn register(&self, input: &Register<'_>) -> Vec<Violation> {
        let Register {
            method: RegistrationMethod::Password | RegistrationMethod::UpstreamOauth2,
            username,
            email,
            requester,
        } = *input;
        let mut violations = self.username(username);
        if let Some(email) = email {
            let of_email = self.email(email).into_iter();
            violations.extend(of_email.map(|violation| violation.of_field("email")));
        }
        violations.extend(self.requester(requester));
        violations
    }

    fn username(&self, username: &str) -> Vec<Violation> {
        use ViolationCode::{
            UsernameAllNumeric, UsernameBanned, UsernameInvalidChars, UsernameNotAllowed,
            UsernameTooLong, UsernameTooShort,
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".=_/+-".contains(&b);
        let data = &self.data.registration;
        let mxid = username.len() + self.data.server_name.len() + "@:".len();
        let all_digits = !username.is_empty() && username.bytes().all(|b| b.is_ascii_digit());
        let banned = data.banned_usernames.as_ref();
        let allowed = data.allowed_usernames.as_ref();
        [
            (
                username.is_empty(),
                UsernameTooShort,
                "username is too short",
            ),
            (mxid > LONGEST_MXID, UsernameTooLong, "username is too long"),
            (all_digits, UsernameAllNumeric, "username is all numeric"),
            (
                !username.bytes().all(plain),
                UsernameInvalidChars,
                "username contains invalid characters",
            ),
            (
                banned.is_some_and(|set| set.matches(username)),
                UsernameBanned,
                "username is banned",
            ),
            (
                allowed.is_some_and(|set| !set.matches(username)),
                UsernameNotAllowed,
                "username is not allowed",
            ),
        ]
        .into_iter()
        .filter(|(violated, ..)| *violated)
        .map(|(_, code, msg)| Violation::coded(code, msg).of_field("username"))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use ViolationCode::{
        EmailBanned, UsernameAllNumeric, UsernameBanned, UsernameInvalidChars, UsernameNotAllowed,
        UsernameTooLong, UsernameTooShort,
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::tests::{codes, rules};

    fn register<'a>(username: &'a str, email: Option<&'a str>) -> Register<'a> {
        Register {
            method: RegistrationMethod::Password,
            username,
            email,
            requester: RequestedBy::default(),
        }
    }

    fn check(data: &Value, username: &str) -> Vec<ViolationCode> {
        codes(&rules(data).register(&register(username, None)))
    }

    #[test]
    fn a_matrix_id_has_255_bytes_at_most() {
        let short = json!({"server_name": "a.io"});
        let long = json!({"server_name": "matrix.org"});
        assert_eq!(check(&short, &"a".repeat(249)), []);
        assert_eq!(check(&short, &"a".repeat(250)), [UsernameTooLong]);
        assert_eq!(check(&long, &"a".repeat(249)), [UsernameTooLong]);
    }

    #[test]
    fn a_username_is_not_empty_not_a_number_and_plain() {
        let data = json!({});
        assert_eq!(check(&data, ""), [UsernameTooShort]);
        assert_eq!(check(&data, "1234"), [UsernameAllNumeric]);
        for name in ["hello world", "Alice", "ä", "a\n", "a:b", "@a"] {
            assert_eq!(check(&data, name), [UsernameInvalidChars], "{name:?}");
        }
        assert_eq!(check(&data, "a1.=_/+-z"), []);
    }

    #[test]
    fn names_are_banned_and_allowed() {
        let data = json!({"registration": {
            "banned_usernames": {"literals": ["admin"]},
            "allowed_usernames": {"regexes": ["^a"]},
        }});
        assert_eq!(check(&data, "alice"), []);
        assert_eq!(check(&data, "admin"), [UsernameBanned]);
        assert_eq!(check(&data, "bob"), [UsernameNotAllowed]);
    }

    #[test]
    fn the_address_is_checked_too_and_violations_name_their_field() {
        let rules = rules(&json!({"emails": {"banned_addresses": {"literals": ["a@b.c"]}}}));
        let violations = rules.register(&register("", Some("a@b.c")));
        assert_eq!(codes(&violations), [UsernameTooShort, EmailBanned]);
        let fields: Vec<_> = violations.iter().map(|violation| violation.field).collect();
        assert_eq!(fields, [Some("username"), Some("email")]);
    }

    #[test]
    fn a_banned_requester_does_not_sign_up() {
        let rules = rules(&json!({"requester": {"banned_ips": ["192.0.2.1"]}}));
        let input = Register {
            method: RegistrationMethod::UpstreamOauth2,
            requester: RequestedBy {
                ip_address: Some("192.0.2.1".parse().unwrap()),
                user_agent: None,
            },
            ..register("alice", None)
        };
        assert_eq!(rules.register(&input).len(), 1);
    }
}
