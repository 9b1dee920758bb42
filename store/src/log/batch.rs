//! Deciding a batch of appends, each on its own.

use std::collections::{BTreeMap, HashMap};

use super::{
    Append, AppendError, Metadata, Position, Receipt, RecordedEvent, StreamId,
    committer::Answer,
    entries::{Head, Placed},
    leaf::leaf_hash,
};
use crate::claims::{ClaimHasher, ClaimsInBatch};

/// One transaction's worth of decisions.
pub(super) struct Batch<'a> {
    pub head: Head,
    pub recorded_at: i64,
    pub versions: HashMap<StreamId, u64>,
    pub claims: ClaimsInBatch<'a>,
    pub keys: BTreeMap<String, ([u8; 32], Receipt)>,
    pub placed: Vec<Placed>,
    /// Indices of the accepted appends, with their receipts.
    pub accepted: Vec<(usize, Receipt)>,
}

impl<'a> Batch<'a> {
    /// A batch that takes for granted what each append expects of its streams, and that every value
    /// is free. Its decisions count if that turns out to be so.
    pub(super) fn assuming(
        head: Head,
        now: i64,
        appends: &[Append],
        hasher: &'a ClaimHasher,
    ) -> Self {
        let mut versions = HashMap::new();
        for stream in appends.iter().flat_map(|append| &append.streams) {
            versions
                .entry(stream.stream.clone())
                .or_insert(stream.expected_version);
        }
        Self {
            head,
            recorded_at: now.max(head.recorded_at),
            versions,
            claims: ClaimsInBatch::assuming_free(hasher),
            keys: BTreeMap::new(),
            placed: Vec::new(),
            accepted: Vec::new(),
        }
    }

    /// The newest position if the batch is written.
    pub(super) fn last_position(&self) -> Position {
        self.next_position() - 1
    }

    pub(super) fn decide_all(&mut self, appends: &[Append]) -> Vec<Answer> {
        appends
            .iter()
            .enumerate()
            .map(|(index, append)| self.decide(index, append))
            .collect()
    }

    fn decide(&mut self, index: usize, append: &Append) -> Answer {
        if let Some(key) = &append.idempotency
            && let Some((digest, receipt)) = self.keys.get(&key.key)
        {
            return if *digest == key.digest {
                Ok(Receipt {
                    repeated: true,
                    ..*receipt
                })
            } else {
                Err(AppendError::IdempotencyMismatch)
            };
        }
        if append.event_count() == 0 {
            return Err(AppendError::Empty);
        }
        let mut reached = HashMap::new();
        for stream in &append.streams {
            let actual = reached
                .get(&stream.stream)
                .or_else(|| self.versions.get(&stream.stream))
                .copied()
                .unwrap_or(0);
            if actual != stream.expected_version {
                return Err(AppendError::Conflict {
                    stream: stream.stream.clone(),
                    expected: stream.expected_version,
                    actual,
                });
            }
            reached.insert(stream.stream.clone(), actual + stream.events.len() as u64);
        }
        self.claims.check(append)?;
        let metadata = serde_json::to_string(&append.metadata)
            .map_err(|error| AppendError::Failed(error.to_string()))?;

        let first_position = self.next_position();
        for stream in &append.streams {
            for (offset, event) in stream.events.iter().enumerate() {
                let mut record = RecordedEvent {
                    position: self.next_position(),
                    event_id: event.event_id,
                    stream: stream.stream.clone(),
                    sequence: stream.expected_version + offset as u64 + 1,
                    event_type: event.event_type.clone(),
                    event_version: event.event_version.clone(),
                    payload: event.payload.clone(),
                    metadata: metadata.clone(),
                    recorded_at: self.recorded_at,
                    subject: event.subject,
                    leaf_hash: [0; 32],
                };
                record.leaf_hash = leaf_hash(&record);
                self.place(record, &append.metadata);
            }
        }
        self.claims.accept(append);
        self.versions.extend(reached);
        let receipt = Receipt {
            first_position,
            last_position: self.last_position(),
            recorded_at: self.recorded_at,
            repeated: false,
        };
        if let Some(key) = &append.idempotency {
            self.keys.insert(key.key.clone(), (key.digest, receipt));
        }
        self.accepted.push((index, receipt));
        Ok(receipt)
    }

    fn next_position(&self) -> Position {
        self.head.position + self.placed.len() as u64 + 1
    }

    fn place(&mut self, record: RecordedEvent, metadata: &Metadata) {
        self.placed.push(Placed {
            record,
            metadata: metadata.clone(),
        });
    }
}
