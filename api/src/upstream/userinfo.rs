//! What the provider says of a person when asked with their access token.

use reqwest::{
    Method, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use serde_json::{Map, Value};

use super::{Provider, UpstreamError, metadata::Endpoints};
use crate::{
    outward::Outward,
    signing::{Algorithm, JwkSet},
};

/// `keys` are the provider's, where the answer has to be signed.
pub async fn fetch(
    outward: &Outward,
    provider: &Provider,
    endpoints: &Endpoints,
    access_token: &str,
    keys: Option<&Value>,
) -> Result<Map<String, Value>, UpstreamError> {
    let url = endpoints.userinfo.clone();
    let url = url.ok_or(UpstreamError::MissingEndpoint("userinfo_endpoint"))?;
    let mut request = Request::new(Method::GET, url);
    let bearer = HeaderValue::try_from(format!("Bearer {access_token}"));
    let mut bearer = bearer.map_err(|_| UpstreamError::Userinfo("its token is none"))?;
    bearer.set_sensitive(true);
    let media = match provider.userinfo_algorithm {
        Some(_) => "application/jwt",
        None => "application/json",
    };
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, bearer);
    headers.insert(ACCEPT, HeaderValue::from_static(media));
    let answer = outward.send(request).await?;
    if answer.status != StatusCode::OK {
        return Err(UpstreamError::Status(answer.status.as_u16()));
    }
    match provider.userinfo_algorithm {
        None => serde_json::from_slice(&answer.body).map_err(|_| UpstreamError::NotJson),
        Some(algorithm) => {
            let text = std::str::from_utf8(&answer.body).map_err(|_| UpstreamError::NotJson)?;
            let keys = keys.and_then(JwkSet::from_value).unwrap_or_default();
            signed(provider, algorithm, text.trim(), &keys)
        }
    }
}

fn signed(
    provider: &Provider,
    algorithm: Algorithm,
    token: &str,
    keys: &JwkSet,
) -> Result<Map<String, Value>, UpstreamError> {
    let claims = super::logout::verify_jws(provider, algorithm, token, keys)
        .map_err(UpstreamError::Userinfo)?;
    let settings = &provider.settings;
    let fits = |name, expected: &str| match claims.get(name) {
        None => true,
        Some(Value::String(value)) => value == expected,
        Some(Value::Array(values)) => values.iter().any(|value| value == expected),
        Some(_) => false,
    };
    if !fits("iss", settings.issuer.as_deref().unwrap_or_default()) {
        return Err(UpstreamError::Userinfo("it is of another issuer"));
    }
    if !fits("aud", &settings.client_id) {
        return Err(UpstreamError::Userinfo("it is for somebody else"));
    }
    Ok(claims)
}

/// Userinfo that goes with an ID token is of the same person (`OpenID` Connect Core section 5.3.2).
pub fn check(
    userinfo: &Map<String, Value>,
    id_token: Option<&Map<String, Value>>,
) -> Result<(), UpstreamError> {
    match id_token {
        Some(id_token) if userinfo.get("sub") != id_token.get("sub") => {
            Err(UpstreamError::Userinfo("it is of somebody else"))
        }
        Some(_) | None => Ok(()),
    }
}
