//! The public keys of clients that publish them (`jwks_uri`), fetched and remembered for a moment.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, Request, StatusCode};
use url::Url;

use crate::{
    outward::{Outward, OutwardError},
    signing::JwkSet,
};

/// How long a set is believed: a client that changes its keys waits no longer than this.
const REMEMBERED: Duration = Duration::from_secs(60);
const REMEMBERED_SETS: u64 = 1000;

/// Why there are no keys: `server_error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    #[error("jwks_uri does not begin with https://")]
    NotHttps,
    #[error("the keys cannot be fetched: {0}")]
    Outward(#[from] OutwardError),
    #[error("the server of the keys answered {0}")]
    Status(u16),
    #[error("what was fetched is not a set of keys")]
    NotASet,
}

/// Fetches sets of keys. Follows no redirect: the client has registered this address and no other.
#[derive(Debug)]
pub struct RemoteKeys {
    /// Of clients that an operator has configured.
    configured: Sets,
    /// Of clients that registered themselves: anybody may have chosen the address.
    registered: Sets,
}

#[derive(Debug)]
struct Sets {
    outward: Outward,
    known: moka::future::Cache<Url, Arc<JwkSet>>,
}

impl Default for RemoteKeys {
    fn default() -> Self {
        Self {
            configured: Sets::new(Outward::default()),
            registered: Sets::new(Outward::to_public()),
        }
    }
}

impl RemoteKeys {
    /// The keys at an address that is configured, which may lie anywhere.
    pub async fn configured(&self, url: &Url) -> Result<Arc<JwkSet>, JwksError> {
        self.configured.get(url).await
    }

    /// The keys at an address that a client has registered: public, and by HTTPS.
    pub async fn registered(&self, url: &Url) -> Result<Arc<JwkSet>, JwksError> {
        if url.scheme() != "https" {
            return Err(JwksError::NotHttps);
        }
        self.registered.get(url).await
    }
}

impl Sets {
    fn new(outward: Outward) -> Self {
        Self {
            outward,
            known: moka::future::Cache::builder()
                .max_capacity(REMEMBERED_SETS)
                .time_to_live(REMEMBERED)
                .build(),
        }
    }

    /// Those who ask at the same time share one request.
    async fn get(&self, url: &Url) -> Result<Arc<JwkSet>, JwksError> {
        self.known
            .try_get_with_by_ref(url, async { fetch(&self.outward, url).await.map(Arc::new) })
            .await
            .map_err(|error: Arc<JwksError>| (*error).clone())
    }
}

async fn fetch(outward: &Outward, url: &Url) -> Result<JwkSet, JwksError> {
    let answer = outward.send(Request::new(Method::GET, url.clone())).await?;
    if answer.status != StatusCode::OK {
        return Err(JwksError::Status(answer.status.as_u16()));
    }
    serde_json::from_slice(&answer.body)
        .ok()
        .and_then(|value| JwkSet::from_value(&value))
        .ok_or(JwksError::NotASet)
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
            "large" => vec![b' '; 64 * 1024 + 1].into_response(),
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
            let found = keys.configured(&url).await.unwrap();
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
            ("large", JwksError::Outward(OutwardError::TooLarge)),
            ("other", JwksError::NotASet),
            ("other", JwksError::NotASet),
        ] {
            let found = keys.configured(&base.join(name).unwrap()).await;
            assert_eq!(found.unwrap_err(), expected);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn strangers_have_their_keys_in_public_and_by_https() {
        let keys = RemoteKeys::default();
        for (url, expected) in [
            ("http://127.0.0.1/keys", JwksError::NotHttps),
            (
                "https://127.0.0.1:1/keys",
                JwksError::Outward(OutwardError::NotPublic),
            ),
        ] {
            let found = keys.registered(&Url::parse(url).unwrap()).await;
            assert_eq!(found.unwrap_err(), expected);
        }
    }
}
