//! The policy: who may have which scopes, sign up, sign in, use which address, register which client
//! (contract oauth2.md 13).
//!
//! The rules are plain functions of their input and of the policy's data: no I/O, no clock. Whoever
//! asks brings the facts, and decides what becomes of the violations.

mod authorization_grant;
mod client_registration;
mod compat_login;
mod constraints;
mod data;
mod email;
mod held;
mod merge;
pub mod public_suffix;
mod register;
mod requester;
mod session_limit;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the Admin API is to set policy data")
)]
pub mod stored;
mod uri;
mod violation;

pub use authorization_grant::{AuthorizationGrant, GrantKind};
pub use data::{PolicyData, PolicyDataError};
pub use held::{Policy, Settings};
pub use requester::RequestedBy;
pub use session_limit::SessionCounts;
pub use violation::{Violation, ViolationCode, messages};

#[expect(
    unused_imports,
    reason = "logins, registration and consent are to come"
)]
pub use self::{
    authorization_grant::ResourceOwner,
    client_registration::ClientMetadata,
    compat_login::{CompatLogin, CompatLoginKind},
    register::{Register, RegistrationMethod},
};

/// The rules, with the data that they go by.
#[derive(Debug, Default)]
pub struct Rules {
    data: PolicyData,
}

impl Rules {
    #[must_use]
    pub const fn new(data: PolicyData) -> Self {
        Self { data }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    pub fn rules(data: &Value) -> Rules {
        Rules::new(PolicyData::from_value(data).unwrap())
    }

    /// Those of violations that have one.
    pub fn codes(violations: &[Violation]) -> Vec<ViolationCode> {
        violations
            .iter()
            .filter_map(|violation| violation.code)
            .collect()
    }
}
