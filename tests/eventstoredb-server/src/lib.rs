//! EventStoreDB as far as Muniment uses it, for tests: the real protocol over real connections, events
//! in memory, and failures on request.
//!
//! It answers appends with expected revisions and repeated event ids, reads and subscriptions of one
//! stream or of `$all`, gossip and the list of features. Everything else is unimplemented.

#![expect(
    clippy::result_large_err,
    reason = "tonic's handlers answer with its own error"
)]

mod cluster;
mod connection;
mod discovery;
mod memory;
mod protocol;
mod reading;
mod streams;

pub use cluster::{Cluster, Fault};
pub use memory::{Expected, Proposed, Stored, Written};
