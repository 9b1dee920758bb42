//! ID tokens that are believed, and those that are not; and what the others' tests stand on.

use serde_json::{Value, json};
use url::Url;

use super::{
    Provider, UpstreamError,
    id_token::{self, Expected},
};
use crate::{
    config::Config,
    signing::{self, Algorithm, ConfiguredKey, SigningKeys, jws},
};

pub const ISSUER: &str = "https://idp.example/";
pub const CLIENT: &str = "us";
const SECRET: &str = "a secret of some length, of both";
const NOW: i64 = 1_700_000_000;

/// A provider, with more lines in its configuration.
pub fn provider(more: &str) -> Provider {
    let more = more.replace('\n', "\n      ");
    let yaml = format!(
        "upstream_oauth2:\n  providers:\n    - id: 01HV3JZ6Y0000000000000000A\n      \
         issuer: {ISSUER}\n      client_id: {CLIENT}\n      client_secret: {SECRET}\n      \
         token_endpoint_auth_method: client_secret_basic\n      scope: openid\n      {more}\n"
    );
    let loaded = Config::from_yaml(&yaml, std::path::Path::new("/nowhere")).unwrap();
    let settings = loaded.config.upstream_oauth2.providers.into_iter().next();
    let base = Url::parse("https://us.example/auth/").unwrap();
    Provider::new(settings.unwrap(), &base).unwrap()
}

fn keys() -> SigningKeys {
    let load = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/signing/testdata");
        let pem = std::fs::read(format!("{folder}/{name}")).unwrap();
        ConfiguredKey {
            kid: Some(name.to_owned()),
            key: signing::load(&pem, None).unwrap(),
            place: name.to_owned(),
        }
    };
    SigningKeys::configured(vec![load("rsa.pkcs8.pem"), load("p256.pkcs8.pem")])
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": CLIENT, "sub": "1", "iat": NOW, "exp": NOW + 60, "nonce": "n",
        "custom": {"deep": [1]}})
}

fn verify(provider: &Provider, token: &str) -> Result<Value, UpstreamError> {
    let token = id_token::parse(token).map_err(UpstreamError::IdToken)?;
    let keys = serde_json::to_value(keys().public()).unwrap();
    let expected = Expected {
        provider,
        keys: &keys,
        nonce: Some("n"),
        access_token: "token",
        code: "code",
        now: NOW * 1_000_000,
    };
    id_token::verify(&token, &expected).map(Value::Object)
}

fn signed(claims: &Value) -> String {
    keys().sign(Algorithm::Rs256, claims, None).unwrap()
}

#[test]
fn an_id_token_is_believed_with_all_that_it_says() {
    assert_eq!(verify(&provider(""), &signed(&claims())), Ok(claims()));
    let es256 = provider("id_token_signed_response_alg: ES256");
    let token = keys().sign(Algorithm::Es256, &claims(), None).unwrap();
    assert_eq!(verify(&es256, &token), Ok(claims()));
    let hs256 = provider("id_token_signed_response_alg: HS256");
    let token = jws::sign_shared(Algorithm::Hs256, SECRET.as_bytes(), &claims()).unwrap();
    assert_eq!(verify(&hs256, &token), Ok(claims()));
}

#[test]
fn an_id_token_with_a_wrong_claim_is_not_believed() {
    for (claim, value) in [
        ("iss", json!("https://idp.example")),
        ("aud", json!("others")),
        ("aud", json!([CLIENT, "others"])),
        ("exp", json!(NOW)),
        ("nonce", json!("another")),
        ("azp", json!("others")),
        ("at_hash", json!("AAAA")),
        ("c_hash", json!("AAAA")),
        ("sub", json!(7)),
        ("email", json!({"a": 1})),
    ] {
        let mut claims = claims();
        claims[claim] = value;
        let found = verify(&provider(""), &signed(&claims));
        assert!(found.is_err(), "{claim}: {found:?}");
    }
    for claim in ["iss", "aud", "exp", "nonce", "sub"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(claim);
        let found = verify(&provider(""), &signed(&claims));
        assert!(found.is_err(), "{claim}: {found:?}");
    }
}

#[test]
fn hashes_that_fit_are_accepted() {
    let mut claims = claims();
    claims["at_hash"] = json!(Algorithm::Rs256.half_hash("token"));
    claims["c_hash"] = json!(Algorithm::Rs256.half_hash("code"));
    assert!(verify(&provider(""), &signed(&claims)).is_ok());
}

#[test]
fn an_id_token_signed_otherwise_is_not_believed() {
    let (rs256, hs256) = (
        provider(""),
        provider("id_token_signed_response_alg: HS256"),
    );
    let es256 = keys().sign(Algorithm::Es256, &claims(), None).unwrap();
    assert!(verify(&rs256, &es256).is_err(), "another algorithm");
    // The public key is no secret.
    let public = serde_json::to_vec(keys().public()).unwrap();
    let confused = jws::sign_shared(Algorithm::Hs256, &public, &claims()).unwrap();
    assert!(verify(&rs256, &confused).is_err());
    assert!(verify(&hs256, &confused).is_err());
    let right = signed(&claims());
    let (message, signature) = right.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let mut other = claims();
    other["sub"] = json!("2");
    let other = signed(&other);
    let payload = other.split('.').nth(1).unwrap();
    assert!(verify(&rs256, &format!("{header}.{payload}.{signature}")).is_err());
    // {"alg":"none"}
    assert!(verify(&rs256, &format!("eyJhbGciOiJub25lIn0.{payload}.")).is_err());
}

#[test]
fn what_cannot_be_used_is_refused_when_it_is_configured() {
    let refused = |more: &str| {
        Provider::new(
            provider_settings(more),
            &Url::parse("https://us.example/").unwrap(),
        )
        .unwrap_err()
    };
    let (key, _) = refused("id_token_signed_response_alg: none");
    assert_eq!(key, "id_token_signed_response_alg");
    let (key, _) = refused("id_token_signed_response_alg: ES256K");
    assert_eq!(key, "id_token_signed_response_alg");
    let (key, reason) = refused("claims_imports: {localpart: {template: '{{ user'}}");
    assert_eq!(key, "claims_imports.localpart.template");
    assert!(reason.starts_with("the template is not right"), "{reason}");
}

fn provider_settings(more: &str) -> crate::config::UpstreamProvider {
    let yaml = format!(
        "upstream_oauth2: {{providers: [{{id: 01HV3JZ6Y0000000000000000A, issuer: '{ISSUER}', \
         client_id: {CLIENT}, token_endpoint_auth_method: none, scope: openid, {more}}}]}}"
    );
    let loaded = Config::from_yaml(&yaml, std::path::Path::new("/nowhere")).unwrap();
    let mut providers = loaded.config.upstream_oauth2.providers;
    providers.remove(0)
}
