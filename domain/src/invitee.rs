//! Whom an invitation is for.

use crate::{EmailAddress, Username};

/// Somebody, by name or address; anybody when both are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invitee {
    pub username: Option<Username>,
    pub email: Option<EmailAddress>,
}

impl Invitee {
    /// Whether it is somebody in particular.
    #[must_use]
    pub const fn is_somebody(&self) -> bool {
        self.username.is_some() || self.email.is_some()
    }

    /// Whether somebody else is whom this means. Addresses are the same in any case.
    #[must_use]
    pub fn means(&self, other: &Self) -> bool {
        let is_name = self.username.is_none() || self.username == other.username;
        let is_address = match (&self.email, &other.email) {
            (None, _) => true,
            (Some(one), Some(other)) => one == other,
            (Some(_), None) => false,
        };
        is_name && is_address
    }
}
