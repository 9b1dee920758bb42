//! What was: the log replayed beside the live read models, and accounts as they stood at a moment.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

mod admin_api;
mod diff;
mod replay;
mod replay_command;
mod serve;
mod show;
mod support;
