//! What the server holds: all events in one order, and which of them each stream has.

use std::collections::HashMap;

use uuid::Uuid;

/// What a client gives, and gets back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    pub id: Uuid,
    /// `type`, `content-type`.
    pub metadata: HashMap<String, String>,
    pub custom_metadata: Vec<u8>,
    pub data: Vec<u8>,
}

/// An event at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub stream: String,
    pub revision: u64,
    /// In `$all`. Grows, with gaps, as the real one's byte offsets do.
    pub position: u64,
    pub event: Proposed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Any,
    NoStream,
    StreamExists,
    Revision(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Now, or by an earlier attempt with the same event ids.
    At { revision: u64, position: u64 },
    /// Where the stream stands instead.
    WrongVersion(Option<u64>),
}

const STRIDE: u64 = 61;

#[derive(Debug, Default)]
pub struct Memory {
    all: Vec<Stored>,
    streams: HashMap<String, Vec<usize>>,
}

impl Memory {
    pub fn append(&mut self, stream: &str, expected: Expected, events: Vec<Proposed>) -> Written {
        let current = self.last_revision(stream);
        let fits = match expected {
            Expected::Any => true,
            Expected::NoStream => current.is_none(),
            Expected::StreamExists => current.is_some(),
            Expected::Revision(revision) => current == Some(revision),
        };
        if !fits {
            return self
                .written_before(stream, expected, &events)
                .unwrap_or(Written::WrongVersion(current));
        }
        let mut written = Written::WrongVersion(current);
        for (event, revision) in events.into_iter().zip(current.map_or(0, |last| last + 1)..) {
            let position = (self.all.len() as u64 + 1) * STRIDE;
            self.streams
                .entry(stream.to_owned())
                .or_default()
                .push(self.all.len());
            self.all.push(Stored {
                stream: stream.to_owned(),
                revision,
                position,
                event,
            });
            written = Written::At { revision, position };
        }
        written
    }

    /// The same ids at the place where they were to be written are a repetition, not a conflict.
    fn written_before(
        &self,
        stream: &str,
        expected: Expected,
        events: &[Proposed],
    ) -> Option<Written> {
        let first = match expected {
            Expected::NoStream => 0,
            Expected::Revision(revision) => revision + 1,
            Expected::Any | Expected::StreamExists => return None,
        };
        let there = self.stream_from(stream, first);
        let same = there.len() >= events.len()
            && there.iter().zip(events).all(|(a, b)| a.event.id == b.id);
        let last = there.get(events.len().checked_sub(1)?)?;
        same.then_some(Written::At {
            revision: last.revision,
            position: last.position,
        })
    }

    pub fn last_revision(&self, stream: &str) -> Option<u64> {
        self.streams
            .get(stream)
            .map(|indices| indices.len() as u64 - 1)
    }

    /// The events of a stream from a revision on.
    pub fn stream_from(&self, stream: &str, revision: u64) -> Vec<&Stored> {
        let skipped = usize::try_from(revision).unwrap_or(usize::MAX);
        self.streams
            .get(stream)
            .into_iter()
            .flatten()
            .skip(skipped)
            .map(|index| &self.all[*index])
            .collect()
    }

    /// All events from a position on.
    pub fn all_from(&self, position: u64) -> Vec<&Stored> {
        let from = self.all.partition_point(|event| event.position < position);
        self.all[from..].iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u128) -> Proposed {
        Proposed {
            id: Uuid::from_u128(id),
            metadata: HashMap::new(),
            custom_metadata: Vec::new(),
            data: Vec::new(),
        }
    }

    #[test]
    fn the_expected_revision_decides() {
        let mut memory = Memory::default();
        let written = memory.append("a", Expected::Revision(0), vec![event(1)]);
        assert_eq!(written, Written::WrongVersion(None));
        memory.append("a", Expected::NoStream, vec![event(1), event(2)]);
        let written = memory.append("a", Expected::NoStream, vec![event(3)]);
        assert_eq!(written, Written::WrongVersion(Some(1)));
        let written = memory.append("a", Expected::Revision(1), vec![event(3)]);
        assert!(matches!(written, Written::At { revision: 2, .. }));
    }

    #[test]
    fn what_is_written_again_with_the_same_ids_is_there_once() {
        let mut memory = Memory::default();
        let first = memory.append("a", Expected::NoStream, vec![event(1), event(2)]);
        memory.append("a", Expected::Revision(1), vec![event(3)]);
        let again = memory.append("a", Expected::NoStream, vec![event(1), event(2)]);
        assert_eq!(again, first);
        assert_eq!(memory.all_from(0).len(), 3);
    }
}
