//! What all HTTP surfaces share.

mod client_ip;
mod correlation;
mod health;
mod metrics;
mod observe;
mod pages;
mod routes;
mod server;
mod time;

pub use client_ip::{ClientIp, UserAgent};
pub use correlation::CorrelationId;
pub use metrics::Metrics;
pub use server::{ServeError, bind, serve};
pub use time::rfc3339_z;
