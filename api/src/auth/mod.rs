//! Who is asking, and what they may do: decided here and nowhere else.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the endpoints that use it come next")
)]
pub mod assertion;
mod bearer;
pub mod clients;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the endpoints that use it come next")
)]
pub mod jwks;
mod requester;
pub mod token;

pub use bearer::{BearerError, Refusal, authenticate};
pub use clients::{Client, Clients};
pub use requester::{Actor, Requester};
