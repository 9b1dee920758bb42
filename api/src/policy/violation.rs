use serde::Serialize;

/// Why the policy refuses something (contract oauth2.md 13.13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// For people.
    pub msg: String,
    /// The field of the form that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// The redirect URI that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// For programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ViolationCode>,
    /// How many sessions have to end before this one may begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_to_remove: Option<u64>,
}

/// What kind of violation it is, where programs care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViolationCode {
    UsernameTooShort,
    UsernameTooLong,
    UsernameInvalidChars,
    UsernameAllNumeric,
    UsernameBanned,
    UsernameNotAllowed,
    EmailDomainNotAllowed,
    EmailDomainBanned,
    EmailNotAllowed,
    EmailBanned,
    TooManySessions,
}

impl Violation {
    pub(super) fn new(msg: impl Into<String>) -> Self {
        Self {
            msg: msg.into(),
            field: None,
            redirect_uri: None,
            code: None,
            need_to_remove: None,
        }
    }

    pub(super) fn coded(code: ViolationCode, msg: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::new(msg)
        }
    }

    pub(super) const fn of_field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }
}

/// What the violations say, in one text.
pub fn messages(violations: &[Violation], between: &str) -> String {
    let texts: Vec<&str> = violations.iter().map(|one| one.msg.as_str()).collect();
    texts.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out_of_the_json() {
        let plain = serde_json::to_value(Violation::new("no")).unwrap();
        assert_eq!(plain, serde_json::json!({"msg": "no"}));
        let coded = Violation::coded(ViolationCode::UsernameTooShort, "short").of_field("username");
        assert_eq!(
            serde_json::to_value(coded).unwrap(),
            serde_json::json!({"msg": "short", "code": "username-too-short", "field": "username"})
        );
    }
}
