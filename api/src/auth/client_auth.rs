//! Proving which client a request comes from (contract oauth2.md 4.3 and 4.4).

use std::sync::Arc;

use muniment_domain::ClientId;
use muniment_store::{KeyError, grants, sql::DatabaseError};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    assertion::{self, AssertionError, AssertionKey, Expected, SharedSecret},
    clients::{AuthMethod, Client, ClientOrigin},
    jwks::JwksError,
};
use crate::{
    app::App,
    signing::{Algorithm, JwkSet},
};

/// What a request shows to prove which client it comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    None {
        client_id: String,
    },
    Basic {
        client_id: String,
        secret: Zeroizing<String>,
    },
    Post {
        client_id: String,
        secret: Zeroizing<String>,
    },
    Assertion {
        client_id: String,
        assertion: String,
    },
}

impl Credentials {
    #[must_use]
    pub fn client_id(&self) -> &str {
        match self {
            Self::None { client_id }
            | Self::Basic { client_id, .. }
            | Self::Post { client_id, .. }
            | Self::Assertion { client_id, .. } => client_id,
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// Why a client is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ClientAuthError {
    #[error("there is no such client")]
    Unknown,
    #[error("the client registered no way to authenticate")]
    NoMethod,
    #[error("the client authenticates in another way")]
    OtherMethod,
    #[error("the secret is not right")]
    Secret,
    #[error(transparent)]
    Assertion(AssertionError),
    #[error("the client has neither a secret nor keys to check it by")]
    NothingToCheckBy,
    #[error("the client's keys: {0}")]
    Keys(#[from] JwksError),
    #[error("the client's secret: {0}")]
    Sealed(KeyError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<KeyError> for ClientAuthError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Database(error) => Self::Database(error),
            error => Self::Sealed(error),
        }
    }
}

impl From<AssertionError> for ClientAuthError {
    fn from(error: AssertionError) -> Self {
        match error {
            AssertionError::Database(error) => Self::Database(error),
            error => Self::Assertion(error),
        }
    }
}

/// Where the secret of a client that registered itself is sealed under.
pub fn secret_context(client: ClientId) -> String {
    format!("client secret {client}")
}

/// The client that these credentials belong to, if they do. `endpoint` is the path that was asked,
/// without a slash before it: assertions may be made out to it.
pub async fn authenticate(
    app: &App,
    credentials: &Credentials,
    endpoint: &str,
) -> Result<Arc<Client>, ClientAuthError> {
    let id = credentials.client_id().parse();
    let id: ClientId = id.map_err(|_| ClientAuthError::Unknown)?;
    let client = app.clients.find(&app.reads, id).await?;
    let client = client.ok_or(ClientAuthError::Unknown)?;
    let method = client.auth_method.ok_or(ClientAuthError::NoMethod)?;
    match (credentials, method) {
        (Credentials::None { .. }, AuthMethod::None) => {}
        (Credentials::Basic { secret, .. }, AuthMethod::SecretBasic)
        | (Credentials::Post { secret, .. }, AuthMethod::SecretPost) => {
            let known = client_secret(app, &client).await?;
            if !bool::from(known.as_bytes().ct_eq(secret.as_bytes())) {
                return Err(ClientAuthError::Secret);
            }
        }
        (Credentials::Assertion { assertion, .. }, AuthMethod::SecretJwt) => {
            let secret = client_secret(app, &client).await?;
            let secret = SharedSecret(secret.as_bytes());
            let key = AssertionKey::Secret(&secret);
            verify(app, &client, assertion, key, endpoint).await?;
        }
        (Credentials::Assertion { assertion, .. }, AuthMethod::PrivateKeyJwt) => {
            let keys = client_keys(app, &client).await?;
            verify(app, &client, assertion, AssertionKey::Keys(&keys), endpoint).await?;
        }
        _ => return Err(ClientAuthError::OtherMethod),
    }
    Ok(client)
}

async fn verify(
    app: &App,
    client: &Client,
    assertion: &str,
    key: AssertionKey<'_>,
    endpoint: &str,
) -> Result<(), ClientAuthError> {
    let base = &app.site.public_base;
    // Clients name the issuer, with or without its slash, the token endpoint, or where they are.
    let audiences = [
        app.site.issuer.to_string(),
        app.site.issuer.as_str().trim_end_matches('/').to_owned(),
        format!("{base}oauth2/token"),
        format!("{base}{endpoint}"),
    ];
    let registered = client.metadata.token_endpoint_auth_signing_alg.as_deref();
    let expected = Expected {
        client: client.id,
        key,
        // One that is not spoken here was refused when the client registered.
        algorithm: registered.and_then(|name| name.parse::<Algorithm>().ok()),
        audiences: &audiences.each_ref().map(String::as_str),
    };
    Ok(assertion::verify(&app.database, assertion, &expected, app.clock.now()).await?)
}

async fn client_secret(app: &App, client: &Client) -> Result<Zeroizing<String>, ClientAuthError> {
    if let Some(secret) = client.configured_secret() {
        return Ok(secret.clone());
    }
    let sealed = grants::client_secret(&app.database, client.id).await?;
    let sealed = sealed.ok_or(ClientAuthError::NothingToCheckBy)?;
    let clear = app.sealer.open(&secret_context(client.id), &sealed)?;
    let text = std::str::from_utf8(&clear).map_err(|_| ClientAuthError::NothingToCheckBy)?;
    Ok(Zeroizing::new(text.to_owned()))
}

async fn client_keys(app: &App, client: &Client) -> Result<Arc<JwkSet>, ClientAuthError> {
    if let Some(keys) = &client.metadata.jwks {
        let keys = JwkSet::from_value(keys).ok_or(ClientAuthError::NothingToCheckBy)?;
        return Ok(Arc::new(keys));
    }
    let uri = client.metadata.jwks_uri.as_deref();
    let uri = uri.and_then(|uri| uri.parse().ok());
    let uri = uri.ok_or(ClientAuthError::NothingToCheckBy)?;
    Ok(match client.origin {
        ClientOrigin::Configured => app.client_keys.configured(&uri).await?,
        ClientOrigin::Registered | ClientOrigin::Pending => {
            app.client_keys.registered(&uri).await?
        }
    })
}
