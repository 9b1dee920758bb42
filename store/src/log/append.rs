//! What goes into the log in one piece.

use std::collections::HashSet;

use muniment_domain::{Claim, ClaimKind, Event};
use uuid::Uuid;

use super::{Metadata, Position, StreamId};
use crate::vault::VaultWrite;

/// One atomic unit of writing.
#[derive(Debug, Clone)]
pub struct Append {
    pub streams: Vec<StreamAppend>,
    pub claims: Vec<Claim>,
    /// Kinds of claims that may be held by several owners in this append; others are exclusive.
    pub shared_claims: HashSet<ClaimKind>,
    pub vault: Vec<VaultWrite>,
    pub idempotency: Option<IdempotencyKey>,
    pub metadata: Metadata,
}

impl Append {
    #[must_use]
    pub fn new(metadata: Metadata) -> Self {
        Self {
            streams: Vec::new(),
            claims: Vec::new(),
            shared_claims: HashSet::new(),
            vault: Vec::new(),
            idempotency: None,
            metadata,
        }
    }

    pub(super) fn event_count(&self) -> usize {
        self.streams.iter().map(|stream| stream.events.len()).sum()
    }

    pub(crate) fn claim_mode(&self, kind: ClaimKind) -> ClaimMode {
        if self.shared_claims.contains(&kind) {
            ClaimMode::Shared
        } else {
            ClaimMode::Exclusive
        }
    }
}

/// Whether a taken value may be taken again by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimMode {
    Exclusive,
    Shared,
}

/// Events for one stream, which must stand at `expected_version`.
#[derive(Debug, Clone)]
pub struct StreamAppend {
    pub stream: StreamId,
    /// The sequence of the stream's last event; 0 for a stream that does not exist yet.
    pub expected_version: u64,
    pub events: Vec<NewEvent>,
}

/// An event with its stored form.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub event_id: Uuid,
    /// For the read models; never stored.
    pub event: Event,
    pub event_type: String,
    pub event_version: String,
    /// JSON with personal data sealed.
    pub payload: String,
    pub subject: Option<Uuid>,
}

/// Makes an append happen at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub key: String,
    /// SHA-256 of what was asked, so that a reused key with another request is noticed.
    pub digest: [u8; 32],
}

/// The proof that an append is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub first_position: Position,
    pub last_position: Position,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    /// The idempotency key was known: nothing was written now, the positions are those of then.
    pub repeated: bool,
}
