//! Tokens that are not good, and in which order a request is looked at (contract/graphql.md 1.6).

use muniment_store::sql::query;
use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::json;

use crate::{Api, VIEWER, answer};

const INVALID: &str = "Invalid token";

each_backend!(
    a_header_that_is_no_bearer_token_is_a_bad_request,
    a_token_that_is_not_good_is_refused_before_the_body_is_read,
    a_token_is_refused_once_it_has_expired,
    a_token_is_refused_while_its_user_is_locked_and_for_good_after_deactivation,
);

async fn a_header_that_is_no_bearer_token_is_a_bad_request(database: TestDatabase) {
    let api = Api::start(&database).await;
    let body = json!({ "query": VIEWER }).to_string();
    // D6
    for header in ["Basic Zm9vOmJhcg==", "Bearer", "junk", ""] {
        for request in [
            api.post(body.clone()),
            api.by_query_string(Method::GET, &[("query", VIEWER)]),
        ] {
            let refused = answer(request.header("authorization", header)).await;
            assert_eq!(refused.status, 400, "{header}");
            assert_eq!(
                refused.header("content-type"),
                Some("text/plain; charset=utf-8")
            );
            assert_eq!(refused.text, "invalid HTTP header (authorization)");
        }
    }
    let lower = api
        .post(body)
        .header("authorization", format!("bearer {}", api.admin));
    assert_eq!(answer(lower).await.status, 200);
}

async fn a_token_that_is_not_good_is_refused_before_the_body_is_read(database: TestDatabase) {
    let api = Api::start(&database).await;
    let other_scope = api.server.token("openid urn:mas:admin").await;
    for (token, message) in [
        ("junk", INVALID),
        ("mat_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_000000", INVALID),
        ("mct_cxG6gZXyvelQWW9XqfNbm5KAQovodf_XvJz43", INVALID),
        ("mcr_LoYqtrtBUBcWlE4RX6o47chBCGkadB_9gzpc1", INVALID),
        ("syt_anything", INVALID),
        // M4
        (&other_scope, "Missing urn:mas:graphql:* scope"),
    ] {
        // D5, where ours differs: a GET is answered as a POST is.
        for request in [
            api.post("junk"),
            api.server.post("/graphql").body("junk"),
            api.by_query_string(Method::GET, &[("variables", "junk")]),
            api.by_query_string(Method::GET, &[("query", "mutation{a}")]),
        ] {
            answer(request.bearer_auth(token))
                .await
                .refused(401, message);
        }
    }
}

async fn a_token_is_refused_once_it_has_expired(database: TestDatabase) {
    let api = Api::start(&database).await;
    let other_scope = api.server.token("openid").await;
    let body = json!({ "query": VIEWER }).to_string();
    assert_eq!(
        answer(api.post(body.clone()).bearer_auth(&api.admin))
            .await
            .status,
        200
    );
    let expired = query("UPDATE oauth2_access_tokens SET expires_at = $1 RETURNING id").bind(1_i64);
    assert_eq!(
        database
            .open()
            .await
            .fetch_all(expired)
            .await
            .unwrap()
            .len(),
        2
    );
    // D7; expiry goes before the scope.
    for token in [&api.admin, &other_scope] {
        answer(api.post(body.clone()).bearer_auth(token))
            .await
            .refused(401, INVALID);
    }
}

async fn a_token_is_refused_while_its_user_is_locked_and_for_good_after_deactivation(
    database: TestDatabase,
) {
    let api = Api::start(&database).await;
    let alice = api.account("alice", &[]);
    let body = json!({ "query": VIEWER }).to_string();
    // D7
    for (mutation, input, good) in [
        ("lockUser", json!({ "userId": alice.id }), false),
        ("unlockUser", json!({ "userId": alice.id }), true),
        (
            "lockUser",
            json!({ "userId": alice.id, "deactivate": true }),
            false,
        ),
        ("unlockUser", json!({ "userId": alice.id }), false),
    ] {
        api.mutate(&api.admin, mutation, "status", &input).await;
        let now = answer(api.post(body.clone()).bearer_auth(&alice.token)).await;
        if good {
            assert_eq!(now.status, 200, "after {mutation}");
        } else {
            now.refused(401, INVALID);
        }
    }
}
