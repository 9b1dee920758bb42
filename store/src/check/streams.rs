//! Where each stream stands, while the log is walked through.

use std::collections::HashMap;

use super::{Finding, Findings};
use crate::{
    log::{RecordedEvent, StreamId},
    sql::{DatabaseError, Transaction, query},
};

/// The streams of the page at hand; the others rest in the scratch database.
#[derive(Default)]
pub(super) struct Streams {
    touched: HashMap<StreamId, i64>,
}

impl Streams {
    pub(super) async fn prepare(scratch: &mut Transaction) -> Result<Self, DatabaseError> {
        scratch
            .execute(query(
                "CREATE TABLE check_streams (aggregate_type TEXT NOT NULL, \
                 aggregate_id TEXT NOT NULL, sequence INTEGER NOT NULL, \
                 PRIMARY KEY (aggregate_type, aggregate_id)) STRICT, WITHOUT ROWID",
            ))
            .await?;
        Ok(Self::default())
    }

    pub(super) async fn check(
        &mut self,
        scratch: &mut Transaction,
        record: &RecordedEvent,
        findings: &mut Findings,
    ) -> Result<(), DatabaseError> {
        let at = match self.touched.get(&record.stream) {
            Some(at) => *at,
            None => resting(scratch, &record.stream).await?,
        };
        let sequence = i64::try_from(record.sequence).unwrap_or(i64::MAX);
        if sequence != at + 1 {
            let position = i64::try_from(record.position).unwrap_or(i64::MAX);
            let problem = format!(
                "sequence is {sequence} where {} comes next in stream {}",
                at + 1,
                record.stream
            );
            findings.add(Finding::of_event(position, "sequence", problem));
        }
        self.touched.insert(record.stream.clone(), sequence);
        Ok(())
    }

    /// Puts the streams of a page to rest.
    pub(super) async fn rest(&mut self, scratch: &mut Transaction) -> Result<(), DatabaseError> {
        for (stream, sequence) in self.touched.drain() {
            scratch
                .execute(
                    query(
                        "INSERT OR REPLACE INTO check_streams \
                         (aggregate_type, aggregate_id, sequence) VALUES ($1, $2, $3)",
                    )
                    .bind(stream.aggregate_type)
                    .bind(stream.aggregate_id)
                    .bind(sequence),
                )
                .await?;
        }
        Ok(())
    }

    /// How many there are.
    pub(super) async fn count(scratch: &mut Transaction) -> Result<u64, DatabaseError> {
        let row = scratch
            .fetch_optional(query("SELECT count(*) FROM check_streams"))
            .await?;
        let count: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

async fn resting(scratch: &mut Transaction, stream: &StreamId) -> Result<i64, DatabaseError> {
    scratch
        .fetch_optional(
            query(
                "SELECT sequence FROM check_streams WHERE aggregate_type = $1 AND aggregate_id = $2",
            )
            .bind(stream.aggregate_type.as_str())
            .bind(stream.aggregate_id.as_str()),
        )
        .await?
        .map_or(Ok(0), |row| row.get(0))
}
