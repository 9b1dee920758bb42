use muniment_domain::UserId;

use super::AsOf;
use crate::auth::Actor;

/// That somebody is about to be shown what was of a person. Whoever answers of the past passes here
/// first.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub by: &'a Actor,
    pub of: UserId,
    pub at: &'a AsOf,
}

impl Reading<'_> {
    pub fn note(self) {
        tracing::info!(
            user.id = %self.of,
            event.position = self.at.position,
            by = self.by.name(),
            "what was of an account is read"
        );
    }
}
