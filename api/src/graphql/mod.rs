//! The GraphQL API (contract graphql.md): what the self-service pages speak, and, deprecated,
//! external tools by bearer token.
//!
//! Decides what a requester may see and in which order a mutation looks at its input. What happens
//! to accounts is decided in `accounts`; nothing here touches the log or holds SQL.

mod access;
mod body;
mod called;
mod calls;
#[expect(clippy::unused_async, reason = "resolvers are async")]
mod connection;
mod context;
mod cors;
mod deprecation;
mod event_stream;
mod history;
mod id;
mod limits;
mod loaders;
mod mutations;
mod operation;
mod playground;
#[expect(clippy::unused_async, reason = "resolvers are async")]
mod queries;
mod refusal;
mod requester;
mod schema;
mod shown;
mod subscriptions;
mod transport;
#[expect(clippy::unused_async, reason = "resolvers are async")]
mod types;

#[cfg(test)]
pub(crate) mod tests;

pub use calls::GraphqlCalls;
pub use operation::Operation;
pub use schema::schema_sdl;
pub use transport::{GraphqlOptions, routes};
