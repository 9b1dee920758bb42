//! The read models: they follow every append, can be rebuilt to the same rows, and answer queries.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

mod support;

mod histories;
mod paging;
mod policy_data;
mod read_your_writes;
mod rebuild;
mod session_kinds;
mod sessions;
mod stopped;
mod tokens;
mod user_filters;
mod versions;
