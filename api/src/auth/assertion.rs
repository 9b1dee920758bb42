//! Clients that prove who they are by an assertion (RFC 7523): `client_secret_jwt`, signed with a
//! shared secret, and `private_key_jwt`, signed with a key of the client's (contract oauth2.md 4.4).
//!
//! Beyond the signature, an assertion must be of this client, for this server, still good, good for
//! no long time, and be used once.

use muniment_domain::ClientId;
use muniment_store::{
    client_assertions,
    sql::{Database, DatabaseError},
    time::SECOND,
};
use serde::Deserialize;

use crate::signing::{
    Algorithm, JwkSet,
    jws::{JwsError, Unverified},
};

/// The longest time, in seconds, for which an assertion may be good.
const MAX_LIFETIME: i64 = 3600;
/// Seconds by which the clocks of client and server may differ.
const SKEW: i64 = 60;
const MAX_AUDIENCES: usize = 20;

/// What the client's registration says its assertions are signed with.
#[derive(Debug, Clone, Copy)]
pub enum AssertionKey<'a> {
    /// `client_secret_jwt`.
    Secret(&'a SharedSecret<'a>),
    /// `private_key_jwt`.
    Keys(&'a JwkSet),
}

/// A client's secret; does not print.
#[derive(Clone, Copy)]
pub struct SharedSecret<'a>(pub &'a [u8]);

impl std::fmt::Debug for SharedSecret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret(***)")
    }
}

/// What an assertion has to say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub client: ClientId,
    pub key: AssertionKey<'a>,
    /// `token_endpoint_auth_signing_alg`, where the client has registered one.
    pub algorithm: Option<Algorithm>,
    /// Names of this server, any of which will do: the issuer, the URL of the endpoint.
    pub audiences: &'a [&'a str],
}

