//! Erasure in a database that a log was replayed into: what the log says later on is not in it, and
//! yet personal data must not outlast its key.

use muniment_domain::{Event, RegistrationTokenEvent, UserEvent};
use muniment_store::{
    check::Finding,
    log::{Applied, RecordedEvent},
    sql::Database,
};

use crate::{Projections, ProjectionsError, batch::Batches};

impl Projections {
    /// Takes out of a replayed database what these later events, all about one person or
    /// invitation, have erased. Whatever else they say is not for it.
    pub async fn forget(
        &self,
        scratch: &Database,
        later: &[RecordedEvent],
    ) -> Result<(), ProjectionsError> {
        let mut batches = Batches::new(self);
        // Of rows that were made later still, there is nothing to forget.
        let mut ignored = |_: Finding| {};
        for record in later {
            let event = &self.open(record).await?;
            if erases(event) {
                batches.add(Applied { record, event }, &mut ignored)?;
            }
        }
        let mut transaction = scratch.begin().await?;
        batches.flush(&mut transaction, &mut ignored).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Whether rows with personal data go, or lose it, by this event.
const fn erases(event: &Event) -> bool {
    matches!(
        event,
        Event::User(
            UserEvent::UserEmailRemoved { .. }
                | UserEvent::UserUpstreamUnlinked { .. }
                | UserEvent::UserErased { .. }
        ) | Event::RegistrationToken(
            RegistrationTokenEvent::RegistrationTokenInviteeForgotten { .. }
        )
    )
}
