//! One way to speak SQL to SQLite and to PostgreSQL.
//!
//! Statements use `$1`-style parameters and the types that both databases share: UUIDs, texts,
//! 64-bit integers (times are microseconds since 1970), booleans and bytes. What differs between
//! the dialects is written out where it is used.

mod cell;
mod connect;
mod database;
mod error;
mod query;
mod repeated;
mod row;
mod scratch;
mod scrub;
mod shape;
mod transaction;

pub use cell::Cell;
pub use connect::DatabaseOptions;
pub use database::{Database, Dialect};
pub use error::{DatabaseError, OpenError};
pub use query::{Query, Value, batches, query, statements};
pub use repeated::Repeated;
pub use row::Row;
pub use scratch::{scratch, scratch_database};
pub use shape::{Column, Shape};
pub use transaction::Transaction;
