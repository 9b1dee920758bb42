//! Who may see what: decided here, and nowhere else (contract graphql.md 2.3).
//!
//! Whoever has reached a thing may see all its fields; what leads from one thing to another leads to
//! what belongs to the same person, or to everybody.

use async_graphql::{Error, Result};
use muniment_domain::{BrowserSessionId, UserId};

use super::context::RequestContext;
use crate::auth::Requester;

/// Whose a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This user, and administrators.
    User(UserId),
    /// Nobody: administrators alone may see it.
    Nobody,
    /// Those who check the history, and administrators.
    Auditors,
    /// A browser session, and not even an administrator beside it.
    BrowserSession(BrowserSessionId),
}

impl From<Option<UserId>> for Owner {
    fn from(user: Option<UserId>) -> Self {
        user.map_or(Self::Nobody, Self::User)
    }
}

/// Something that belongs to somebody.
pub trait Owned {
    fn owner(&self) -> Owner;
}

/// The requester may not do this, and is told so.
pub fn unauthorized() -> Error {
    Error::new("Unauthorized")
}

impl RequestContext {
    pub fn may_see(&self, owner: impl Into<Owner>) -> bool {
        match owner.into() {
            Owner::User(user) => {
                let may = self.requester.is_owner_or_admin(Some(user));
                if may {
                    self.shows(user);
                }
                may
            }
            Owner::Nobody => self.requester.is_admin(),
            Owner::Auditors => self.requester.is_auditor(),
            Owner::BrowserSession(id) => match &self.requester {
                Requester::BrowserSession { session, .. } => session.id == id,
                Requester::Anonymous
                | Requester::Oauth2Session { .. }
                | Requester::PersonalSession { .. } => false,
            },
        }
    }

    /// What was found, if the requester may see it: otherwise it is as if it did not exist.
    pub fn visible<T: Owned>(&self, found: Option<T>) -> Option<T> {
        found.filter(|thing| self.may_see(thing.owner()))
    }

    pub fn require_auditor(&self) -> Result<()> {
        if self.may_see(Owner::Auditors) {
            Ok(())
        } else {
            Err(unauthorized())
        }
    }

    pub fn require_admin(&self) -> Result<()> {
        if self.requester.is_admin() {
            Ok(())
        } else {
            Err(unauthorized())
        }
    }
}
