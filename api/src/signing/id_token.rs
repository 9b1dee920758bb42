//! ID tokens (`OpenID` Connect Core section 2; contract oauth2.md 12.4): who logged in, when, for whom.
//! Nothing about the person beyond their id.

use muniment_store::time::SECOND;
use serde::Serialize;
use ulid::Ulid;
use url::Url;

use super::{Algorithm, SignError, SigningKeys};

/// Seconds that an ID token is good for.
const LIFETIME: i64 = 3600;

/// What an ID token says. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct IdToken<'a> {
    pub issuer: &'a Url,
    /// The user's.
    pub subject: Ulid,
    /// The client's `client_id`.
    pub audience: &'a str,
    pub now: i64,
    pub nonce: Option<&'a str>,
    /// When the user proved who they are.
    pub auth_time: Option<i64>,
    /// The token that comes beside it.
    pub access_token: Option<&'a str>,
    /// The code that comes beside it.
    pub code: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a Url,
    sub: String,
    aud: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_hash: Option<String>,
}

impl IdToken<'_> {
    /// The signed token.
    pub fn sign(&self, keys: &SigningKeys, algorithm: Algorithm) -> Result<String, SignError> {
        keys.sign(algorithm, &self.claims(algorithm), None)
    }

    fn claims(&self, algorithm: Algorithm) -> Claims<'_> {
        let now = self.now.div_euclid(SECOND);
        Claims {
            iss: self.issuer,
            sub: self.subject.to_string(),
            aud: self.audience,
            iat: now,
            exp: now + LIFETIME,
            nonce: self.nonce,
            auth_time: self.auth_time.map(|time| time.div_euclid(SECOND)),
            at_hash: self.access_token.map(|token| algorithm.half_hash(token)),
            c_hash: self.code.map(|code| algorithm.half_hash(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(issuer: &Url) -> IdToken<'_> {
        IdToken {
            issuer,
            subject: Ulid(7),
            audience: "client",
            now: 1_700_000_000_999_999,
            nonce: None,
            auth_time: None,
            access_token: None,
            code: None,
        }
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let issuer = Url::parse("https://example.com").unwrap();
        assert_eq!(
            serde_json::to_value(token(&issuer).claims(Algorithm::Rs256)).unwrap(),
            json!({
                "iss": "https://example.com/",
                "sub": "00000000000000000000000007",
                "aud": "client",
                "iat": 1_700_000_000,
                "exp": 1_700_003_600,
            })
        );
    }

    #[test]
    fn what_comes_beside_it_is_bound_to_it() {
        let issuer = Url::parse("https://example.com").unwrap();
        let token = IdToken {
            nonce: Some("n"),
            auth_time: Some(1_699_999_999_500_000),
            access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            code: Some("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            ..token(&issuer)
        };
        let claims = serde_json::to_value(token.claims(Algorithm::Es256)).unwrap();
        assert_eq!(claims["nonce"], "n");
        let keys = SigningKeys::configured(Vec::new());
        assert!(matches!(
            token.sign(&keys, Algorithm::Es256),
            Err(SignError::NoKey(Algorithm::Es256))
        ));
        assert_eq!(claims["auth_time"], 1_699_999_999);
        assert_eq!(claims["at_hash"], "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(claims["c_hash"], "LDktKdoQak3Pk0cnXxCltA");
    }
}
