//! What all HTTP surfaces share.

mod correlation;
mod health;
mod observe;
mod pages;
mod routes;
mod server;
mod time;

pub use correlation::CorrelationId;
pub use server::{ServeError, bind, serve};
pub use time::rfc3339_z;