/// Why an assertion proves nothing. All but the last are the client's doing: `invalid_client`.
#[derive(Debug, thiserror::Error)]
pub enum AssertionError {
    #[error(transparent)]
    Token(#[from] JwsError),
    #[error("the assertion is signed with another algorithm than the client has registered")]
    Algorithm,
    #[error("the assertion's iss and sub are not both the client")]
    Client,
    #[error("the assertion is for another audience")]
    Audience,
    #[error("the assertion has expired, or does not say when it expires")]
    Expired,
    #[error("the assertion is not valid yet")]
    TooEarly,
    #[error("the assertion is good for longer than an hour")]
    TooLong,
    #[error("the assertion has no jti")]
    NoId,
    #[error("the assertion has been used before")]
    Replayed,
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn is_among(&self, accepted: &[&str]) -> bool {
        match self {
            Self::One(one) => accepted.contains(&one.as_str()),
            Self::Many(many) => many
                .iter()
                .take(MAX_AUDIENCES)
                .any(|one| accepted.contains(&one.as_str())),
        }
    }
}

/// An assertion that is right, if it has not been used before.
#[derive(Debug)]
struct Proof {
    jti: String,
    /// Microseconds since 1970.
    expires_at: i64,
}

/// The `client_id` that an assertion claims; nothing is proven.
pub fn claimed_client(assertion: &str) -> Result<String, JwsError> {
    let claims: Subject = Unverified::parse(assertion)?.claims_unproven()?;
    Ok(claims.sub)
}

/// Succeeds once for each assertion that is right. `now` is in microseconds since 1970.
pub async fn verify(
    database: &Database,
    assertion: &str,
    expected: &Expected<'_>,
    now: i64,
) -> Result<(), AssertionError> {
    let proof = check(assertion, expected, now)?;
    // Kept a little longer than it is good for, for processes whose clocks differ.
    let expires_at = proof.expires_at + SKEW * SECOND;
    if client_assertions::spend(database, expected.client, &proof.jti, expires_at, now).await? {
        Ok(())
    } else {
        Err(AssertionError::Replayed)
    }
}

fn check(assertion: &str, expected: &Expected<'_>, now: i64) -> Result<Proof, AssertionError> {
    let token = Unverified::parse(assertion)?;
    if expected
        .algorithm
        .is_some_and(|registered| registered != token.algorithm)
    {
        return Err(AssertionError::Algorithm);
    }
    let claims: Claims = match expected.key {
        AssertionKey::Secret(SharedSecret(secret)) => token.verify_shared(secret)?,
        AssertionKey::Keys(keys) => token.verify(keys)?,
    };
    let client = expected.client.to_string();
    let is_client = |name: &Option<String>| name.as_deref() == Some(&client);
    if !is_client(&claims.iss) || !is_client(&claims.sub) {
        return Err(AssertionError::Client);
    }
    if !claims
        .aud
        .is_some_and(|audience| audience.is_among(expected.audiences))
    {
        return Err(AssertionError::Audience);
    }
    let expires_at = claims
        .exp
        .map(micros)
        .filter(|at| now < *at)
        .ok_or(AssertionError::Expired)?;
    let too_early = |time: f64| micros(time) > now + SKEW * SECOND;
    if claims.nbf.is_some_and(too_early) || claims.iat.is_some_and(too_early) {
        return Err(AssertionError::TooEarly);
    }
    let since = claims.iat.map_or(now, |at| micros(at).min(now));
    if expires_at.saturating_sub(since) > (MAX_LIFETIME + SKEW) * SECOND {
        return Err(AssertionError::TooLong);
    }
    let jti = claims
        .jti
        .filter(|jti| !jti.is_empty())
        .ok_or(AssertionError::NoId)?;
    Ok(Proof { jti, expires_at })
}

/// A `NumericDate` (RFC 7519 section 2), which may have a fraction.
fn micros(seconds: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast ends at the bounds of i64, where every date is refused for other reasons"
    )]
    let micros = (seconds * 1e6) as i64;
    micros
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header};
    use muniment_store::sql::DatabaseOptions;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::signing::{ConfiguredKey, KeyKind, SigningKeys, key::PrivateKey};

    const CLIENT: ClientId = ClientId::from_uuid(Uuid::from_u128(7));
    const NOW: i64 = 1_700_000_000;
    const SECRET: SharedSecret<'static> = SharedSecret(b"not so secret, but long enough for it");
    const AUDIENCES: [&str; 2] = ["https://example.com/", "https://example.com/oauth2/token"];

    fn claims() -> Value {
        json!({
            "iss": CLIENT.to_string(),
            "sub": CLIENT.to_string(),
            "aud": "https://example.com/oauth2/token",
            "exp": NOW + 60,
            "iat": NOW,
            "jti": "1",
        })
    }

    fn with(member: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[member] = value;
        claims
    }

    fn shared(claims: &Value) -> String {
        let header = Header::new(jsonwebtoken::Algorithm::HS256);
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(SECRET.0)).unwrap()
    }

    fn expected(key: AssertionKey<'_>) -> Expected<'_> {
        Expected {
            client: CLIENT,
            key,
            algorithm: None,
            audiences: &AUDIENCES,
        }
    }

    fn checked(claims: &Value) -> Result<Proof, AssertionError> {
        check(
            &shared(claims),
            &expected(AssertionKey::Secret(&SECRET)),
            NOW * SECOND,
        )
    }

    #[test]
    fn a_right_assertion_is_taken_and_tells_its_client() {
        let proof = checked(&claims()).unwrap();
        assert_eq!(proof.jti, "1");
        assert_eq!(proof.expires_at, (NOW + 60) * SECOND);
        assert_eq!(
            claimed_client(&shared(&claims())).unwrap(),
            CLIENT.to_string()
        );
    }

    #[test]
    fn the_audience_may_be_one_of_several_of_either_side() {
        for audience in [
            json!("https://example.com/"),
            json!(["https://other.example", "https://example.com/"]),
        ] {
            assert!(checked(&with("aud", audience)).is_ok());
        }
        for audience in [json!("https://other.example"), json!([]), Value::Null] {
            let found = checked(&with("aud", audience));
            assert!(matches!(found, Err(AssertionError::Audience)));
        }
    }

    #[test]
    fn it_must_be_issued_by_the_client_about_itself() {
        for member in ["iss", "sub"] {
            for value in [json!("another"), Value::Null] {
                let found = checked(&with(member, value));
                assert!(matches!(found, Err(AssertionError::Client)), "{member}");
            }
        }
    }

    #[test]
    fn it_must_be_of_its_time_and_good_for_no_long_time() {
        use AssertionError as E;
        let refused = |member, value: i64| checked(&with(member, json!(value))).unwrap_err();
        assert!(matches!(refused("exp", NOW), E::Expired));
        assert!(matches!(refused("exp", NOW - 1), E::Expired));
        assert!(matches!(
            checked(&with("exp", Value::Null)),
            Err(E::Expired)
        ));
        assert!(matches!(refused("exp", NOW + 4000), E::TooLong));
        assert!(matches!(refused("exp", i64::MAX), E::TooLong));
        assert!(matches!(refused("iat", NOW - 4000), E::TooLong));
        assert!(matches!(refused("iat", NOW + 90), E::TooEarly));
        assert!(matches!(refused("nbf", NOW + 90), E::TooEarly));
        assert!(checked(&with("iat", json!(NOW + 30))).is_ok());
        assert!(checked(&with("nbf", json!(NOW - 30))).is_ok());
        assert!(checked(&with("exp", json!(60.5 + 1_700_000_000.0))).is_ok());
        assert!(checked(&with("iat", Value::Null)).is_ok());
    }

    #[test]
    fn it_must_have_an_id() {
        for id in [json!(""), Value::Null] {
            let found = checked(&with("jti", id));
            assert!(matches!(found, Err(AssertionError::NoId)));
        }
    }

    #[test]
    fn a_key_pair_of_each_kind_proves_its_client_and_no_other_key_does() {
        for kind in KeyKind::ALL {
            let keys = |kid: &str| {
                let der = PrivateKey::generate(kind).unwrap();
                SigningKeys::configured(vec![ConfiguredKey {
                    kid: Some(kid.to_owned()),
                    key: PrivateKey::from_der(&der).unwrap(),
                    place: String::new(),
                }])
            };
            let (its, another) = (keys("a"), keys("a"));
            for algorithm in kind.algorithms() {
                let token = its.sign(*algorithm, &claims(), None).unwrap();
                let check = |keys: &SigningKeys, registered| {
                    let expected = Expected {
                        algorithm: registered,
                        ..expected(AssertionKey::Keys(keys.public()))
                    };
                    check(&token, &expected, NOW * SECOND)
                };
                assert!(check(&its, None).is_ok(), "{algorithm:?}");
                assert!(check(&its, Some(*algorithm)).is_ok(), "{algorithm:?}");
                let found = check(&its, Some(Algorithm::Hs256));
                assert!(matches!(found, Err(AssertionError::Algorithm)));
                let found = check(&another, None);
                assert!(matches!(
                    found,
                    Err(AssertionError::Token(JwsError::Signature))
                ));
            }
        }
    }

    #[tokio::test]
    async fn it_serves_once_and_each_client_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("muniment.db");
        let database = DatabaseOptions::new(format!("sqlite://{}?mode=rwc", file.display()))
            .open()
            .await
            .unwrap();
        let token = shared(&claims());
        let expected = expected(AssertionKey::Secret(&SECRET));
        let verify = |now| verify(&database, &token, &expected, now);
        verify(NOW * SECOND).await.unwrap();
        for now in [NOW, NOW + 59] {
            let again = verify(now * SECOND).await;
            assert!(matches!(again, Err(AssertionError::Replayed)));
        }
        let other = ClientId::from_uuid(Uuid::from_u128(8));
        let spend = |client, now| client_assertions::spend(&database, client, "1", now + 5, now);
        assert!(spend(other, 1).await.unwrap());
        assert!(!spend(other, 6).await.unwrap());
        assert!(spend(other, 7).await.unwrap(), "an expired row is none");
        let purged = client_assertions::EXPIRED
            .remove(&database, (NOW + 500) * SECOND, 10)
            .await;
        assert_eq!(purged.unwrap(), 2);
    }
}
