//! Public keys as JSON (RFC 7517), and what they verify.

use aws_lc_rs::signature::{RsaPublicKeyComponents, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Algorithm, kind::CURVES};

/// Keys looked at in a set; others are ignored.
const MAX_KEYS: usize = 100;

/// The public part of a key. Unknown members are ignored, as RFC 7517 section 4 asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    #[serde(flatten)]
    pub material: Material,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
}

/// Numbers in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
}

impl Material {
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self::Rsa {
            n: URL_SAFE_NO_PAD.encode(modulus),
            e: URL_SAFE_NO_PAD.encode(exponent),
        }
    }

    pub(super) fn ec(curve: &str, x: &[u8], y: &[u8]) -> Self {
        Self::Ec {
            crv: curve.to_owned(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }

    /// RFC 7638: a name for the key, made of nothing but the key.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // Base64url needs no escapes, and names of curves are ours.
        let canonical = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => {
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => {
                let (Some(parameters), Some(n), Some(e)) =
                    (algorithm.rsa_verifying(), number(n), number(e))
                else {
                    return false;
                };
                RsaPublicKeyComponents { n, e }
                    .verify(parameters, message, signature)
                    .is_ok()
            }
            Self::Ec { crv, x, y } => {
                let curve = CURVES
                    .iter()
                    .find(|curve| curve.name == crv && curve.algorithm == algorithm);
                let (Some(curve), Some(x), Some(y)) = (curve, bytes(x), bytes(y)) else {
                    return false;
                };
                // RFC 7518 section 6.2.1.2: all bytes of a coordinate, also leading zeros.
                if x.len() != curve.size || y.len() != curve.size {
                    return false;
                }
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                UnparsedPublicKey::new(curve.verifying, point)
                    .verify(message, signature)
                    .is_ok()
            }
        }
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Without the leading zeros that some write.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = bytes(text)?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes[first..].to_vec())
}

impl Jwk {
    /// Whether the key is meant for this.
    fn fits(&self, algorithm: Algorithm, kid: Option<&str>) -> bool {
        let same_name = match (kid, self.kid.as_deref()) {
            (Some(wanted), Some(known)) => wanted == known,
            (None, _) | (_, None) => true,
        };
        same_name
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self
                .alg
                .as_deref()
                .is_none_or(|alg| alg == algorithm.name())
    }
}

/// A set of public keys, such as a client's.
#[derive(Debug, Clone, Default, Serialize)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Takes the keys that are understood (RFC 7517 section 5); `None` when it is no set at all.
    #[must_use]
    pub fn from_value(value: &serde_json::Value) -> Option<Self> {
        let keys = value.get("keys")?.as_array()?;
        Some(Self {
            keys: keys
                .iter()
                .take(MAX_KEYS)
                .filter_map(|key| Jwk::deserialize(key).ok())
                .collect(),
        })
    }

    /// Whether one of the keys that fit has signed this.
    #[must_use]
    pub fn verifies(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.keys
            .iter()
            .filter(|key| key.fits(algorithm, kid))
            .any(|key| key.material.verifies(algorithm, message, signature))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7638 section 3.1.
    #[test]
    fn the_thumbprint_is_that_of_the_specification() {
        let key: Jwk = serde_json::from_value(json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29"
        }))
        .unwrap();
        assert_eq!(
            key.material.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    /// RFC 7515 appendix A.2 and A.3.
    #[test]
    fn signatures_of_the_specification_are_verified() {
        let rsa = json!({"keys": [
            {"kty": "oct", "k": "AAAA"},
            {"kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
        ]});
        let rsa = JwkSet::from_value(&rsa).unwrap();
        assert_eq!(
            rsa.keys.len(),
            1,
            "a key that is not understood is left out"
        );
        let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = bytes("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw").unwrap();
        assert!(rsa.verifies(Algorithm::Rs256, None, message.as_bytes(), &signature));
        assert!(!rsa.verifies(Algorithm::Rs384, None, message.as_bytes(), &signature));
        assert!(!rsa.verifies(Algorithm::Rs256, None, b"another", &signature));

        let ec = JwkSet::from_value(&json!({"keys": [{
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        }]}))
        .unwrap();
        let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q").unwrap();
        assert!(ec.verifies(Algorithm::Es256, None, message.as_bytes(), &signature));
        assert!(!ec.verifies(Algorithm::Es256k, None, message.as_bytes(), &signature));
    }

    #[test]
    fn a_key_for_something_else_does_not_verify() {
        let fits = |member: serde_json::Value| {
            let mut key = json!({"kty": "RSA", "n": "AQ", "e": "AQAB"});
            key.as_object_mut()
                .unwrap()
                .extend(member.as_object().unwrap().clone());
            Jwk::deserialize(&key)
                .unwrap()
                .fits(Algorithm::Rs256, Some("one"))
        };
        assert!(fits(json!({})));
        assert!(fits(json!({"use": "sig", "kid": "one", "alg": "RS256"})));
        assert!(!fits(json!({"use": "enc"})));
        assert!(!fits(json!({"kid": "two"})));
        assert!(!fits(json!({"alg": "PS256"})));
    }
}
