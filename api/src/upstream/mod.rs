//! Other services that people sign in with: what is asked of them, and what is believed of their
//! answers (contract oauth2.md 16). What comes of it for accounts is decided in `accounts` and
//! `pages/upstream`.
//!
//! ID tokens and the token endpoint are the `openidconnect` crate's business. The other tokens of
//! this protocol family, for which it has no words (assertions, logout tokens, signed userinfo), are
//! verified and made as everywhere here, by `signing`.

mod authorize;
mod claims;
mod credential;
mod error;
mod exchange;
mod id_token;
mod logout;
mod metadata;
mod provider;
mod templates;
mod userinfo;

#[cfg(test)]
mod tests;

pub use authorize::{Asked, Secrets};
pub use claims::Told;
pub use error::UpstreamError;
pub use logout::LogoutToken;
pub use provider::Provider;

use std::{sync::Arc, time::Duration};

use muniment_domain::UpstreamProviderId;
use reqwest::{Method, Request, StatusCode};
use serde_json::Value;
use url::Url;

use crate::{outward::Outward, signing::Algorithm};
use metadata::Endpoints;

/// How long a provider's metadata is believed.
const METADATA_REMEMBERED: Duration = Duration::from_secs(300);
/// The same of its keys: when it changes them, nobody waits longer than this.
const KEYS_REMEMBERED: Duration = Duration::from_secs(60);

/// All providers of the configuration, and what they have said of themselves lately.
#[derive(Debug)]
pub struct Upstream {
    providers: Vec<Arc<Provider>>,
    outward: Outward,
    endpoints: moka::future::Cache<UpstreamProviderId, Arc<Endpoints>>,
    keys: moka::future::Cache<Url, Arc<Value>>,
}

impl Upstream {
    pub fn new(providers: Vec<Provider>) -> Self {
        let capacity = providers.len() as u64;
        Self {
            providers: providers.into_iter().map(Arc::new).collect(),
            outward: Outward::default(),
            endpoints: moka::future::Cache::builder()
                .max_capacity(capacity)
                .time_to_live(METADATA_REMEMBERED)
                .build(),
            keys: moka::future::Cache::builder()
                .max_capacity(capacity)
                .time_to_live(KEYS_REMEMBERED)
                .build(),
        }
    }

    /// In the configuration's order, those that are switched off too.
    pub fn all(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// One, even when it is switched off.
    pub fn find(&self, id: UpstreamProviderId) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// One that is switched on.
    pub fn enabled(&self, id: UpstreamProviderId) -> Option<&Arc<Provider>> {
        self.find(id).filter(|provider| provider.settings.enabled)
    }

    async fn endpoints(&self, provider: &Provider) -> Result<Arc<Endpoints>, UpstreamError> {
        self.endpoints
            .try_get_with(provider.id, async {
                metadata::find(&self.outward, provider).await.map(Arc::new)
            })
            .await
            .map_err(|error: Arc<UpstreamError>| (*error).clone())
    }

    /// The provider's set of keys, as it publishes it; an empty one where it signs with a secret
    /// of both.
    async fn keys(
        &self,
        endpoints: &Endpoints,
        algorithm: Algorithm,
    ) -> Result<Arc<Value>, UpstreamError> {
        if algorithm.is_shared() {
            return Ok(Arc::new(serde_json::json!({"keys": []})));
        }
        let url = endpoints.jwks_uri.as_ref();
        let url = url.ok_or(UpstreamError::MissingEndpoint("jwks_uri"))?;
        self.keys
            .try_get_with_by_ref(url, async {
                get_json(&self.outward, url.clone()).await.map(Arc::new)
            })
            .await
            .map_err(|error: Arc<UpstreamError>| (*error).clone())
    }
}

async fn get_json(outward: &Outward, url: Url) -> Result<Value, UpstreamError> {
    let answer = outward.send(Request::new(Method::GET, url)).await?;
    if answer.status != StatusCode::OK {
        return Err(UpstreamError::Status(answer.status.as_u16()));
    }
    serde_json::from_slice(&answer.body).map_err(|_| UpstreamError::NotJson)
}
