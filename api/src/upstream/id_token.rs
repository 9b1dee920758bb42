//! Whether an ID token is believed (`OpenID` Connect Core section 3.1.3.7).

#[cfg(test)]
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use openidconnect::{
    ClientId, ClientSecret, IdTokenVerifier, IssuerUrl, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::{Provider, UpstreamError};

/// What an ID token is measured against.
pub struct Expected<'e> {
    pub provider: &'e Provider,
    /// The provider's set of keys.
    pub keys: &'e Value,
    pub nonce: Option<&'e str>,
    /// What came with it.
    pub access_token: &'e str,
    pub code: &'e str,
    /// Microseconds since 1970.
    pub now: i64,
}

fn refused(reason: impl std::fmt::Display) -> UpstreamError {
    UpstreamError::IdToken(reason.to_string())
}

/// Its claims, if the provider has made it, for us, now, for this very sign-in.
pub fn verify(
    token: &CoreIdToken,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, UpstreamError> {
    let provider = expected.provider;
    let verifier = verifier(expected)?;
    let nonce = expected.nonce.map(|nonce| Nonce::new(nonce.to_owned()));
    let nonce = nonce.ok_or_else(|| refused("no nonce was sent"))?;
    // The crate's errors repeat claims of the token in words of their own.
    let claims = token.claims(&verifier, &nonce).map_err(reason)?;
    let authorized = claims.authorized_party();
    if authorized.is_some_and(|party| **party != provider.settings.client_id) {
        return Err(refused("its authorized party is another"));
    }
    for (name, hash, value) in [
        (
            "at_hash",
            claims.access_token_hash().map(|hash| hash.as_str()),
            expected.access_token,
        ),
        (
            "c_hash",
            claims.code_hash().map(|hash| hash.as_str()),
            expected.code,
        ),
    ] {
        let right = provider.algorithm.half_hash(value);
        if hash.is_some_and(|hash| !bool::from(hash.as_bytes().ct_eq(right.as_bytes()))) {
            return Err(refused(format_args!("its {name} is not right")));
        }
    }
    raw(&token.to_string())
}

fn verifier<'v>(expected: &Expected<'_>) -> Result<CoreIdTokenVerifier<'v>, UpstreamError> {
    let Expected {
        provider,
        keys,
        now,
        ..
    } = *expected;
    let issuer = provider.settings.issuer.clone().unwrap_or_default();
    let issuer = IssuerUrl::new(issuer).map_err(|_| refused("no issuer is configured"))?;
    let client_id = ClientId::new(provider.settings.client_id.clone());
    let keys = CoreJsonWebKeySet::deserialize(keys).map_err(|_| UpstreamError::NotJson)?;
    let now = DateTime::from_timestamp_micros(now).ok_or_else(|| refused("what time is it?"))?;
    let verifier = match provider.credential.secret() {
        Some(secret) => {
            let secret = ClientSecret::new(secret.to_owned());
            IdTokenVerifier::new_confidential_client(client_id, secret, issuer, keys)
        }
        None => IdTokenVerifier::new_public_client(client_id, issuer, keys),
    };
    Ok(verifier
        .set_allowed_algs([provider.id_token_algorithm.clone()])
        .set_time_fn(move || now))
}

/// Which check failed, without what was found.
fn reason(error: openidconnect::ClaimsVerificationError) -> UpstreamError {
    use openidconnect::ClaimsVerificationError as Error;
    UpstreamError::IdToken(match error {
        Error::Expired(_) => "it has expired".to_owned(),
        Error::InvalidIssuer(_) => "it is of another issuer".to_owned(),
        Error::InvalidAudience(_) => "it is for somebody else".to_owned(),
        Error::InvalidNonce(_) => "it is not for this sign-in".to_owned(),
        Error::SignatureVerification(error) => error.to_string(),
        _ => "it is not well-formed".to_owned(),
    })
}

/// All claims, as they were signed.
fn raw(token: &str) -> Result<Map<String, Value>, UpstreamError> {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = URL_SAFE_NO_PAD.decode(payload);
    let payload = payload.map_err(|_| refused("it is not base64url"))?;
    serde_json::from_slice(&payload).map_err(|_| UpstreamError::NotJson)
}

/// For tests: a token from its text.
#[cfg(test)]
pub fn parse(token: &str) -> Result<CoreIdToken, String> {
    CoreIdToken::from_str(token).map_err(|error| error.to_string())
}
