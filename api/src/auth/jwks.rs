//! The public keys of clients that publish them (`jwks_uri`), fetched and remembered for a moment.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, redirect};
use tokio::sync::OnceCell;
use url::Url;

use crate::signing::JwkSet;

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 64 * 1024;
/// How long a set is believed: a client that changes its keys waits no longer than this.
const REMEMBERED: Duration = Duration::from_secs(60);
const REMEMBERED_SETS: u64 = 1000;

/// Why there are no keys: `server_error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    #[error("jwks_uri does not begin with https://")]
    NotHttps,
    #[error("this system's certificate authorities cannot be read: {0}")]
    Tls(String),
    #[error("the keys cannot be fetched: {0}")]
    Unreachable(String),
    #[error("the server of the keys answered {0}")]
    Status(u16),
    #[error("the set of keys is larger than 64 KiB")]
    TooLarge,
    #[error("what was fetched is not a set of keys")]
    NotASet,
}

/// Fetches sets of keys. Follows no redirect: the client has registered this address and no other.
#[derive(Debug)]
pub struct RemoteKeys {
    client: OnceCell<Client>,
    known: moka::future::Cache<Url, Arc<JwkSet>>,
}

impl Default for RemoteKeys {
    fn default() -> Self {
        Self {
            client: OnceCell::new(),
            known: moka::future::Cache::builder()
                .max_capacity(REMEMBERED_SETS)
                .time_to_live(REMEMBERED)
                .build(),
        }
    }
}

impl RemoteKeys {
    /// The keys at an address. Those who ask at the same time share one request.
    pub async fn get(&self, url: &Url) -> Result<Arc<JwkSet>, JwksError> {
        if url.scheme() != "https" {
            return Err(JwksError::NotHttps);
        }
        self.get_by_any_scheme(url).await
    }

    async fn get_by_any_scheme(&self, url: &Url) -> Result<Arc<JwkSet>, JwksError> {
        self.known
            .try_get_with_by_ref(url, async {
                let client = self.client.get_or_try_init(async || client()).await?;
                fetch(client, url).await.map(Arc::new)
            })
            .await
            .map_err(|error: Arc<JwksError>| (*error).clone())
    }
}

/// With the system's certificate authorities, and a cryptographic provider of its own: nothing has
/// to be installed for the whole process.
fn client() -> Result<Client, JwksError> {
    let tls = |error: &dyn std::fmt::Display| JwksError::Tls(error.to_string());
    let found = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(tls(&"none was found"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .use_preconfigured_tls(config)
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("muniment/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| tls(&error))
}

async fn fetch(client: &Client, url: &Url) -> Result<JwkSet, JwksError> {
    let mut response = client.get(url.clone()).send().await.map_err(unreachable)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(JwksError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(JwksError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body)
        .ok()
        .and_then(|value| JwkSet::from_value(&value))
        .ok_or(JwksError::NotASet)
}

/// With its causes, and without the address, which the log has beside it.
fn unreachable(error: reqwest::Error) -> JwksError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    JwksError::Unreachable(text)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use poem::{
        EndpointExt, IntoResponse, Response, Route, Server, handler,
        http::StatusCode,
        listener::{Acceptor, Listener, TcpListener},
        web::{Data, Path},
    };

    use super::*;

    #[handler]
    fn answer(Path(name): Path<String>, Data(asked): Data<&Arc<AtomicUsize>>) -> Response {
        asked.fetch_add(1, Ordering::SeqCst);
        match name.as_str() {
            "keys" => r#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}"#.into_response(),
            "large" => vec![b' '; MAX_BYTES + 1].into_response(),
            "moved" => StatusCode::FOUND
                .with_header("location", "/keys")
                .into_response(),
            _ => "[]".into_response(),
        }
    }

    async fn server() -> (Url, Arc<AtomicUsize>) {
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let route = Route::new().at("/:name", answer).data(asked.clone());
        tokio::spawn(Server::new_with_acceptor(acceptor).run(route));
        (Url::parse(&format!("http://{address}/")).unwrap(), asked)
    }

    #[tokio::test]
    async fn keys_are_fetched_and_remembered() {
        let (base, asked) = server().await;
        let keys = RemoteKeys::default();
        let url = base.join("keys").unwrap();
        for _ in 0..3 {
            let found = keys.get_by_any_scheme(&url).await.unwrap();
            assert_eq!(found.keys.len(), 1);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_is_no_set_of_keys_is_refused_and_asked_for_again() {
        let (base, asked) = server().await;
        let keys = RemoteKeys::default();
        for (name, expected) in [
            ("moved", JwksError::Status(302)),
            ("large", JwksError::TooLarge),
            ("other", JwksError::NotASet),
            ("other", JwksError::NotASet),
        ] {
            let found = keys.get_by_any_scheme(&base.join(name).unwrap()).await;
            assert_eq!(found.unwrap_err(), expected);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn only_https_will_do() {
        let url = Url::parse("http://127.0.0.1/keys").unwrap();
        let found = RemoteKeys::default().get(&url).await;
        assert_eq!(found.unwrap_err(), JwksError::NotHttps);
    }
}
