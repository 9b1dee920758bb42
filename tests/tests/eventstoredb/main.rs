//! What can go wrong between Muniment and EventStoreDB. Always against the server in this process,
//! because that one fails when it is told to.

#![cfg(feature = "eventstoredb")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail where they stand"
)]

mod support;

mod catching_up;
mod connection;
mod divergence;
mod server;
mod staging;
mod uploading;
