//! Why a policy refuses, in words (contract oauth2.md 13.5-13.8).

use super::PageContext;

/// A violation, as a form or a page tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyReason {
    UsernameTooShort,
    UsernameTooLong,
    UsernameAllNumeric,
    UsernameInvalidChars,
    UsernameBanned,
    UsernameNotAllowed,
    EmailDomainNotAllowed,
    EmailDomainBanned,
    EmailNotAllowed,
    EmailBanned,
    TooManySessions {
        need_to_remove: u64,
    },
    /// What the engine gave no code for. Its own text is for the log: it is English, and may tell
    /// too much.
    Other,
}

impl PolicyReason {
    /// From the code of a violation.
    pub fn from_code(code: Option<&str>, need_to_remove: Option<u64>) -> Self {
        match code {
            Some("username-too-short") => Self::UsernameTooShort,
            Some("username-too-long") => Self::UsernameTooLong,
            Some("username-all-numeric") => Self::UsernameAllNumeric,
            Some("username-invalid-chars") => Self::UsernameInvalidChars,
            Some("username-banned") => Self::UsernameBanned,
            Some("username-not-allowed") => Self::UsernameNotAllowed,
            Some("email-domain-not-allowed") => Self::EmailDomainNotAllowed,
            Some("email-domain-banned") => Self::EmailDomainBanned,
            Some("email-not-allowed") => Self::EmailNotAllowed,
            Some("email-banned") => Self::EmailBanned,
            Some("too-many-sessions") => Self::TooManySessions {
                need_to_remove: need_to_remove.unwrap_or(1),
            },
            _ => Self::Other,
        }
    }

    pub fn text(&self, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::UsernameTooShort => "policy-username-too-short",
            Self::UsernameTooLong => "policy-username-too-long",
            Self::UsernameAllNumeric => "policy-username-all-numeric",
            Self::UsernameInvalidChars => "policy-username-invalid-chars",
            Self::UsernameBanned => "policy-username-banned",
            Self::UsernameNotAllowed => "policy-username-not-allowed",
            Self::EmailDomainNotAllowed => "policy-email-domain-not-allowed",
            Self::EmailDomainBanned => "policy-email-domain-banned",
            Self::EmailNotAllowed => "policy-email-not-allowed",
            Self::EmailBanned => "policy-email-banned",
            Self::TooManySessions { need_to_remove } => {
                return ctx.tn("policy-sessions-remove", "count", need_to_remove);
            }
            Self::Other => "policy-other",
        })
    }

    pub fn is_too_many_sessions(&self) -> bool {
        matches!(self, Self::TooManySessions { .. })
    }
}
