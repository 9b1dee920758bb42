//! What one person's events amount to, worked out from the log: for when a read model was stopped and
//! cannot be asked.

use muniment_domain::UserId;
use muniment_store::{
    Erasure,
    log::{Applied, EventLog},
    sql::{Transaction, scratch},
};

use crate::{
    Projection, Projections, ProjectionsError, Target,
    erasures::Erasures,
    queries::{UserRow, erasures_within, user_within},
    users::Users,
};

/// Events read at once.
const PAGE: u32 = 500;

impl Projections {
    /// The account as `users` would have it.
    pub async fn user_from(
        &self,
        log: &dyn EventLog,
        user: UserId,
    ) -> Result<Option<UserRow>, ProjectionsError> {
        let mut scratch = self.amounting_to(log, user, &Users).await?;
        Ok(user_within(&mut scratch, user).await?)
    }

    /// The keys of a person that the log says are destroyed, as `erasures` would have them.
    pub async fn erasures_from(
        &self,
        log: &dyn EventLog,
        user: UserId,
    ) -> Result<Vec<Erasure>, ProjectionsError> {
        let mut scratch = self.amounting_to(log, user, &Erasures).await?;
        Ok(erasures_within(&mut scratch, user).await?)
    }

    /// A database of its own in which a projection has taken the events about one person.
    async fn amounting_to(
        &self,
        log: &dyn EventLog,
        user: UserId,
        projection: &dyn Projection,
    ) -> Result<Transaction, ProjectionsError> {
        let mut scratch = scratch().await?;
        let mut after = 0;
        loop {
            let page = log.read_subject(user.as_uuid(), after, PAGE).await?;
            for record in &page {
                let event = &self.open(record).await?;
                let applied = Applied { record, event };
                projection
                    .apply(&mut scratch, Target::Live, applied)
                    .await?;
                after = record.position;
            }
            if page.len() < PAGE as usize {
                return Ok(scratch);
            }
        }
    }
}
