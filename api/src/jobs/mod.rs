//! What happens outside of requests: effects from the outbox, and work that comes round again.
//!
//! [`Effect`] is what can be done, `perform` how; [`Worker`] takes items and does them, and runs the
//! jobs of `scheduled`. An effect is enqueued in the transaction that makes it necessary (see
//! [`muniment_store::outbox`]) and looks at the state of things when it is done, not when it was
//! enqueued. Applying events to read models, also again, enqueues nothing.

mod devices;
mod effect;
mod metrics;
mod perform;
mod scheduled;
#[cfg(test)]
mod tests;
mod worker;

pub use devices::devices_in;
pub use effect::{Effect, EnqueueError};
pub use metrics::JobMetrics;
pub use worker::Worker;
