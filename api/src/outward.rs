//! Requests to the servers of others, whose addresses are somebody's choice: with the system's
//! certificate authorities, a limit to time and length, and no redirects.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Request, Response, StatusCode, header::HeaderMap, redirect};
use tokio::sync::OnceCell;

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutwardError {
    #[error("this system's certificate authorities cannot be read: {0}")]
    Tls(String),
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("its answer is larger than 64 KiB")]
    TooLarge,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The client, made when it is first needed.
#[derive(Debug, Default)]
pub struct Outward(OnceCell<Client>);

impl Outward {
    pub async fn send(&self, request: Request) -> Result<Answer, OutwardError> {
        let client = self.0.get_or_try_init(async || client()).await?;
        let response = client.execute(request).await.map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer {
            status,
            headers,
            body: read(response).await?,
        })
    }
}

/// With a cryptographic provider of its own: nothing has to be installed for the whole process.
fn client() -> Result<Client, OutwardError> {
    let tls = |error: &dyn std::fmt::Display| OutwardError::Tls(error.to_string());
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

async fn read(mut response: Response) -> Result<Vec<u8>, OutwardError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(OutwardError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// With its causes, and without the address, which the log has beside it.
fn unreachable(error: reqwest::Error) -> OutwardError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    OutwardError::Unreachable(text)
}
