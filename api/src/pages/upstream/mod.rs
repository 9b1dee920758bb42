//! `/upstream/…`: signing in with another service (contract oauth2.md 16).
//!
//! - [`leave`]: the way there.
//! - [`answered`], [`posted`]: back with a code, in the query or a form.
//! - [`show`], [`submit`]: whoever came back arrives: at an account, or at a registration.
//! - [`signed_out`]: the other service says that somebody signed out there.

mod authorize;
mod callback;
mod import;
mod link;
mod logout;

pub use authorize::leave;
pub use callback::{answered, posted};
pub use link::{show, submit};
pub use logout::signed_out;

use std::sync::Arc;

use muniment_domain::UpstreamProviderId;

use super::{PageError, Visit};
use crate::upstream::{Provider, UpstreamError};

fn enabled(visit: &Visit, id: &str) -> Result<Arc<Provider>, PageError> {
    let id: UpstreamProviderId = id.parse().map_err(|_| PageError::NotFound)?;
    let provider = visit.app.upstream.enabled(id).cloned();
    provider.ok_or(PageError::NotFound)
}

/// For the log in full, for the reader as a page.
fn failed(provider: &Provider, error: &UpstreamError) -> PageError {
    tracing::warn!(%error, provider.id = %provider.settings.id, "signing in elsewhere failed");
    PageError::Upstream
}
