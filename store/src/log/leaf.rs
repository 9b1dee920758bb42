//! The leaf hash of an event: RFC 6962 section 2.1 over everything that is stored of it.

use sha2::{Digest, Sha256};

use super::RecordedEvent;

/// `SHA-256(0x00 || fields)`, each field preceded by its length in four bytes, big-endian; numbers
/// are eight bytes, big-endian. `events_place_foreign` in `migrations/postgres/0001_log.sql` does the
/// same.
#[must_use]
pub fn leaf_hash(event: &RecordedEvent) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0u8]);
    write(event, |bytes| hasher.update(bytes));
    hasher.finalize().into()
}

/// An event as a leaf of the tree.
pub(crate) struct Leaf<'a>(pub &'a RecordedEvent);

impl ct_merkle::HashableLeaf for Leaf<'_> {
    fn hash<H: sha2_of_ct_merkle::digest::Update>(&self, hasher: &mut H) {
        write(self.0, |bytes| hasher.update(bytes));
    }
}

fn write(event: &RecordedEvent, mut update: impl FnMut(&[u8])) {
    let mut field = |bytes: &[u8]| {
        // A field is bounded by the request body limit, far below 4 GiB.
        update(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        update(bytes);
    };
    field(&event.position.to_be_bytes());
    field(event.event_id.as_bytes());
    field(&event.recorded_at.to_be_bytes());
    field(event.stream.aggregate_type.as_bytes());
    field(event.stream.aggregate_id.as_bytes());
    field(&event.sequence.to_be_bytes());
    field(event.event_type.as_bytes());
    field(event.event_version.as_bytes());
    field(event.payload.as_bytes());
    field(event.metadata.as_bytes());
}
