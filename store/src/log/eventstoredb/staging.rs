//! What goes with an append but never into its events: secrets and the idempotency key. Kept in the
//! database before the events are written, so that whoever finds them in the log of record after a
//! crash can complete them.
//!
//! A row says on which head its batch was decided. Its events can only ever stand right after that
//! head: once something else stands there, the row belongs to nobody and is removed. There is no
//! time after which a row is taken for lost, and so no slow append that loses what goes with it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::EventStoreDbError;
use crate::{
    log::{
        Append, IdempotencyKey, Position, Receipt,
        committer::remember,
        entries::{self, signed},
    },
    sql::{Database, DatabaseError, Transaction, query},
    vault::VaultWrite,
};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Staged {
    events: u64,
    vault: Vec<VaultWrite>,
    key: Option<(String, [u8; 32])>,
}

/// The event by which an append is recognised.
pub(super) fn first_event(append: &Append) -> Option<Uuid> {
    let mut events = append.streams.iter().flat_map(|stream| &stream.events);
    events.next().map(|event| event.event_id)
}

pub(super) const fn needs_staging(append: &Append) -> bool {
    !append.vault.is_empty() || append.idempotency.is_some()
}

/// Keeps what goes with a batch; the head that it was kept for.
pub(super) async fn stage(
    database: &Database,
    batch: &[Append],
) -> Result<Position, EventStoreDbError> {
    let mut transaction = Transaction::writing(database).await?;
    let head = entries::head_from(transaction.fetch_optional(entries::head_query()).await?)?;
    for append in batch.iter().filter(|append| needs_staging(append)) {
        let Some(first) = first_event(append) else {
            continue;
        };
        let staged = Staged {
            events: append.event_count() as u64,
            vault: append.vault.clone(),
            key: append
                .idempotency
                .as_ref()
                .map(|key| (key.key.clone(), key.digest)),
        };
        let body = serde_json::to_string(&staged)
            .map_err(|error| EventStoreDbError::Refused(error.to_string()))?;
        transaction
            .execute(
                query(
                    "INSERT INTO staged_appends (first_event_id, head, body) VALUES ($1, $2, $3) \
                     ON CONFLICT (first_event_id) DO UPDATE \
                     SET head = excluded.head, body = excluded.body",
                )
                .bind(first)
                .bind(signed(head.position))
                .bind(body),
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(head.position)
}

/// All that is kept.
pub(super) async fn load(
    transaction: &mut Transaction,
) -> Result<HashMap<Uuid, Staged>, EventStoreDbError> {
    let rows = transaction
        .fetch_all(query("SELECT first_event_id, body FROM staged_appends"))
        .await?;
    let mut staged = HashMap::new();
    for row in &rows {
        let body: String = row.get("body")?;
        let body = serde_json::from_str(&body)
            .map_err(|error| EventStoreDbError::Refused(error.to_string()))?;
        staged.insert(row.get("first_event_id")?, body);
    }
    Ok(staged)
}

impl Staged {
    /// Makes it effective, for an append whose events begin at a position.
    pub(super) async fn settle(
        &self,
        transaction: &mut Transaction,
        first_position: Position,
        recorded_at: i64,
    ) -> Result<(), DatabaseError> {
        let receipt = Receipt {
            first_position,
            last_position: first_position + self.events.saturating_sub(1),
            recorded_at,
            repeated: false,
        };
        for write in &self.vault {
            write
                .write(transaction, signed(receipt.last_position))
                .await?;
        }
        if let Some((key, digest)) = &self.key {
            let key = IdempotencyKey {
                key: key.clone(),
                digest: *digest,
            };
            remember(transaction, &key.key, &key.digest, &receipt).await?;
        }
        Ok(())
    }
}

/// Removes what belongs to batches whose place is taken, in the transaction that takes it or later:
/// by now it is effective, or its events never came and never will.
pub(super) async fn reap(
    transaction: &mut Transaction,
    head: Position,
) -> Result<(), DatabaseError> {
    transaction
        .execute(query("DELETE FROM staged_appends WHERE head < $1").bind(signed(head)))
        .await?;
    Ok(())
}
