//! Bringing the database to where the log of record stands: after a crash between the two, after a
//! write whose answer was lost, or into an empty database.

use super::{
    EventStoreDbError,
    origin::Origin,
    staging,
    wire::{self, Decoded},
};
use crate::{
    claims::ClaimsInBatch,
    log::{
        FollowError, Position,
        entries::{self, Head, Placed},
    },
    sql::{Dialect, Transaction, query},
    vault::VaultWrite,
};

/// Events of one transaction.
const PAGE: usize = 500;

impl Origin {
    /// Takes over every event that the database does not have yet, with all that goes with it.
    pub(super) async fn catch_up(&self) -> Result<(), EventStoreDbError> {
        loop {
            let row = self.database.fetch_optional(entries::head_query()).await?;
            let head = entries::head_from(row)?.position;
            // The last known event is read again, to see that both hold the same log.
            let known = usize::from(head > 0);
            let page = self
                .link
                .read(&self.stream, wire::revision(head), PAGE + known)
                .await?;
            let events = page
                .iter()
                .map(wire::decode)
                .collect::<Result<Vec<_>, _>>()?;
            self.check_dense(head, &events)?;
            let more = page.len() == PAGE + known;
            self.take_over(head, events, known).await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// The page begins with the database's last event, and has no gap.
    fn check_dense(&self, head: Position, events: &[Decoded]) -> Result<(), EventStoreDbError> {
        let positions = events.iter().map(|event| event.record.position);
        if let Some((position, _)) = positions.zip(head.max(1)..).find(|(is, ought)| is != ought) {
            let reason = "events before it are missing".to_owned();
            return Err(EventStoreDbError::Damaged { position, reason });
        }
        if head > 0 && events.is_empty() {
            return Err(self.diverged(head));
        }
        Ok(())
    }

    fn diverged(&self, database: Position) -> EventStoreDbError {
        EventStoreDbError::Diverged {
            stream: self.stream.to_string(),
            database,
        }
    }

    async fn take_over(
        &self,
        head: Position,
        mut events: Vec<Decoded>,
        known: usize,
    ) -> Result<(), EventStoreDbError> {
        let mut transaction = Transaction::writing(&self.database).await?;
        let row = transaction.fetch_optional(entries::head_query()).await?;
        if entries::head_from(row)?.position != head {
            // Somebody else was quicker; the next page is read from there.
            return Ok(());
        }
        let new = events.split_off(known.min(events.len()));
        if let Some(last) = events.first() {
            let stored = entries::leaf_hash_at(&mut transaction, head).await?;
            if stored != last.record.leaf_hash {
                return Err(self.diverged(head));
            }
        }
        let reached = new.last().map_or(head, |last| last.record.position);
        if let Some(last) = new.last() {
            tracing::info!(
                events.from = head + 1,
                events.to = reached,
                "taking over events"
            );
            let reached = Head {
                position: reached,
                recorded_at: last.record.recorded_at,
            };
            self.insert(&mut transaction, new, reached).await?;
        }
        staging::reap(&mut transaction, reached).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn insert(
        &self,
        transaction: &mut Transaction,
        events: Vec<Decoded>,
        reached: Head,
    ) -> Result<(), EventStoreDbError> {
        let staged = staging::load(transaction).await?;
        let mut placed = Vec::with_capacity(events.len());
        for event in events {
            let record = &event.record;
            let opened = self.codec.open(record).await.map_err(|error| {
                let position = record.position;
                let reason = error.to_string();
                EventStoreDbError::Damaged { position, reason }
            })?;
            let mut claims = ClaimsInBatch::assuming_free(&self.hasher);
            claims.accept_all(&opened.claims());
            claims.write(transaction).await?;
            if let Some(staged) = staged.get(&record.event_id) {
                staged
                    .settle(transaction, record.position, record.recorded_at)
                    .await?;
            } else {
                for write in VaultWrite::implied_by(&opened) {
                    write
                        .write(transaction, entries::signed(record.position))
                        .await?;
                }
                if event.vault > 0 {
                    tracing::error!(
                        event.position = record.position,
                        "secrets that were written with this event are not in the database; it was \
                         restored from a backup older than the event"
                    );
                }
            }
            placed.push(Placed {
                record: event.record,
                metadata: event.metadata,
            });
        }
        entries::insert(transaction, &placed).await?;
        // The events are in the log already, whatever a read model has to say.
        self.follower
            .follow_apart(transaction, reached.position, &[])
            .await
            .map_err(|error| match error {
                FollowError::Database(error) => EventStoreDbError::Database(error),
                apply @ FollowError::Apply { .. } => EventStoreDbError::Follow(apply),
            })?;
        if transaction.dialect() == Dialect::Postgres {
            let position = reached.position.to_string();
            transaction
                .execute(query("SELECT pg_notify('muniment_tail', $1)").bind(position))
                .await?;
        }
        Ok(())
    }
}
