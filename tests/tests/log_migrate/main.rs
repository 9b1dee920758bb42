//! `muniment log migrate`: a log in another database is the same log.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

mod support;

mod command;
mod interruptions;
mod killed;
mod refusals;
mod sameness;
