//! What a request shows to prove which client it comes from (contract oauth2.md 4.1 and 4.2).

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{Request, http::header::AUTHORIZATION};

use super::{error::OauthError, form::Form};
use crate::auth::clients::Credentials;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Reads the credentials; refuses every combination but the allowed ones.
pub fn extract(request: &Request, form: &Form) -> Result<Credentials, OauthError> {
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
            Ok(Credentials::Basic {
                client_id: id,
                secret,
            })
        }
        (None, Some(id), Some(secret), None, None) => Ok(Credentials::Post {
            client_id: id.to_owned(),
            secret: secret.to_owned(),
        }),
        (None, Some(id), None, None, None) => Ok(Credentials::None {
            client_id: id.to_owned(),
        }),
        // A bearer token proves no client, and assertions are not accepted from anybody yet.
        (Some(Header::Bearer), None, None, None, None)
        | (None, _, None, Some(JWT_BEARER), Some(_)) => Err(OauthError::InvalidClient),
        (None, None, None, None, None) => Err(OauthError::InvalidRequest(
            "the request does not say which client it comes from",
        )),
        _ => Err(OauthError::InvalidRequest(
            "the client's credentials were given in more than one way",
        )),
    }
}

enum Header {
    Basic { id: String, secret: String },
    Bearer,
}

fn authorization(value: &str) -> Result<Header, OauthError> {
    let malformed = OauthError::InvalidRequest("the Authorization header is not understood");
    let Some((scheme, rest)) = value.split_once(' ') else {
        return Err(malformed);
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Header::Bearer);
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed);
    }
    let decoded = STANDARD
        .decode(rest.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(OauthError::InvalidRequest(
            "the Basic credentials are not base64",
        ))?;
    let (id, secret) = decoded.split_once(':').ok_or(OauthError::InvalidRequest(
        "the Basic credentials have no colon",
    ))?;
    Ok(Header::Basic {
        id: form_decoded(id)?,
        secret: form_decoded(secret)?,
    })
}

/// RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
fn form_decoded(text: &str) -> Result<String, OauthError> {
    percent_encoding::percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| OauthError::InvalidRequest("the Basic credentials are not UTF-8"))
}
