//! The history, sealed and handed out: whatever is done to it behind its back, or to a bundle of it, is
//! found, and where.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

mod support;

mod bundles;
mod command;
mod forged_bundles;
mod persons;
mod sealing;
mod tampered_databases;
