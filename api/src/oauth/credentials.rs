//! What a request shows to prove which client it comes from (contract oauth2.md 4.1 and 4.2).

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{Request, http::header::AUTHORIZATION};
use zeroize::Zeroizing;

use super::{error::OauthError, form::Form};
use crate::{
    app::App,
    auth::{Client, Credentials, assertion, client_auth},
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who sends a request.
#[derive(Clone)]
pub enum Presented {
    Client(Credentials),
    /// A token, which proves no client.
    Bearer(String),
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Presented(***)")
    }
}

/// Reads the credentials; refuses every combination but the allowed ones.
pub fn extract(request: &Request, form: &Form) -> Result<Presented, OauthError> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .map(|value| authorization(value.to_str().unwrap_or_default()))
        .transpose()?;
    let client_id = form.get("client_id");
    let secret = form.get("client_secret");
    let assertion = form.get("client_assertion");
    let assertion_type = form.get("client_assertion_type");
    match (header, client_id, secret, assertion_type, assertion) {
        (Some(Header::Basic { id, secret }), claimed, None, None, None) => {
            if claimed.is_some_and(|claimed| claimed != id) {
                return Err(OauthError::InvalidGrant);
            }
            Ok(Presented::Client(Credentials::Basic {
                client_id: id,
                secret,
            }))
        }
        (None, Some(id), Some(secret), None, None) => Ok(Presented::Client(Credentials::Post {
            client_id: id.to_owned(),
            secret: Zeroizing::new(secret.to_owned()),
        })),
        (None, Some(id), None, None, None) => Ok(Presented::Client(Credentials::None {
            client_id: id.to_owned(),
        })),
        (None, claimed, None, Some(JWT_BEARER), Some(assertion)) => {
            by_assertion(claimed, assertion)
        }
        (Some(Header::Bearer(token)), None, None, None, None) => Ok(Presented::Bearer(token)),
        (None, None, None, None, None) => {
            Err(OauthError::InvalidRequest("No credentials were presented"))
        }
        _ => Err(OauthError::InvalidRequest(
            "the client's credentials were given in more than one way",
        )),
    }
}

fn by_assertion(claimed: Option<&str>, assertion: &str) -> Result<Presented, OauthError> {
    let client_id = assertion::claimed_client(assertion)
        .map_err(|_| OauthError::InvalidRequest("the client assertion cannot be read"))?;
    if claimed.is_some_and(|claimed| claimed != client_id) {
        return Err(OauthError::InvalidGrant);
    }
    Ok(Presented::Client(Credentials::Assertion {
        client_id,
        assertion: assertion.to_owned(),
    }))
}

/// The client that a request comes from, proven. `endpoint` is the path that was asked, without a
/// slash before it.
pub async fn client(
    app: &App,
    request: &Request,
    form: &Form,
    endpoint: &str,
) -> Result<Arc<Client>, OauthError> {
    match extract(request, form)? {
        Presented::Client(credentials) => known(app, &credentials, endpoint).await,
        Presented::Bearer(_) => Err(OauthError::InvalidClient { by_header: true }),
    }
}

/// The client that the credentials belong to.
pub async fn known(
    app: &App,
    credentials: &Credentials,
    endpoint: &str,
) -> Result<Arc<Client>, OauthError> {
    let by_header = matches!(credentials, Credentials::Basic { .. });
    match client_auth::authenticate(app, credentials, endpoint).await {
        Ok(client) => Ok(client),
        Err(error) => {
            tracing::debug!(%error, "a client was not believed");
            Err(match error.into() {
                OauthError::InvalidClient { .. } => OauthError::InvalidClient { by_header },
                other => other,
            })
        }
    }
}

enum Header {
    Basic {
        id: String,
        secret: Zeroizing<String>,
    },
    Bearer(String),
}

fn authorization(value: &str) -> Result<Header, OauthError> {
    let malformed = OauthError::InvalidRequest("the Authorization header is not understood");
    let Some((scheme, rest)) = value.split_once(' ') else {
        return Err(malformed);
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Header::Bearer(rest.trim().to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed);
    }
    let decoded = STANDARD
        .decode(rest.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Zeroizing::new)
        .ok_or(OauthError::InvalidRequest(
            "the Basic credentials are not base64",
        ))?;
    let (id, secret) = decoded.split_once(':').ok_or(OauthError::InvalidRequest(
        "the Basic credentials have no colon",
    ))?;
    Ok(Header::Basic {
        id: form_decoded(id)?,
        secret: Zeroizing::new(form_decoded(secret)?),
    })
}

/// RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
fn form_decoded(text: &str) -> Result<String, OauthError> {
    percent_encoding::percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| OauthError::InvalidRequest("the Basic credentials are not UTF-8"))
}
