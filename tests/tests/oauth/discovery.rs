//! The well-known documents (contract/oauth2.md 3.1; RFC 8414).

use muniment_tests::{TestDatabase, TestServer, each_backend, server::configuration};
use reqwest::Method;
use serde_json::Value;

use crate::{Answer, answer, start_with_pages};

each_backend!(
    both_documents_tell_the_same_to_everybody,
    addresses_follow_the_public_base_and_not_the_listener,
);

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";
const GRAPHQL: &str = "org.matrix.matrix-authentication-service.graphql_endpoint";

async fn both_documents_tell_the_same_to_everybody(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let mut documents = Vec::new();
    for path in [OPENID, OAUTH] {
        let found = answer(server.get(path).header("origin", "https://app.example.org")).await;
        assert_eq!(found.status, 200);
        open_to_any_page(&found);
        documents.push(found.json());
        assert_eq!(answer(server.request(Method::HEAD, path)).await.status, 200);
        assert_eq!(answer(server.post(path)).await.status, 405);
        let preflight = server
            .request(Method::OPTIONS, path)
            .header("origin", "https://app.example.org")
            .header("access-control-request-method", "GET");
        let preflight = answer(preflight).await;
        assert_eq!(preflight.status, 200);
        assert_eq!(preflight.header("access-control-max-age"), Some("3600"));
        open_to_any_page(&preflight);
    }
    assert_eq!(documents[0], documents[1]);
    let document = &documents[0];
    assert_eq!(document["issuer"], "http://127.0.0.1/");
    assert_eq!(document["token_endpoint"], "http://127.0.0.1/oauth2/token");
    assert_eq!(document[GRAPHQL], "http://127.0.0.1/graphql");
    assert_eq!(
        document["grant_types_supported"],
        serde_json::json!([
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code"
        ])
    );
    assert_eq!(
        document["scopes_supported"],
        serde_json::json!(["openid", "email"])
    );
    assert_eq!(
        document["subject_types_supported"],
        serde_json::json!(["public"])
    );
    for parameter in ["claims", "request", "request_uri"] {
        assert_eq!(document[format!("{parameter}_parameter_supported")], false);
    }
    // What it names is served, and what is not served it does not name.
    for (key, value) in document.as_object().unwrap() {
        assert_ne!(*value, Value::Null, "{key}");
        let Some(url) = value.as_str().filter(|_| key.ends_with("_endpoint")) else {
            continue;
        };
        let path = url.strip_prefix("http://127.0.0.1").unwrap();
        let found = answer(server.post(path)).await.status;
        assert!(
            matches!(found, 400 | 401 | 405 | 415),
            "{key} answers {found}"
        );
    }
    let methods = document["token_endpoint_auth_methods_supported"]
        .as_array()
        .unwrap();
    for method in ["client_secret_basic", "client_secret_post"] {
        assert!(methods.iter().any(|known| known == method), "{method}");
    }
}

fn open_to_any_page(answer: &Answer) {
    let allowed = answer.header("access-control-allow-origin").unwrap();
    assert!(
        ["*", "https://app.example.org"].contains(&allowed),
        "{allowed}"
    );
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

async fn addresses_follow_the_public_base_and_not_the_listener(database: TestDatabase) {
    let yaml = configuration(database.uri(), "")
        .replacen(
            "public_base: http://127.0.0.1/",
            "public_base: https://example.com/auth\n  issuer: https://issuer.example.com",
            1,
        )
        .replacen(
            "    - name: web\n",
            "    - name: web\n      prefix: /auth\n",
            1,
        )
        .replacen(
            "\ndatabase:\n",
            "
    - name: plain
      binds: [{ address: '127.0.0.1:0' }]
      resources: [{ name: discovery }]
database:
",
            1,
        );
    let server = TestServer::start_configured(&database, &yaml).await;
    let (prefixed, plain) = (0, 1);
    for (listener, prefix) in [(prefixed, "/auth"), (plain, "")] {
        for path in [OPENID, OAUTH] {
            let path = format!("{prefix}{path}");
            let found = answer(server.request_at(listener, Method::GET, &path)).await;
            assert_eq!(found.status, 200, "{path}");
            let document = found.json();
            assert_eq!(document["issuer"], "https://issuer.example.com/");
            assert_eq!(
                document["token_endpoint"],
                "https://example.com/auth/oauth2/token"
            );
            assert_eq!(document[GRAPHQL], "https://example.com/auth/graphql");
        }
    }
    for (listener, path, status) in [
        (prefixed, OPENID, 404),
        (plain, "/auth/.well-known/openid-configuration", 404),
        (prefixed, "/oauth2/token", 404),
        (prefixed, "/auth/oauth2/token", 400),
        (plain, "/oauth2/token", 404),
        (prefixed, "/auth/api/admin/v1/version", 405),
        (prefixed, "/auth", 404),
        (prefixed, "/auth/", 404),
    ] {
        let found = answer(server.request_at(listener, Method::POST, path)).await;
        assert_eq!(found.status, status, "{path}");
        if status == 404 {
            assert!(
                found
                    .header("content-type")
                    .unwrap()
                    .starts_with("text/html")
            );
        }
    }
    // Links inside the Admin API do not know the prefix.
    let spec = answer(server.request_at(prefixed, Method::GET, "/auth/api/spec.json")).await;
    assert_eq!(spec.json()["servers"][0]["url"], "https://example.com/auth");
}
