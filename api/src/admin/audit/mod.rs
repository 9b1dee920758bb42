//! Ours: what the history was sealed as, and proofs about it.

mod answer;
mod consistency;
mod get;
mod inclusion;
mod latest;
mod list;
mod resource;

use super::query::{Asking, Paged};
use resource::AuditCheckpoint;

pub type Operations = (
    latest::GetLatestAuditCheckpoint,
    Paged<list::ListAuditCheckpoints, list::AuditCheckpointFilters>,
    get::GetAuditCheckpoint,
    Asking<inclusion::GetInclusionProof, inclusion::InclusionQuery>,
    Asking<consistency::GetConsistencyProof, consistency::ConsistencyQuery>,
);
