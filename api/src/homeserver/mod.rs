//! The homeserver that accounts belong to: what it is asked and told.
//!
//! Everything it is told may be told twice, as the outbox demands. Which implementation is spoken to
//! is decided once, by `matrix.kind`.

mod none;
mod read_only;
mod synapse;
mod user_locks;

use std::sync::Arc;

use async_trait::async_trait;

pub use none::NoHomeserver;
pub use user_locks::UserLocks;

use self::{read_only::ReadOnly, synapse::Synapse};
use crate::config::{self, MatrixKind};

/// Why the homeserver did not do what it was asked. Never holds the shared secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HomeserverError {
    #[error("the homeserver has no such user")]
    UserNotFound,
    /// It may work later.
    #[error("{0}")]
    Unavailable(String),
    /// It will not.
    #[error("{0}")]
    Refused(String),
}

/// A user as the homeserver knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixUser {
    pub displayname: Option<String>,
    /// `mxc://…`
    pub avatar_url: Option<String>,
    pub deactivated: bool,
}

/// What becomes of a display name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DisplayName {
    #[default]
    Keep,
    Set(String),
    #[allow(dead_code, reason = "for those who delete a display name")]
    Unset,
}

/// A user as they should be; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provision {
    pub localpart: String,
    pub displayname: DisplayName,
    /// `mxc://…`
    pub avatar_url: Option<String>,
    /// All of them.
    pub emails: Option<Vec<String>>,
    pub locked: Option<bool>,
}

/// A homeserver. Users are named by the part of their Matrix id before the colon.
#[async_trait]
#[allow(
    dead_code,
    reason = "sessions, pages and APIs that call the rest come one by one"
)]
pub trait Homeserver: Send + Sync + std::fmt::Debug {
    /// Whether there is one at all; if not, there is nothing to tell it.
    fn exists(&self) -> bool;

    async fn query_user(&self, localpart: &str) -> Result<MatrixUser, HomeserverError>;

    /// Whether a new user may have this name; not when it is taken, reserved or not well-formed.
    async fn is_localpart_available(&self, localpart: &str) -> Result<bool, HomeserverError>;

    /// Creates a user or brings them up to date.
    async fn provision_user(&self, user: &Provision) -> Result<(), HomeserverError>;

    /// Creates a device, or gives it this name.
    async fn upsert_device(
        &self,
        localpart: &str,
        device_id: &str,
        display_name: Option<&str>,
    ) -> Result<(), HomeserverError>;

    async fn update_device_display_name(
        &self,
        localpart: &str,
        device_id: &str,
        display_name: &str,
    ) -> Result<(), HomeserverError>;

    async fn delete_device(&self, localpart: &str, device_id: &str) -> Result<(), HomeserverError>;

    /// Makes these all the devices there are: others are deleted, missing ones made.
    async fn sync_devices(
        &self,
        localpart: &str,
        devices: &[String],
    ) -> Result<(), HomeserverError>;

    /// Deactivates a user; with `erase` their data goes as well.
    async fn delete_user(&self, localpart: &str, erase: bool) -> Result<(), HomeserverError>;

    async fn reactivate_user(&self, localpart: &str) -> Result<(), HomeserverError>;

    async fn set_displayname(
        &self,
        localpart: &str,
        displayname: &str,
    ) -> Result<(), HomeserverError>;

    async fn unset_displayname(&self, localpart: &str) -> Result<(), HomeserverError>;

    /// Lets the user replace their cross-signing keys for some minutes without asking them more.
    async fn allow_cross_signing_reset(&self, localpart: &str) -> Result<(), HomeserverError>;

    /// Whether this is the secret that the homeserver shares with us.
    fn verify_token(&self, bearer: &str) -> bool;
}

/// The one that the configuration names. Connects to nothing yet.
pub fn from_config(config: &config::Matrix) -> Result<Arc<dyn Homeserver>, HomeserverError> {
    let synapse = || {
        let (Some(endpoint), Some(secret)) = (&config.endpoint, &config.secret) else {
            let missing = "matrix.endpoint and matrix.secret are needed to speak to a homeserver";
            return Err(HomeserverError::Refused(missing.to_owned()));
        };
        Synapse::new(endpoint, secret.expose())
    };
    Ok(match config.kind {
        MatrixKind::None => Arc::new(NoHomeserver),
        MatrixKind::Synapse | MatrixKind::SynapseModern => Arc::new(synapse()?),
        MatrixKind::SynapseReadOnly => Arc::new(ReadOnly::new(synapse()?)),
        // Refused when the configuration is read, too.
        MatrixKind::SynapseLegacy => {
            return Err(HomeserverError::Refused(config::NO_LEGACY.to_owned()));
        }
    })
}
