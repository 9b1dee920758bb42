//! Whether events are found by what they are about: the index behind the log, held against the log.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use super::{Finding, Findings};
use crate::{
    index::{VERSION, facets_of},
    log::{Metadata, RecordedEvent, signed},
    sql::{DatabaseError, Transaction, query},
};

/// Events whose facets are compared as one.
const GROUP: u64 = 1_000;

/// What a group's facets come to, in whatever order they are read.
type Sum = u128;

pub(super) struct Index {
    /// Up to where the log is indexed.
    position: u64,
    groups: BTreeMap<u64, Sum>,
}

/// Of one facet of one event: no two are likely to cancel each other out.
fn weight(facet: i64, position: u64) -> Sum {
    let mut hasher = Sha256::new();
    hasher.update(facet.to_be_bytes());
    hasher.update(position.to_be_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    let mut start = [0u8; 16];
    start.copy_from_slice(&digest[..16]);
    Sum::from_be_bytes(start)
}

impl Index {
    pub(super) async fn prepare(live: &mut Transaction) -> Result<Self, DatabaseError> {
        let state = query("SELECT position FROM event_index WHERE id = 1 AND version = $1");
        let position: Option<i64> = live
            .read_optional(state.bind(VERSION), |row| row.get("position"))
            .await?;
        Ok(Self {
            // One that was made by other rules is made anew.
            position: position.map_or(0, |at| u64::try_from(at).unwrap_or_default()),
            groups: BTreeMap::new(),
        })
    }

    pub(super) fn take(&mut self, record: &RecordedEvent) {
        if record.position > self.position {
            return;
        }
        let metadata = record.metadata().unwrap_or_else(|_| Metadata::unreadable());
        for facet in facets_of(record, &metadata) {
            self.add(record.position, facet);
        }
    }

    fn add(&mut self, position: u64, facet: i64) {
        let sum = self.groups.entry(position / GROUP).or_default();
        *sum = sum.wrapping_add(weight(facet, position));
    }

    pub(super) async fn compare(
        self,
        live: &mut Transaction,
        findings: &mut Findings,
    ) -> Result<(), DatabaseError> {
        let mut found = Self {
            position: self.position,
            groups: BTreeMap::new(),
        };
        let facets = query("SELECT facet, position FROM event_facets WHERE position <= $1")
            .bind(signed(self.position));
        let mut rows = live.fetch(&facets);
        while let Some(row) = rows.next().await {
            let row = row?;
            let position: i64 = row.get("position")?;
            found.add(
                u64::try_from(position).unwrap_or_default(),
                row.get("facet")?,
            );
        }
        drop(rows);
        let groups = self.groups.keys().chain(found.groups.keys());
        let groups: std::collections::BTreeSet<u64> = groups.copied().collect();
        for group in groups {
            if self.groups.get(&group) != found.groups.get(&group) {
                findings.add(Finding {
                    table: "event_facets".to_owned(),
                    place: format!(
                        "positions {} to {}",
                        group * GROUP,
                        group * GROUP + GROUP - 1
                    ),
                    column: None,
                    problem: "the index is not what the events say".to_owned(),
                });
            }
        }
        Ok(())
    }
}
