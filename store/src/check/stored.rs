//! Events as they lie in the table, also when they are damaged.

use uuid::Uuid;

use crate::{
    log::{RecordedEvent, StreamId},
    sql::{Cell, DatabaseError, Transaction, query},
};

pub(crate) const COLUMNS: [&str; 15] = [
    "position",
    "event_id",
    "aggregate_type",
    "aggregate_id",
    "sequence",
    "event_type",
    "event_version",
    "payload",
    "metadata",
    "recorded_at",
    "actor",
    "correlation_id",
    "causation_id",
    "subject",
    "leaf_hash",
];

/// Where the leaf hash is among them.
pub(crate) const LEAF_HASH: usize = 14;

/// An event with the columns that are derived from its metadata.
pub(crate) struct Stored {
    pub record: RecordedEvent,
    pub actor: String,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
}

/// A row of the events table.
pub(crate) struct StoredRow {
    pub position: i64,
    /// In the order of [`COLUMNS`].
    pub cells: Vec<Cell>,
    /// The event, or the column that is not readable.
    pub read: Result<Stored, &'static str>,
}

/// The events above a position, which may be of any sign.
pub(crate) async fn page(
    live: &mut Transaction,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<StoredRow>, DatabaseError> {
    let mut statement = query(format!("SELECT {} FROM events", COLUMNS.join(", ")));
    if let Some(after) = after {
        statement = statement.push_with(" WHERE position > {}", after);
    }
    live.fetch_all(statement.push_with(" ORDER BY position LIMIT {}", limit))
        .await?
        .iter()
        .map(|row| {
            let cells = row.cells()?;
            Ok(StoredRow {
                position: cells[0].int().unwrap_or_default(),
                read: read(&cells),
                cells,
            })
        })
        .collect()
}

fn read(cells: &[Cell]) -> Result<Stored, &'static str> {
    let text = |n: usize| cells[n].text().map(str::to_owned).ok_or(COLUMNS[n]);
    let int = |n: usize| cells[n].int().ok_or(COLUMNS[n]);
    let unsigned = |n: usize| u64::try_from(int(n)?).map_err(|_| COLUMNS[n]);
    let id = |n: usize| cells[n].uuid().ok_or(COLUMNS[n]);
    let optional_id = |n: usize| match &cells[n] {
        Cell::Null => Ok(None),
        cell => cell.uuid().map(Some).ok_or(COLUMNS[n]),
    };
    Ok(Stored {
        record: RecordedEvent {
            position: unsigned(0)?,
            event_id: id(1)?,
            stream: StreamId {
                aggregate_type: text(2)?,
                aggregate_id: text(3)?,
            },
            sequence: unsigned(4)?,
            event_type: text(5)?,
            event_version: text(6)?,
            payload: text(7)?,
            metadata: text(8)?,
            recorded_at: int(9)?,
            subject: optional_id(13)?,
            // One of another length equals no hash, as this does.
            leaf_hash: match &cells[LEAF_HASH] {
                Cell::Bytes(bytes) => bytes.as_slice().try_into().unwrap_or_default(),
                Cell::Null | Cell::Int(_) | Cell::Text(_) => [0; 32],
            },
        },
        actor: text(10)?,
        correlation_id: id(11)?,
        causation_id: optional_id(12)?,
    })
}
