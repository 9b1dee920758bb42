//! What the black-box tests stand on.
//!
//! - [`each_backend!`] makes `…::sqlite` and `…::postgres` of one test body, which is given a
//!   [`TestDatabase`] of its own: an SQLite file in a temporary folder, or a fresh PostgreSQL
//!   database. Neither is ever skipped: without a PostgreSQL server the test fails.
//! - [`each_log!`] makes `…::eventstoredb` too, on a server in the same process that speaks the real
//!   protocol, or on the real one that `EVENTSTOREDB_URL` names.
//! - [`TestLog`] puts a whole log together on it: keys, codec, read models, writer and journal.
//! - [`rich_history`] fills a log with something of everything.
//! - [`TestClock`] stands still until it is told otherwise; [`TestEntropy`] is seeded, or real where
//!   several processes must not draw the same.
//! - [`within`] is how a test waits: for something to happen, never for time to pass.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot be set up has to fail where it stands"
)]

mod ambient;
mod backend;
pub mod beside;
pub mod browser;
mod database;
#[cfg(feature = "eventstoredb")]
pub mod eventstoredb;
mod history;
mod log;
pub mod mailbox;
pub mod node;
pub mod plans;
mod postgres;
mod proxy;
pub mod python;
mod sealing;
pub mod server;
mod sessions;
mod soundness;
pub mod sse;
pub mod traces;

pub use ambient::{TestClock, TestEntropy};
pub use backend::{Backend, LIMIT, give_up_after, run, within};
pub use database::TestDatabase;
pub use history::{Cast, destroy_erased, rich_history, rich_history_under};
pub use log::{Follow, LogSetup, TestLog, add_email, client, register, username};
pub use proxy::Proxy;
pub use sealing::{audit_signer, seal, seal_with};
pub use server::TestServer;
pub use sessions::{
    AGENT, Sessions, rows_of_every_kind, sign_in_everywhere, sign_in_everywhere_as,
};
pub use soundness::{assert_log_sound, assert_sound};
