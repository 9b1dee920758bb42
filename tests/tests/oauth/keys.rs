//! The keys that tokens are verified with (contract/oauth2.md 3.2), and the operator's commands for
//! them.

use muniment_tests::{
    TestDatabase, TestServer, each_backend,
    server::{stderr, stdout},
};
use serde_json::Value;

use crate::{
    answer,
    people::{age, beside},
    start_with,
};

each_backend!(
    keys_are_made_at_the_first_start_and_shown_without_their_private_part,
    a_key_is_added_and_the_older_one_goes_on_to_verify,
    keys_of_the_configuration_are_used_alone,
);

async fn published(server: &TestServer) -> Vec<Value> {
    let request = server
        .get("/oauth2/keys.json")
        .header("origin", "https://app.example.org");
    let found = answer(request).await;
    assert_eq!(found.status, 200);
    assert!(found.header("access-control-allow-origin").is_some());
    found.json()["keys"].as_array().unwrap().clone()
}

fn command(server: &TestServer, arguments: &[&str]) -> Value {
    let output = server.command(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

async fn keys_are_made_at_the_first_start_and_shown_without_their_private_part(
    database: TestDatabase,
) {
    let server = TestServer::start(&database).await;
    let keys = published(&server).await;
    let mut kinds: Vec<&str> = keys
        .iter()
        .map(|key| key["crv"].as_str().unwrap_or("RSA"))
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["P-256", "P-384", "RSA", "secp256k1"]);
    for key in &keys {
        let mut members: Vec<&str> = key
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        members.sort_unstable();
        if key["kty"] == "RSA" {
            assert_eq!(members, ["e", "kid", "kty", "n", "use"]);
        } else {
            assert_eq!(members, ["crv", "kid", "kty", "use", "x", "y"]);
        }
        assert_eq!(key["use"], "sig");
    }
    let discovery = answer(server.get("/.well-known/openid-configuration")).await;
    assert_eq!(
        discovery.json()["jwks_uri"],
        "http://127.0.0.1/oauth2/keys.json"
    );
}

async fn a_key_is_added_and_the_older_one_goes_on_to_verify(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let before = published(&server).await;
    let log = beside(&database).await;
    age(&log, "signing_keys", &["created_at"], 3600).await;
    let added = command(&server, &["keys", "add", "--kind", "p256"]);
    let listed = || -> Vec<Value> {
        let listed = command(&server, &["keys", "list"]);
        let keys = listed["keys"].as_array().unwrap().iter();
        keys.filter(|key| key["kind"] == "p256").cloned().collect()
    };
    // The others publish it before anybody signs with it.
    let of_kind = listed();
    assert_eq!(of_kind.len(), 2);
    assert_eq!(of_kind[1]["kid"], added["kid"]);
    assert_eq!(of_kind[1]["signs"], false);
    age(&log, "signing_keys", &["created_at"], 2 * 60 + 1).await;
    let of_kind = listed();
    assert_eq!(of_kind[0]["kid"], added["kid"]);
    assert_eq!(of_kind[0]["signs"], true);
    assert_eq!(of_kind[0]["algorithms"], serde_json::json!(["ES256"]));
    assert!(of_kind[0]["created_at"].is_string());
    assert_eq!(of_kind[1]["signs"], false);
    drop(server);
    let server = TestServer::start(&database).await;
    let after = published(&server).await;
    assert_eq!(after.len(), before.len() + 1);
    for key in before {
        assert!(after.contains(&key));
    }
}

async fn keys_of_the_configuration_are_used_alone(database: TestDatabase) {
    let key = include_str!("../../../api/src/signing/testdata/rsa.pkcs8.pem").replace('\n', "\\n");
    let server = start_with(&database, |yaml| {
        yaml.replacen(
            "secrets:\n",
            &format!("secrets:\n  keys:\n    - kid: mine\n      key: \"{key}\"\n"),
            1,
        )
    })
    .await;
    let keys = published(&server).await;
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0]["kid"], "mine");
    let output = server.command(&["keys", "add", "--kind", "rsa"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("secrets.keys[0]"));
}
