//! Keys as operators have them, and tokens as clients read them.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{DecodingKey, Validation};
use muniment_store::{Clock, Entropy, KeyRing, MasterSecret, Sealer, sql::DatabaseOptions};
use serde_json::{Value, json};

use super::*;
use super::{jws::Unverified, key::PrivateKey};
use crate::ambient::SystemEntropy;

macro_rules! key {
    ($name:literal) => {
        include_bytes!(concat!("testdata/", $name, ".pem")).as_slice()
    };
}

const KEYS: [(KeyKind, [&[u8]; 3]); 4] = [
    (
        KeyKind::Rsa,
        [key!("rsa.pkcs1"), key!("rsa.pkcs8"), key!("rsa.encrypted")],
    ),
    (
        KeyKind::P256,
        [
            key!("p256.sec1"),
            key!("p256.pkcs8"),
            key!("p256.encrypted"),
        ],
    ),
    (
        KeyKind::P384,
        [
            key!("p384.sec1"),
            key!("p384.pkcs8"),
            key!("p384.encrypted"),
        ],
    ),
    (
        KeyKind::Secp256k1,
        [
            key!("secp256k1.sec1"),
            key!("secp256k1.pkcs8"),
            key!("secp256k1.encrypted"),
        ],
    ),
];

fn configured(key: &[u8]) -> ConfiguredKey {
    ConfiguredKey {
        kid: None,
        key: load(key, None).unwrap(),
        place: "secrets.keys[0]".to_owned(),
    }
}

fn one_of_each() -> SigningKeys {
    SigningKeys::configured(KEYS.map(|(_, [key, ..])| configured(key)).into())
}

fn der(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    let block = text.rsplit("-----BEGIN").next().unwrap();
    let lines = block
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('-'));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

#[test]
fn every_form_of_a_key_is_the_same_key() {
    for (kind, [plain, pkcs8, encrypted]) in KEYS {
        let key = load(plain, None).unwrap();
        assert_eq!(key.kind(), kind);
        for other in [
            load(pkcs8, None),
            load(&der(plain), None),
            load(&der(pkcs8), None),
            load(encrypted, Some("hunter2")),
            load(&der(encrypted), Some("hunter2")),
        ] {
            assert_eq!(other.unwrap().thumbprint(), key.thumbprint(), "{kind:?}");
        }
    }
}

#[test]
fn a_password_too_many_or_too_few_is_refused() {
    for (_, [plain, pkcs8, encrypted]) in KEYS {
        for unencrypted in [plain, pkcs8] {
            let refusal = load(unencrypted, Some("hunter2")).unwrap_err();
            assert!(refusal.contains("not encrypted"), "{refusal}");
        }
        let refusal = load(encrypted, None).unwrap_err();
        assert!(refusal.contains("is encrypted"), "{refusal}");
        let refusal = load(encrypted, Some("hunter3")).unwrap_err();
        assert!(refusal.contains("password is wrong"), "{refusal}");
    }
}

#[test]
fn what_is_no_usable_key_is_refused_with_the_reason() {
    for (material, reason) in [
        (key!("rsa1024"), "2048 bits or more"),
        (key!("ed25519"), "not a private key that is understood"),
        (key!("rsa.old-encryption"), "openssl pkcs8 -topk8"),
        (b"".as_slice(), "not a private key"),
        (b"hello".as_slice(), "not a private key"),
        (
            b"-----BEGIN PRIVATE KEY-----\nAA".as_slice(),
            "holds no private key",
        ),
    ] {
        let refusal = load(material, None).unwrap_err();
        assert!(refusal.contains(reason), "{refusal}");
    }
    let two = [key!("p256.pkcs8"), key!("p384.pkcs8")].concat();
    assert!(load(&two, None).unwrap_err().contains("more than one"));
}

