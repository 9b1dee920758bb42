//! Copying rows as they are.

use futures_util::StreamExt;

use super::{MigrateError, Migration, Progress};
use crate::{
    check::stored,
    log::{Position, leaf_hash},
    sql::{Cell, Database, DatabaseError, Shape, Transaction, query},
};

/// Events copied in one transaction.
const PAGE: u32 = 1000;
/// Rows inserted by one statement.
const CHUNK: usize = 200;

/// Copies the events that the target does not have: all there are now, or all there are in `source`.
pub(super) async fn events(
    migration: &Migration<'_>,
    mut source: Option<&mut Transaction>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), MigrateError> {
    let mut at = head(migration.to.database).await?;
    let to = head(migration.from.database).await?;
    loop {
        let page = if let Some(source) = &mut source {
            stored::page(source, Some(at), PAGE).await?
        } else {
            let mut moment = Transaction::snapshot(migration.from.database).await?;
            stored::page(&mut moment, Some(at), PAGE).await?
        };
        let mut target = migration.to.database.begin().await?;
        let shape = Shape::read(&mut target, "events")
            .await?
            .ordered(&stored::COLUMNS);
        for row in &page {
            let sound = row.position == at + 1
                && row
                    .read
                    .as_ref()
                    .is_ok_and(|event| leaf_hash(&event.record) == event.record.leaf_hash);
            if !sound {
                return Err(MigrateError::Damaged(unsigned(at + 1)));
            }
            at = row.position;
        }
        let rows: Vec<Vec<Cell>> = page.into_iter().map(|row| row.cells).collect();
        for chunk in rows.chunks(CHUNK) {
            target.execute(shape.insert(chunk)).await?;
        }
        target.commit().await?;
        progress(Progress {
            what: "copying",
            position: unsigned(at),
            head: unsigned(to.max(at)),
        });
        if rows.len() < PAGE as usize {
            return Ok(());
        }
    }
}

/// Makes a table of the target what it is in the source, in one transaction.
pub(super) async fn table(
    source: &mut Transaction,
    from: &str,
    target: &Database,
    to: &str,
) -> Result<(), DatabaseError> {
    let mut target = target.begin().await?;
    let shape = Shape::read(&mut target, to).await?;
    target.execute(query(format!("DELETE FROM {to}"))).await?;
    let select = query(format!("SELECT {} FROM {from}", shape.names()));
    let mut rows = source.fetch(&select).chunks(CHUNK);
    while let Some(chunk) = rows.next().await {
        let cells = chunk
            .into_iter()
            .map(|row| row?.cells())
            .collect::<Result<Vec<_>, _>>()?;
        target.execute(shape.insert(&cells)).await?;
    }
    target.commit().await
}

/// Whether all that a log holds is the beginning of another, as far as its last event tells. The
/// proof at the end tells the rest.
pub(super) async fn is_beginning_of(
    log: &Database,
    other: &Database,
) -> Result<bool, DatabaseError> {
    let at = head(log).await?;
    Ok(leaf_hash_at(log, at).await? == leaf_hash_at(other, at).await?)
}

async fn leaf_hash_at(log: &Database, position: i64) -> Result<Option<Vec<u8>>, DatabaseError> {
    log.fetch_optional(query("SELECT leaf_hash FROM events WHERE position = $1").bind(position))
        .await?
        .map(|row| row.get(0))
        .transpose()
}

async fn head(log: &Database) -> Result<i64, DatabaseError> {
    log.fetch_one(query("SELECT coalesce(max(position), 0) FROM events"))
        .await?
        .get(0)
}

fn unsigned(position: i64) -> Position {
    u64::try_from(position).unwrap_or_default()
}
