//! What two databases have to agree on to hold the same.

use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use super::{COPIED, COPIED_KEYS, MigrateError, Progress};
use crate::{
    check::stored,
    log::{Position, leaf_hash},
    sql::{Cell, DatabaseError, Dialect, Shape, Transaction, query},
};

/// Events read at once.
const PAGE: u32 = 1000;

/// What a database holds, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub events: u64,
    /// SHA-256 over the leaf hashes of all events, in order; each was worked out anew.
    pub digest: [u8; 32],
    /// Of each table that is copied beside the log.
    pub tables: Vec<TableProof>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableProof {
    pub table: &'static str,
    pub rows: u64,
    /// SHA-256 over all rows, in the order of their keys.
    pub digest: [u8; 32],
}

impl Proof {
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        if self.events != other.events || self.digest != other.digest {
            return Some("the events".to_owned());
        }
        self.tables
            .iter()
            .zip(&other.tables)
            .find(|(one, other)| one != other)
            .map(|(one, _)| format!("table {}", one.table))
    }
}

pub(super) async fn of(
    database: &mut Transaction,
    keys: &mut Transaction,
    what: &'static str,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Proof, MigrateError> {
    let (events, digest) = of_events(database, what, progress).await?;
    let mut tables = Vec::new();
    for table in COPIED {
        tables.push(of_table(database, table, table.to_owned()).await?);
    }
    for table in COPIED_KEYS {
        let name = match keys.dialect() {
            Dialect::Sqlite => table.to_owned(),
            Dialect::Postgres => format!("muniment_keys.{table}"),
        };
        tables.push(of_table(keys, table, name).await?);
    }
    Ok(Proof {
        events,
        digest,
        tables,
    })
}

async fn of_events(
    database: &mut Transaction,
    what: &'static str,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(u64, [u8; 32]), MigrateError> {
    let row = database
        .fetch_optional(query("SELECT coalesce(max(position), 0) FROM events"))
        .await?;
    let head: i64 = row.map_or(Ok(0), |row| row.get(0))?;
    let mut hasher = Sha256::new();
    let mut at = 0;
    loop {
        let page = stored::page(database, Some(at), PAGE).await?;
        for row in &page {
            let leaf = match &row.read {
                Ok(event) if row.position == at + 1 => leaf_hash(&event.record),
                _ => return Err(MigrateError::Damaged(unsigned(at + 1))),
            };
            if row.cells[stored::LEAF_HASH] != Cell::Bytes(leaf.to_vec()) {
                return Err(MigrateError::Damaged(unsigned(row.position)));
            }
            hasher.update(leaf);
            at = row.position;
        }
        progress(Progress {
            what,
            position: unsigned(at),
            head: unsigned(head),
        });
        if page.len() < PAGE as usize {
            return Ok((unsigned(at), hasher.finalize().into()));
        }
    }
}

async fn of_table(
    transaction: &mut Transaction,
    table: &'static str,
    name: String,
) -> Result<TableProof, DatabaseError> {
    let mut shape = Shape::read(transaction, &name).await?;
    let order = shape.order(transaction.dialect());
    // The databases need not agree on the order of the columns.
    shape.columns.sort_by(|a, b| a.name.cmp(&b.name));
    let select = query(format!(
        "SELECT {} FROM {name} ORDER BY {order}",
        shape.names()
    ));
    let mut hasher = Sha256::new();
    let mut count = 0;
    let mut rows = transaction.fetch(&select);
    while let Some(row) = rows.next().await {
        count += 1;
        for cell in row?.cells()? {
            update(&mut hasher, &cell);
        }
    }
    Ok(TableProof {
        table,
        rows: count,
        digest: hasher.finalize().into(),
    })
}

/// Kind, length, value: no two rows give the same bytes.
fn update(hasher: &mut Sha256, cell: &Cell) {
    let (kind, bytes): (u8, &[u8]) = match cell {
        Cell::Null => (0, &[]),
        Cell::Int(int) => (1, &int.to_be_bytes()),
        Cell::Text(text) => (2, text.as_bytes()),
        Cell::Bytes(bytes) => (3, bytes),
    };
    hasher.update([kind]);
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

fn unsigned(position: i64) -> Position {
    u64::try_from(position).unwrap_or_default()
}