#[test]
fn every_algorithm_that_is_offered_signs_and_is_verified_by_the_published_keys() {
    let keys = one_of_each();
    let published = JwkSet::from_value(&serde_json::to_value(keys.public()).unwrap()).unwrap();
    let names: Vec<&str> = keys.algorithms().into_iter().map(Algorithm::name).collect();
    assert_eq!(
        names,
        [
            "ES256", "ES256K", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"
        ]
    );
    for algorithm in keys.algorithms() {
        let token = keys.sign(algorithm, &json!({"a": 1}), Some("JWT")).unwrap();
        let parsed = Unverified::parse(&token).unwrap();
        assert_eq!(parsed.algorithm, algorithm);
        assert_eq!(parsed.verify::<Value>(&published), Ok(json!({"a": 1})));
        let mut changed = token.clone();
        changed.replace_range(token.len() - 6..token.len() - 4, "AA");
        if changed != token {
            let changed = Unverified::parse(&changed).unwrap();
            assert!(
                changed.verify::<Value>(&published).is_err(),
                "{algorithm:?}"
            );
        }
    }
    assert!(matches!(
        keys.sign(Algorithm::Hs256, &json!({}), None),
        Err(SignError::NoKey(Algorithm::Hs256))
    ));
}

/// An implementation that is not ours reads what is signed.
#[test]
fn others_read_our_tokens() {
    let keys = one_of_each();
    let published: jsonwebtoken::jwk::JwkSet = {
        // It does not know secp256k1.
        let mut set = serde_json::to_value(keys.public()).unwrap();
        set["keys"].as_array_mut().unwrap().pop();
        serde_json::from_value(set).unwrap()
    };
    for algorithm in keys.algorithms() {
        if algorithm == Algorithm::Es256k {
            continue;
        }
        let token = keys.sign(algorithm, &json!({"a": 1}), None).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        let key = published.find(&header.kid.unwrap()).unwrap();
        let mut validation = Validation::new(header.alg);
        validation.required_spec_claims.clear();
        let key = DecodingKey::from_jwk(key).unwrap();
        let read = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
        assert_eq!(read.claims, json!({"a": 1}));
    }
}

