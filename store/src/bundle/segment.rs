//! Checking one segment by itself. What it has to do with the others is told from the outcome.

use std::collections::{HashMap, hash_map};

use sha2::{Digest, Sha256};

use super::{
    format::{BundleError, Segment},
    line::{Entry, Omission},
    reader::Entries,
};
use crate::{
    check::{Finding, Findings},
    log::{RecordedEvent, StreamId, leaf_hash},
    tree::{Frontier, Hash},
};

/// A stream in few bytes, however it is called.
pub(super) type StreamKey = [u8; 16];

/// What a segment came to.
#[derive(Default)]
pub(super) struct Checked {
    /// Complete subtrees by their levels: of each event, worked out from its bytes, and of what is left
    /// out.
    pub subtrees: Vec<(u32, Hash)>,
    pub events: u64,
    pub streams: HashMap<StreamKey, Run>,
    pub first_time: Option<i64>,
    pub last_time: i64,
    pub findings: Findings,
}

/// The events of a stream.
pub(super) struct Run {
    /// Sequence and position of the first.
    pub first: (u64, u64),
    /// The sequence of the last.
    pub last: u64,
}

impl Checked {
    fn leaf(&mut self, hash: Hash) {
        self.subtrees.push((0, hash));
        self.events += 1;
    }
}

fn key(stream: &StreamId) -> StreamKey {
    let mut hasher = Sha256::new();
    hasher.update(&stream.aggregate_type);
    hasher.update([0u8]);
    hasher.update(&stream.aggregate_id);
    let digest: [u8; 32] = hasher.finalize().into();
    let mut key = StreamKey::default();
    key.copy_from_slice(&digest[..16]);
    key
}

/// Which events are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    All,
    /// Those about one person.
    Some,
}

impl Extent {
    /// Whether an event is not where its sequence belongs, after one of its stream or as the first.
    pub fn misplaced(self, position: u64, sequence: u64, last: u64) -> Option<Finding> {
        let next = last.wrapping_add(1);
        let problem = match self {
            Self::All if sequence != next => {
                format!("sequence is {sequence} where {next} comes next in its stream")
            }
            Self::Some if sequence <= last => {
                format!("sequence is {sequence} after {last} of its stream")
            }
            _ => return None,
        };
        Some(Finding::of_event(signed(position), "sequence", problem))
    }
}

pub(super) fn back_in_time(position: u64) -> Finding {
    let problem = "recorded_at is before that of the event before";
    Finding::of_event(signed(position), "recorded_at", problem)
}

fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// Reads a segment to its end. That it cannot be read at all is an error.
pub(super) fn check(
    entries: Entries,
    segment: &Segment,
    extent: Extent,
) -> Result<Checked, BundleError> {
    let mut checked = Checked {
        last_time: i64::MIN,
        ..Checked::default()
    };
    let mut stored = Frontier::default();
    let mut expected = segment.first;
    for entry in entries {
        let event = match entry {
            Ok(Entry::Event(event)) => event,
            Ok(Entry::Omission(omission)) => {
                omitted(&omission, &mut expected, &mut checked, extent);
                continue;
            }
            Err(BundleError::Malformed { reason, .. }) => {
                let problem = format!("{}: {reason}", segment.file);
                checked
                    .findings
                    .add(Finding::of_event(signed(expected), "line", problem));
                checked.leaf(Hash::default());
                stored.push(Hash::default());
                expected = expected.saturating_add(1);
                continue;
            }
            Err(error) => return Err(error),
        };
        density(event.position, &mut expected, &mut checked.findings);
        stored.push(event.leaf_hash);
        alone(&event, &mut checked, extent);
    }
    if expected <= segment.last {
        let problem = match segment.last - expected {
            0 => "the event is missing".to_owned(),
            _ => format!("this event and those up to {} are missing", segment.last),
        };
        let finding = Finding::of_event(signed(expected), "position", problem);
        checked.findings.add(finding);
    }
    if expected > segment.last.saturating_add(1) {
        let problem = format!("{} ends at {}", segment.file, segment.last);
        let finding = Finding::of_event(signed(segment.last), "position", problem);
        checked.findings.add(finding);
    }
    // What was changed together with its leaf hash.
    if checked.findings.is_empty() && stored.root() != segment.root.0 {
        checked.findings.add(Finding {
            table: "events".to_owned(),
            place: format!("positions {} to {}", segment.first, segment.last),
            column: None,
            problem: "one of the events is not what was exported".to_owned(),
        });
    }
    Ok(checked)
}

/// Positions are in order and without gaps.
fn density(position: u64, expected: &mut u64, findings: &mut Findings) {
    let problem = if position == *expected {
        None
    } else if position.checked_sub(1) == Some(*expected) {
        Some(format!("the event is missing, {position} follows"))
    } else if position > *expected {
        let last = position - 1;
        Some(format!("this event and those up to {last} are missing"))
    } else {
        Some(format!("the event of position {position} is in its place"))
    };
    if let Some(problem) = problem {
        findings.add(Finding::of_event(signed(*expected), "position", problem));
    }
    *expected = position.saturating_add(1);
}

/// What the bundle has no events of.
fn omitted(omission: &Omission, expected: &mut u64, checked: &mut Checked, extent: Extent) {
    density(omission.first, expected, &mut checked.findings);
    let problem = match omission.parts() {
        None => "the hashes of what is left out from here are not all there",
        Some(parts) => {
            *expected = omission.last.saturating_add(1);
            if extent == Extent::Some {
                checked.subtrees.extend(parts);
                return;
            }
            "it is left out of a bundle that is to leave out nothing"
        }
    };
    let position = signed(omission.first);
    checked
        .findings
        .add(Finding::of_event(position, "position", problem));
}

fn alone(event: &RecordedEvent, checked: &mut Checked, extent: Extent) {
    let position = event.position;
    let leaf = leaf_hash(event);
    checked.leaf(leaf);
    if leaf != event.leaf_hash {
        let problem = "leaf hash differs from the stored bytes";
        let finding = Finding::of_event(signed(position), "leaf_hash", problem);
        checked.findings.add(finding);
    }
    if event.recorded_at < checked.last_time {
        checked.findings.add(back_in_time(position));
    }
    checked.first_time.get_or_insert(event.recorded_at);
    checked.last_time = checked.last_time.max(event.recorded_at);
    match checked.streams.entry(key(&event.stream)) {
        hash_map::Entry::Vacant(entry) => {
            entry.insert(Run {
                first: (event.sequence, position),
                last: event.sequence,
            });
        }
        hash_map::Entry::Occupied(mut entry) => {
            let run = entry.get_mut();
            if let Some(finding) = extent.misplaced(position, event.sequence, run.last) {
                checked.findings.add(finding);
            }
            run.last = event.sequence;
        }
    }
}
