//! JWS in compact form (RFC 7515): three parts in base64url.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Algorithm, JwkSet};

/// Bytes that a token from outside may have.
const MAX_LENGTH: usize = 16 * 1024;
/// The shortest secret that is taken for an HMAC key; RFC 7518 section 3.2 asks for more, and clients
/// have what they have.
const MIN_SECRET: usize = 1;

#[derive(Serialize)]
struct OutgoingHeader<'a> {
    alg: &'a str,
    kid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
}

#[derive(Deserialize)]
struct IncomingHeader {
    alg: String,
    kid: Option<String>,
    /// RFC 7515 section 4.1.11: extensions that must be understood. None are.
    crit: Option<serde_json::Value>,
}

/// Why a token from outside is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    #[error("the token is not a JWS in compact form")]
    Malformed,
    #[error("the token's signature algorithm is not supported")]
    Algorithm,
    #[error("the token's signature is not right")]
    Signature,
}

/// What is signed, and then the signature.
pub(super) fn compact<E>(
    algorithm: Algorithm,
    kid: &str,
    typ: Option<&str>,
    claims: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<String, E>
where
    E: From<serde_json::Error>,
{
    let header = serde_json::to_vec(&OutgoingHeader {
        alg: algorithm.name(),
        kid,
        typ,
    })?;
    let mut token = URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// A token taken apart. Nothing in it is proven.
#[derive(Clone)]
pub struct Unverified<'t> {
    pub algorithm: Algorithm,
    pub kid: Option<String>,
    message: &'t str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Unverified<'t> {
    pub fn parse(token: &'t str) -> Result<Self, JwsError> {
        if token.len() > MAX_LENGTH {
            return Err(JwsError::Malformed);
        }
        let decode = |part| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| JwsError::Malformed)
        };
        let (message, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(JwsError::Malformed)?;
        let header: IncomingHeader =
            serde_json::from_slice(&decode(header)?).map_err(|_| JwsError::Malformed)?;
        if header.crit.is_some() {
            return Err(JwsError::Malformed);
        }
        Ok(Self {
            algorithm: header.alg.parse().map_err(|_| JwsError::Algorithm)?,
            kid: header.kid,
            message,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// Claims that nobody has proven, to find out whom to ask for a key.
    pub fn claims_unproven<T: DeserializeOwned>(&self) -> Result<T, JwsError> {
        serde_json::from_slice(&self.payload).map_err(|_| JwsError::Malformed)
    }

    /// The claims, if one of the keys has signed them.
    pub fn verify<T: DeserializeOwned>(&self, keys: &JwkSet) -> Result<T, JwsError> {
        if self.algorithm.hmac().is_some() {
            return Err(JwsError::Algorithm);
        }
        let kid = self.kid.as_deref();
        let message = self.message.as_bytes();
        if !keys.verifies(self.algorithm, kid, message, &self.signature) {
            return Err(JwsError::Signature);
        }
        self.claims_unproven()
    }

    /// The claims, if whoever knows the secret has signed them.
    pub fn verify_shared<T: DeserializeOwned>(&self, secret: &[u8]) -> Result<T, JwsError> {
        let algorithm = self.algorithm.hmac().ok_or(JwsError::Algorithm)?;
        if secret.len() < MIN_SECRET {
            return Err(JwsError::Signature);
        }
        let key = hmac::Key::new(algorithm, secret);
        // Compares in constant time.
        hmac::verify(&key, self.message.as_bytes(), &self.signature)
            .map_err(|_| JwsError::Signature)?;
        self.claims_unproven()
    }
}

impl std::fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
