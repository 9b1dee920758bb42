//! Rows with the version of the stream that they are made of, both of one moment: for whoever may
//! want to know later whether something has changed.

use muniment_store::{
    log::StreamId,
    sql::{Database, DatabaseError, Query, Row, query},
};
use uuid::Uuid;

use crate::reads::{mark, taken};

/// A row, and where the stream stood that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<R> {
    pub row: R,
    /// The sequence of the stream's last event; not known while the read model is stopped.
    pub version: Option<u64>,
}

impl<R> Versioned<R> {
    pub(super) const fn unknown(row: R) -> Self {
        Self { row, version: None }
    }

    /// The same, as something else.
    pub fn map<T>(self, to: impl FnOnce(R) -> T) -> Versioned<T> {
        Versioned {
            row: to(self.row),
            version: self.version,
        }
    }
}

/// Where a row is.
pub(super) struct Place<'a> {
    pub columns: &'a str,
    /// Called as its read model is.
    pub table: &'static str,
    pub id: Uuid,
    pub stream: StreamId,
}

impl Place<'_> {
    /// One statement, which sees one moment.
    fn query(&self) -> Query<'static> {
        let Self { columns, table, .. } = self;
        let mark = mark(table);
        query("SELECT found.*, (SELECT max(sequence) FROM events WHERE ")
            .push_with("aggregate_type = {}", self.stream.aggregate_type.as_str())
            .push_with(" AND aggregate_id = {}", self.stream.aggregate_id.as_str())
            .push(") AS stream_version FROM (")
            .push(&format!("SELECT {columns}, {mark} FROM {table} WHERE "))
            .push_with("id = {}) found", self.id)
    }
}

/// The row of a read model that is not stopped, if it has it.
pub(super) async fn find<R>(
    database: &Database,
    place: Place<'_>,
    read: fn(&Row) -> Result<R, DatabaseError>,
) -> Result<Option<Versioned<R>>, DatabaseError> {
    let Some(found) = database.fetch_optional(place.query()).await? else {
        return Ok(None);
    };
    if taken(&found)?.is_some() {
        return Ok(None);
    }
    let version: Option<i64> = found.get("stream_version")?;
    Ok(Some(Versioned {
        row: read(&found)?,
        version: version.and_then(|version| u64::try_from(version).ok()),
    }))
}
