//! The REST Admin API (contract admin-api.md): operators' tools act on everybody's data with a
//! bearer token of scope `urn:mas:admin`, or of a part of it.
//!
//! One file an operation. Each decides only what its own request means; who may call it is decided
//! in `guard`, around every operation, and the rules on accounts are in `accounts`.

mod answer;
mod audit;
mod body;
mod caller;
mod compat_sessions;
mod condition;
#[cfg(test)]
mod contract_tests;
mod cors;
mod document;
mod envelope;
mod error;
mod events;
mod guard;
mod idempotency;
mod known;
mod methods;
mod oauth2_clients;
mod oauth2_sessions;
mod operations;
mod parameter_schemas;
mod path;
mod personal_sessions;
mod policy_data;
mod query;
mod rights;
mod routes;
mod schema;
mod server;
mod shown;
mod swagger;
#[cfg(test)]
mod tests;
mod upstream_oauth_links;
mod upstream_oauth_providers;
mod user_emails;
mod user_registration_tokens;
mod user_sessions;
mod users;

pub use document::openapi_document;
pub use routes::routes;

use caller::Caller;
use error::AdminError;
