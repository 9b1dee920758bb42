//! Bringing the index up to the log's head, some events at a time.

use super::facets::{self, Facet};
use crate::{
    log::{LogError, Position, read_all, signed, unsigned},
    sql::{Database, DatabaseError, Transaction, Value, batches, query},
};

/// Events indexed by one transaction: short enough not to hold up the log's writer on SQLite.
const BATCH: u32 = 1_000;

/// How far the index has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// Events up to here are in the index.
    pub position: Position,
    /// The log may go on beyond the events that were just indexed.
    pub more: bool,
}

/// Up to where the index reaches; 0 where it was made by other rules, and is to be made anew.
pub async fn state(database: &Database) -> Result<Position, LogError> {
    let row = database
        .fetch_one(query(
            "SELECT version, position FROM event_index WHERE id = 1",
        ))
        .await?;
    let version: i64 = row.get("version")?;
    let position: i64 = row.get("position")?;
    if version != i64::from(facets::VERSION) {
        return Ok(0);
    }
    unsigned(position, "event_index.position")
}

/// Indexes the next events. Any number of processes may do so at once: of those who begin at the same
/// event, one goes on.
pub async fn fill(database: &Database) -> Result<Filled, LogError> {
    let from = state(database).await?;
    let records = read_all(database, from, BATCH).await?;
    let Some(last) = records.last().map(|record| record.position) else {
        return Ok(Filled {
            position: from,
            more: false,
        });
    };
    let mut rows = Vec::with_capacity(records.len() * 4);
    for record in &records {
        let metadata = record.metadata().unwrap_or_else(|error| {
            // Found by its type and person alone; `log check` says more.
            tracing::error!(position = record.position, %error, "an event's metadata is not readable");
            crate::log::Metadata::unreadable()
        });
        let place = signed(record.position);
        rows.extend(
            facets::of(record, &metadata)
                .into_iter()
                .map(|facet| (facet, place)),
        );
    }
    let mut transaction = database.begin().await?;
    if from == 0 {
        begin_anew(&mut transaction).await?;
    }
    let moved = query(
        "UPDATE event_index SET position = $1 WHERE id = 1 AND position = $2 AND version = $3",
    )
    .bind(signed(last))
    .bind(signed(from))
    .bind(facets::VERSION);
    if transaction.execute(moved).await? == 0 {
        // Dropped, it is undone.
        drop(transaction);
        return Ok(Filled {
            position: state(database).await?,
            more: true,
        });
    }
    insert(&mut transaction, &rows).await?;
    transaction.commit().await?;
    Ok(Filled {
        position: last,
        more: records.len() == BATCH as usize,
    })
}

/// Removes what other rules have made, unless somebody has done so meanwhile.
async fn begin_anew(transaction: &mut Transaction) -> Result<(), DatabaseError> {
    let renewed = query("UPDATE event_index SET version = $1, position = 0 WHERE version <> $1")
        .bind(facets::VERSION);
    if transaction.execute(renewed).await? > 0 {
        transaction
            .execute(query("DELETE FROM event_facets"))
            .await?;
    }
    Ok(())
}

async fn insert(transaction: &mut Transaction, rows: &[(Facet, i64)]) -> Result<(), DatabaseError> {
    for batch in batches(rows) {
        let rows = batch
            .iter()
            .map(|(facet, position)| [*facet, *position].map(Value::from));
        let statement = query("INSERT INTO event_facets (facet, position) VALUES ");
        transaction
            .execute(statement.push_rows(rows).push(" ON CONFLICT DO NOTHING"))
            .await?;
    }
    Ok(())
}
