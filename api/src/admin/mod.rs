//! The REST Admin API (contract admin-api.md): operators' tools act on everybody's data with a
//! bearer token of scope `urn:mas:admin`.
//!
//! One file an operation. Each decides only what its own request means; who may call it is decided
//! in `guard`, around every operation, and the rules on accounts are in `accounts`.

mod answer;
mod body;
mod caller;
mod cors;
mod document;
mod envelope;
mod error;
mod guard;
mod methods;
mod operations;
mod path;
mod query;
mod routes;
mod schema;
mod server;
mod swagger;
#[cfg(test)]
mod tests;
mod user_emails;
mod user_sessions;
mod users;

pub use document::openapi_document;
pub use routes::routes;

use caller::Caller;
use error::AdminError;