#[test]
fn published_keys_hold_public_numbers_use_and_name_alone() {
    let keys = SigningKeys::configured(vec![
        ConfiguredKey {
            kid: Some("mine".to_owned()),
            ..configured(key!("p256.sec1"))
        },
        configured(key!("rsa.pkcs8")),
    ]);
    let published = serde_json::to_value(keys.public()).unwrap();
    let members = |index: usize| -> Vec<String> {
        let key = published["keys"][index].as_object().unwrap();
        key.keys().cloned().collect()
    };
    assert_eq!(members(0), ["crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(published["keys"][0]["kid"], "mine");
    assert_eq!(published["keys"][0]["use"], "sig");
    assert_eq!(members(1), ["e", "kid", "kty", "n", "use"]);
    let thumbprint = load(key!("rsa.pkcs8"), None).unwrap().thumbprint();
    assert_eq!(published["keys"][1]["kid"], thumbprint);
}

#[test]
fn tokens_without_a_signature_are_not_read() {
    for token in [
        "",
        "a.b",
        "a.b.c",
        // {"alg":"none"}
        "eyJhbGciOiJub25lIn0.e30.",
        // {"alg":"RS256","crit":["exp"]}
        "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsiZXhwIl19.e30.AA",
    ] {
        assert!(Unverified::parse(token).is_err(), "{token}");
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let keys = one_of_each();
    let token = keys.sign(Algorithm::Rs256, &json!({}), None).unwrap();
    let parsed = Unverified::parse(&token).unwrap();
    assert!(parsed.verify_shared::<Value>(b"secret").is_err());
    let claims = json!({});
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    let secret = jsonwebtoken::EncodingKey::from_secret(b"secret");
    let token = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
    let parsed = Unverified::parse(&token).unwrap();
    assert!(parsed.verify::<Value>(keys.public()).is_err());
    assert_eq!(parsed.verify_shared::<Value>(b"secret"), Ok(claims));
    assert!(parsed.verify_shared::<Value>(b"Secret").is_err());
}

#[derive(Debug)]
struct At(i64);

impl Clock for At {
    fn now(&self) -> i64 {
        self.0
    }
}

async fn store(folder: &tempfile::TempDir) -> (muniment_store::sql::Database, Sealer) {
    let file = folder.path().join("muniment.db");
    let options = DatabaseOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    let database = options.open().await.unwrap();
    let keys = options.open_keys(&database).await.unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new().unwrap());
    let master = MasterSecret::new([7; 32]);
    let ring = KeyRing::open(keys, &database, &master, entropy).await;
    let sealer = ring.unwrap().sealer();
    (database, sealer)
}

fn kids(keys: &SigningKeys) -> Vec<String> {
    keys.all().iter().map(|key| key.kid.clone()).collect()
}

#[tokio::test]
async fn keys_are_made_once_and_the_newest_of_a_kind_signs() {
    let folder = tempfile::tempdir().unwrap();
    let (database, sealer) = store(&folder).await;
    let (one, other) = tokio::join!(
        SigningKeys::open(Vec::new(), &database, &sealer, &At(1)),
        SigningKeys::open(Vec::new(), &database, &sealer, &At(2)),
    );
    let first = kids(&one.unwrap());
    assert_eq!(first, kids(&other.unwrap()));
    assert_eq!(first.len(), 4);

    let added = generate(KeyKind::P256, 10).unwrap();
    muniment_store::signing_keys::add(&database, &sealer, &added)
        .await
        .unwrap();
    let keys = SigningKeys::open(Vec::new(), &database, &sealer, &At(11))
        .await
        .unwrap();
    assert_eq!(keys.all().len(), 5);
    let token = keys.sign(Algorithm::Es256, &json!({}), None).unwrap();
    assert_eq!(Unverified::parse(&token).unwrap().kid, Some(added.kid));

    let stored = database
        .fetch_one(muniment_store::sql::query(
            "SELECT sealed FROM signing_keys LIMIT 1",
        ))
        .await
        .unwrap();
    let hidden: Vec<u8> = stored.get(0).unwrap();
    assert!(
        PrivateKey::from_der(&hidden).is_err(),
        "keys are not stored in clear"
    );
}

#[tokio::test]
async fn configured_keys_leave_the_store_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (database, sealer) = store(&folder).await;
    let keys = SigningKeys::open(
        vec![configured(key!("rsa.pkcs1"))],
        &database,
        &sealer,
        &At(1),
    )
    .await
    .unwrap();
    assert_eq!(keys.all().len(), 1);
    let stored = muniment_store::signing_keys::all(&database, &sealer).await;
    assert!(stored.unwrap().is_empty());
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs() {
    const MINUTE: i64 = 60 * 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    let (database, sealer) = store(&folder).await;
    let began = 1_000 * MINUTE;
    let keys = SigningKeys::open(Vec::new(), &database, &sealer, &At(began)).await;
    let current = CurrentKeys::new(keys.unwrap());
    let signs = || {
        let keys = current.get();
        let first = keys
            .all()
            .iter()
            .find(|key| key.key.kind() == KeyKind::P256);
        first.unwrap().kid.clone()
    };
    let old = signs();
    let added = began + 60 * MINUTE;
    let new = generate(KeyKind::P256, added).unwrap();
    muniment_store::signing_keys::add(&database, &sealer, &new)
        .await
        .unwrap();
    assert_eq!(
        current.get().all().len(),
        KeyKind::ALL.len(),
        "not known yet"
    );
    for (minutes, signing) in [(1, &old), (2, &new.kid)] {
        let now = added + minutes * MINUTE;
        current.reload(&database, &sealer, now).await.unwrap();
        assert_eq!(current.get().public().keys.len(), KeyKind::ALL.len() + 1);
        assert_eq!(&signs(), signing, "after {minutes} min");
    }
}
