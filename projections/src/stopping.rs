//! Putting a projection aside that cannot take an event, so that the log and the others go on.
//!
//! A stopped projection is told of by `/health`, by the metrics and by `log check`, and is left as it
//! is until `muniment projections rebuild` has made it anew.

use std::collections::HashMap;

use muniment_store::{
    log::{Applied, FollowError, Position},
    sql::{DatabaseError, Transaction, query},
};

use crate::{
    Projection, Projections, Target,
    checkpoint::{Checkpoint, checkpoints, save_checkpoint, signed},
    follower::apply,
};

impl Projections {
    /// Brings each projection to the head and through the events on its own. One that cannot take
    /// them keeps the rows and the position it had.
    pub(crate) async fn follow_each(
        &self,
        transaction: &mut Transaction,
        head: Position,
        events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        let reached = events.last().map_or(head, |last| last.record.position);
        let found: HashMap<String, Checkpoint> =
            checkpoints(transaction).await?.into_iter().collect();
        for projection in &self.all {
            let at = if let Some(at) = found.get(projection.name()) {
                *at
            } else {
                let fresh = Checkpoint::at(0, &**projection);
                save_checkpoint(transaction, projection.name(), fresh).await?;
                fresh
            };
            if at.stopped_at.is_some() {
                continue;
            }
            transaction.execute(query("SAVEPOINT projection")).await?;
            let followed = self
                .follow_one(transaction, &**projection, at, head, events)
                .await;
            if let Err(FollowError::Apply {
                position, reason, ..
            }) = followed
            {
                transaction
                    .execute(query("ROLLBACK TO SAVEPOINT projection"))
                    .await?;
                stop(transaction, &**projection, position, &reason).await?;
            } else {
                followed?;
                let reached = Checkpoint {
                    position: reached,
                    ..at
                };
                save_checkpoint(transaction, projection.name(), reached).await?;
            }
            transaction
                .execute(query("RELEASE SAVEPOINT projection"))
                .await?;
        }
        Ok(())
    }

    async fn follow_one(
        &self,
        transaction: &mut Transaction,
        projection: &dyn Projection,
        at: Checkpoint,
        head: Position,
        events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        self.catch_up(transaction, projection, at.position, head)
            .await?;
        for applied in events {
            apply(projection, transaction, Target::Live, *applied).await?;
        }
        Ok(())
    }
}

/// Marks a projection as stopped at the event that it cannot take.
pub(crate) async fn stop(
    transaction: &mut Transaction,
    projection: &dyn Projection,
    position: Position,
    reason: &str,
) -> Result<(), DatabaseError> {
    let name = projection.name();
    tracing::error!(
        projection.name = name,
        event.position = position,
        reason,
        "projection {name} stopped at position {position}, whose event it cannot take; run \
         `muniment projections rebuild`"
    );
    transaction
        .execute(
            query(
                "INSERT INTO stopped_projections (name, stopped_at_position, reason) \
                 VALUES ($1, $2, $3)",
            )
            .bind(name)
            .bind(signed(position))
            .bind(reason),
        )
        .await?;
    Ok(())
}

/// Takes the mark of a projection away: it was made anew.
pub(crate) async fn resume(
    transaction: &mut Transaction,
    projection: &dyn Projection,
) -> Result<(), DatabaseError> {
    let mark = query("DELETE FROM stopped_projections WHERE name = $1");
    transaction.execute(mark.bind(projection.name())).await?;
    Ok(())
}
