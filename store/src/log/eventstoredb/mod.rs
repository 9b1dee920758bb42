//! The log of record in EventStoreDB or KurrentDB, with the database following it.
//!
//! One stream is the log: the event at position `n` is its revision `n - 1`. Every write names the
//! revision it expects, so whatever was decided on an older state is refused by the server, whoever
//! holds which lock. docs/adr/0008-eventstoredb.md says why it is so.
//!
//! The `eventstore` crate installs a rustls provider when its first client is made, and panics if
//! there is one already: call [`start`] before anything else installs one.

mod catching_up;
mod error;
mod following;
mod link;
mod origin;
mod staging;
mod uploading;
mod wire;

pub use error::EventStoreDbError;
pub use uploading::{UploadProgress, Uploaded, upload};

use std::sync::Arc;

use self::{link::Link, origin::Origin};
use super::{Follower, SqlLog, Upstream};
use crate::{Clock, claims::ClaimHasher, codec::Codec, sql::Database};

/// The stream that is the log, unless the configuration names another.
pub const DEFAULT_STREAM: &str = "muniment-log";

/// Where the log of record is.
#[derive(Clone)]
pub struct EventStoreDbOptions {
    /// `esdb://…` or `esdb+discover://…`; may hold a password.
    pub uri: String,
    pub stream: String,
}

impl EventStoreDbOptions {
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            stream: DEFAULT_STREAM.to_owned(),
        }
    }

    /// Whether the connection string can be understood, and if not, why.
    pub fn check(&self) -> Result<(), EventStoreDbError> {
        link::parse(&self.uri).map(|_| ())
    }
}

impl std::fmt::Debug for EventStoreDbOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStoreDbOptions")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

/// Brings the database up to the log of record and starts the writer. Must be called within a Tokio
/// runtime.
pub async fn start(
    options: &EventStoreDbOptions,
    database: Database,
    clock: Arc<dyn Clock>,
    hasher: ClaimHasher,
    codec: Codec,
    follower: Arc<dyn Follower>,
) -> Result<SqlLog, EventStoreDbError> {
    let origin = Origin {
        link: Arc::new(Link::open(&options.uri)?),
        stream: options.stream.clone().into(),
        database: database.clone(),
        hasher: hasher.clone(),
        codec,
        follower: follower.clone(),
    };
    origin.catch_up().await?;
    let upstream = Arc::new(following::Followed::start(origin));
    let log = SqlLog::start_behind(
        Some(upstream.clone() as Arc<dyn Upstream>),
        database,
        clock,
        hasher,
        follower,
    )
    .await?;
    upstream.watch(&log);
    Ok(log)
}
