//! What all HTTP surfaces share.

mod client_ip;
mod connection_info;
mod correlation;
mod encoding;
pub mod form;
mod health;
mod metrics;
mod observe;
mod routes;
mod server;
mod sse;
mod table;
mod time;

pub use client_ip::{ClientIp, UserAgent};
pub use correlation::CorrelationId;
pub use encoding::accepts_encoding;
pub use metrics::Metrics;
pub use observe::AskedBy;
pub use server::{Bound, ServeError, bind, serve};
pub use sse::{EVENT_STREAM, accepted, accepts_event_stream, event_stream};
pub use table::Routes;
pub use time::rfc3339_z;
