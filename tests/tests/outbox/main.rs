//! What is to be done outside of the database: written with what makes it necessary, done by one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod appending;
mod jobs;
mod schedule;
mod support;
mod working;
