//! Clients that sign with a key of their own (`private_key_jwt`, contract/oauth2.md 4.4), and the place
//! where they publish it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use muniment_tests::{TestDatabase, TestServer, each_backend};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{Answer, answer, people::now, start_with};

each_backend!(
    a_client_is_known_by_a_key_that_it_publishes,
    a_client_is_known_by_a_key_that_is_configured,
    a_stranger_does_not_send_the_server_to_its_own_network,
);

const ID: &str = "01JZZZZZZZZZZZZZZZZZZZKEYS";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn set(&self) -> Value {
        // 4, then both coordinates.
        let point = self.0.public_key().as_ref();
        let coordinate = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "one", "use": "sig",
            "x": coordinate(1), "y": coordinate(33)}]})
    }

    fn assertion(&self, id: &str, jti: &str, more: &Value) -> String {
        let seconds = now() / 1_000_000;
        let mut claims = json!({"iss": id, "sub": id, "jti": jti, "iat": seconds,
            "exp": seconds + 60, "aud": "http://127.0.0.1/oauth2/token"});
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let text = format!(
            "{}.{}",
            part(&json!({"alg": "ES256", "kid": "one"})),
            part(&claims)
        );
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn prove(server: &TestServer, assertion: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    answer(server.post("/oauth2/token").form(&fields)).await
}

/// A server that answers whatever it is asked with this, and counts.
async fn publish(body: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(body.as_bytes()).await;
        }
    });
    (url, asked)
}

async fn start(database: &TestDatabase, keys: &str) -> TestServer {
    let client = format!(
        "clients:\n  - client_id: {ID}\n    client_auth_method: private_key_jwt\n    {keys}\n"
    );
    start_with(database, |yaml| yaml.replacen("clients:\n", &client, 1)).await
}

async fn a_client_is_known_by_a_key_that_it_publishes(database: TestDatabase) {
    let (key, other) = (Key::new(), Key::new());
    let (url, asked) = publish(key.set().to_string()).await;
    let server = start(&database, &format!("jwks_uri: {url}")).await;
    let plain = json!({});
    let first = key.assertion(ID, "one", &plain);
    assert_eq!(prove(&server, &first).await.status, 200);
    // Once, and by nobody else.
    prove(&server, &first).await.refused(401, "invalid_client");
    for refused in [
        other.assertion(ID, "two", &plain),
        key.assertion(crate::PUBLIC_ID, "three", &plain),
        key.assertion(ID, "four", &json!({"aud": "https://elsewhere.example/"})),
        key.assertion(ID, "five", &json!({"exp": 1})),
    ] {
        prove(&server, &refused)
            .await
            .refused(401, "invalid_client");
    }
    let again = key.assertion(ID, "six", &plain);
    assert_eq!(prove(&server, &again).await.status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "the keys are remembered");
}

async fn a_client_is_known_by_a_key_that_is_configured(database: TestDatabase) {
    let key = Key::new();
    let server = start(&database, &format!("jwks: {}", key.set())).await;
    let assertion = key.assertion(ID, "one", &json!({}));
    assert_eq!(prove(&server, &assertion).await.status, 200);
}

async fn a_stranger_does_not_send_the_server_to_its_own_network(database: TestDatabase) {
    let key = Key::new();
    let (url, asked) = publish(key.set().to_string()).await;
    let server = start(&database, &format!("jwks: {}", key.set())).await;
    let metadata = json!({
        "client_uri": "https://example.com/",
        "redirect_uris": ["https://example.com/callback"],
        "grant_types": ["client_credentials", "authorization_code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks_uri": url.replacen("http://", "https://", 1),
    });
    let client = answer(server.post("/oauth2/registration").json(&metadata)).await;
    assert_eq!(client.status, 201, "{client:?}");
    let id = client.json()["client_id"].as_str().unwrap().to_owned();
    let refused = prove(&server, &key.assertion(&id, "one", &json!({}))).await;
    assert!(matches!(refused.status, 401 | 500), "{refused:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert!(!refused.text.contains("127.0.0.1"), "{refused:?}");
}
