//! `muniment log check`: a sound log passes, and whatever is done to it behind its back is found and
//! named.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

mod support;

mod command;
mod corruptions;
mod forgeries;
mod sound;
