//! Read models: what the surfaces answer from.
//!
//! Projections are applied inside the append's own transaction, so that a read after a write sees
//! it; the same code rebuilds them from the first event. Nothing here has a side effect beyond the
//! read models' rows.

mod batch;
mod browser_sessions;
mod check;
mod checkpoint;
mod compat_sessions;
mod erasures;
mod follower;
mod forget;
mod oauth2_clients;
mod oauth2_sessions;
mod personal_sessions;
mod policy_data;
mod projection;
pub mod queries;
mod reads;
mod rebuild;
mod registration_tokens;
mod replay;
mod stopping;
mod then;
mod upstream_links;
mod user_emails;
mod users;

pub use check::{ComparedTable, Discrepancy};
pub use follower::{Projections, ProjectionsError};
pub use projection::{Projection, Target, Write};
pub use reads::Reads;
pub use rebuild::Progress;
pub use replay::{Leaves, Replay};
pub use then::Then;
