//! `POST /oauth2/token` with `client_credentials` (contract/oauth2.md 7, facts 32 to 35).

use std::collections::HashSet;

use muniment_tests::{TestDatabase, each_backend, server::CLIENT_ID};
use serde_json::json;

use crate::{Answer, POST_ID, POST_SECRET, PUBLIC_ID, answer, authenticated, start, start_with};

each_backend!(
    a_client_gets_a_token_for_itself,
    scopes_are_granted_by_client,
    a_token_lives_as_long_as_configured,
    a_grant_is_needed_and_has_to_be_known,
);

async fn with_scope(server: &muniment_tests::TestServer, admin: bool, scope: &str) -> Answer {
    let grant = [("grant_type", "client_credentials"), ("scope", scope)];
    let request = if admin {
        authenticated(server).form(&grant)
    } else {
        let client = [("client_id", POST_ID), ("client_secret", POST_SECRET)];
        server
            .post("/oauth2/token")
            .form(&[&grant[..], &client].concat())
    };
    answer(request).await
}

async fn a_client_gets_a_token_for_itself(database: TestDatabase) {
    let server = start(&database).await;
    let mut tokens = HashSet::new();
    // Fact 32: without a scope there is none in the answer either.
    for parameters in [
        &[("grant_type", "client_credentials")][..],
        &[("grant_type", "client_credentials"), ("scope", "")],
        &[
            ("grant_type", "client_credentials"),
            ("unknown", "ignored"),
            ("client_id", CLIENT_ID),
        ],
    ] {
        let issued = answer(authenticated(&server).form(parameters)).await;
        assert_eq!(issued.status, 200, "{issued:?}");
        issued.is_not_cached();
        let body = issued.json();
        let token = body["access_token"].as_str().unwrap().to_owned();
        assert_eq!(
            body,
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 })
        );
        let parts: Vec<&str> = token.split('_').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(
            (parts[0], &lengths[..]),
            ("mat", &[3, 30, 6][..]),
            "{token}"
        );
        assert!(tokens.insert(token), "each call issues another token");
    }
    // A session starts with each.
    let admin = server.admin_token().await;
    for token in tokens {
        let body = json!({ "query": "{viewer{__typename}}" });
        let refused = server.post("/graphql").bearer_auth(&token).json(&body);
        assert_eq!(answer(refused).await.status, 401, "it has no scope");
    }
    let body = json!({ "query": "{viewer{__typename}}" });
    assert_eq!(
        answer(server.post("/graphql").bearer_auth(admin).json(&body))
            .await
            .status,
        200
    );
}

async fn scopes_are_granted_by_client(database: TestDatabase) {
    let server = start(&database).await;
    for (admin, scope, granted) in [
        // Fact 33
        (false, "urn:mas:graphql:*", "urn:mas:graphql:*"),
        (false, "openid email", "email openid"),
        // Fact 35
        (true, "urn:mas:admin", "urn:mas:admin"),
        // Each once, in order.
        (
            true,
            "urn:mas:graphql:* openid urn:mas:admin openid",
            "openid urn:mas:admin urn:mas:graphql:*",
        ),
    ] {
        let issued = with_scope(&server, admin, scope).await;
        assert_eq!(issued.status, 200, "{scope}: {issued:?}");
        assert_eq!(issued.json()["scope"], granted);
        assert_eq!(issued.json().get("refresh_token"), None);
    }
    let device = "urn:matrix:client:device:ABCDEFGHIJ";
    for (admin, scope, refused) in [
        // Fact 34
        (false, "urn:mas:admin", &["urn:mas:admin"][..]),
        (false, "openid urn:mas:admin", &["urn:mas:admin"]),
        (true, "unknown", &["unknown"]),
        (
            true,
            "urn:matrix:client:api:*",
            &["urn:matrix:client:api:*"],
        ),
        (true, "urn:synapse:admin:*", &["urn:synapse:admin:*"]),
        (true, &format!("{device} zzz"), &[device, "zzz"]),
    ] {
        let answer = with_scope(&server, admin, scope).await;
        answer.refused(403, "invalid_scope");
        let messages: Vec<String> = refused
            .iter()
            .map(|scope| format!("scope '{scope}' not allowed"))
            .collect();
        assert_eq!(answer.json()["error_description"], messages.join(", "));
    }
    for malformed in [
        "with\"quote",
        "with\\backslash",
        "caf\u{e9}",
        "a\u{0}b",
        "a\tb",
        "a  b",
        "a\nb",
    ] {
        with_scope(&server, true, malformed)
            .await
            .refused(400, "invalid_scope");
    }
}

async fn a_token_lives_as_long_as_configured(database: TestDatabase) {
    let server = start_with(&database, |yaml| {
        yaml + "experimental:\n  access_token_ttl: 60\n"
    })
    .await;
    let issued = with_scope(&server, true, "urn:mas:admin").await;
    assert_eq!(issued.json()["expires_in"], 60);
}

async fn a_grant_is_needed_and_has_to_be_known(database: TestDatabase) {
    let server = start(&database).await;
    for (grant, status, error) in [
        (None, 400, "invalid_request"),
        (Some(""), 400, "invalid_request"),
        // Fact 42
        (Some("password"), 400, "unsupported_grant_type"),
        (Some("Client_Credentials"), 400, "unsupported_grant_type"),
        (Some("client_credentials "), 400, "unsupported_grant_type"),
    ] {
        let parameters: Vec<(&str, &str)> = grant
            .into_iter()
            .map(|grant| ("grant_type", grant))
            .collect();
        let refused = answer(authenticated(&server).form(&parameters)).await;
        refused.refused(status, error);
    }
    // A client that cannot prove who it is gets nothing for itself.
    let public = [
        ("grant_type", "client_credentials"),
        ("client_id", PUBLIC_ID),
    ];
    let public = answer(server.post("/oauth2/token").form(&public)).await;
    public.refused(401, "unauthorized_client");
}
