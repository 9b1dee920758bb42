//! Who is asking, and what they may do: decided here and nowhere else.

pub mod assertion;
mod bearer;
pub mod clients;
pub mod jwks;
mod requester;
pub mod token;

pub use bearer::{BearerError, Refusal, authenticate};
pub use clients::{Client, Clients};
pub use requester::{Actor, Requester};
