//! What every `EventLog` promises. One suite, run against each backend.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

mod support;

mod batches;
mod claims;
mod closing;
mod conflicts;
mod finding;
mod folding;
mod followers;
mod giving_up;
mod idempotency;
mod journal;
mod order;
mod personal_data;
mod processes;
mod reading;
mod tail;
mod vault;
