//! Who is shown what was of others, on a server that looks back: written down before it is shown.

use std::sync::{Mutex, PoisonError};

use muniment_domain::UserId;
use uuid::Uuid;

use super::{context::RequestContext, refusal::Refusal};
use crate::history::Disclosures;

/// Whose things a request is shown, each time that something is reached.
#[derive(Debug, Default)]
pub struct Shown(Mutex<Vec<Uuid>>);

impl RequestContext {
    /// Something of a user is about to be shown. Of today, what is others' is the daily work of
    /// administrators.
    pub fn shows(&self, user: UserId) {
        if self.app.past.is_some() {
            let mut users = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner);
            users.push(user.as_uuid());
        }
    }

    pub async fn record_shown(&self) -> Result<(), Refusal> {
        let users = {
            let mut users = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *users)
        };
        let mut disclosures = Disclosures::to(&self.actor());
        for user in users {
            disclosures.add(Some(user));
        }
        let recorded = disclosures.record(&self.app).await;
        recorded.map_err(Refusal::Unrecorded)
    }
}
