use muniment_tests::{TestDatabase, browser::Answer, each_backend};
use serde_json::{Value, json};

use crate::{
    LOGIN, change, credentials, introspect, post, refused, sign_in, signed_in, start, start_with,
    text, user,
};

each_backend!(
    the_ways_to_sign_in_are_told,
    a_password_makes_a_session_of_a_device,
    whoever_may_not_sign_in_learns_no_more_than_that,
    a_body_that_says_something_else_is_told_what_is_wrong,
    the_fourth_wrong_password_is_one_too_many,
    without_passwords_there_is_no_way_by_them,
);

async fn the_ways_to_sign_in_are_told(database: TestDatabase) {
    let server = start(&database).await;
    for path in ["/_matrix/client/v3/login", "/_matrix/client/r0/login"] {
        let found = Answer::to(server.get(path)).await;
        assert_eq!(found.status, 200);
        assert_eq!(
            found.json(),
            json!({"flows": [
                {"type": "m.login.password"},
                {
                    "type": "m.login.sso",
                    "oauth_aware_preferred": true,
                    "org.matrix.msc3824.delegated_oidc_compatibility": true,
                },
                {"type": "m.login.token"},
            ]})
        );
    }
}

async fn a_password_makes_a_session_of_a_device(database: TestDatabase) {
    let server = start(&database).await;
    let id = user(&server, "alice").await;
    let plain = sign_in(&server, "alice", &json!({})).await;
    assert_eq!(plain.as_object().unwrap().len(), 3, "{plain}");
    assert_eq!(plain["user_id"], "@alice:example.com");
    assert!(text(&plain, "access_token").starts_with("mct_"));
    let device = text(&plain, "device_id");
    assert!(device.len() == 10 && device.chars().all(|c| c.is_ascii_alphanumeric()));
    let found = introspect(&server, &text(&plain, "access_token")).await;
    assert_eq!(found["active"], true);
    assert_eq!(found["sub"], id);
    assert_eq!(found["device_id"], device);
    assert_eq!(found.get("exp"), None, "it is for ever");

    let wishes = json!({
        "refresh_token": true,
        "device_id": "MY-DEVICE",
        "initial_device_display_name": "kitchen",
        "unknown": [1],
    });
    let refreshable = sign_in(&server, "@alice:example.com", &wishes).await;
    assert_eq!(refreshable["device_id"], "MY-DEVICE");
    assert_eq!(refreshable["expires_in_ms"], 300_000);
    assert!(text(&refreshable, "refresh_token").starts_with("mcr_"));

    // The deprecated name wins, and nobody has to say that JSON is JSON.
    let mut old = credentials("nobody", &json!({ "user": "ALICE" }));
    old.as_object_mut().unwrap().remove("refresh_token");
    let request = server.post(LOGIN).body(old.to_string());
    signed_in(&Answer::to(request).await);
}

async fn whoever_may_not_sign_in_learns_no_more_than_that(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    let attempt =
        async |name: &str, more: Value| post(&server, LOGIN, &credentials(name, &more)).await;
    let wrong = attempt("alice", json!({ "password": "wrong" })).await;
    refused(&wrong, 403, "M_FORBIDDEN");
    let bob = user(&server, "bob").await;
    change(&server, &bob, "deactivate").await;
    for name in [
        "bob",
        "nobody",
        "@alice:elsewhere.example",
        "alice@example.com",
        "a\0b",
        "",
    ] {
        let unknown = attempt(name, json!({})).await;
        refused(&unknown, 403, "M_FORBIDDEN");
        assert_eq!(unknown.text, wrong.text);
    }
    change(&server, &alice, "lock").await;
    refused(&attempt("alice", json!({})).await, 401, "M_USER_LOCKED");
    change(&server, &alice, "unlock").await;
    signed_in(&attempt("alice", json!({})).await);
    // Without a password there is none to be right.
    let token = server.admin_token().await;
    server.register(&token, "carol").await;
    refused(&attempt("carol", json!({})).await, 403, "M_FORBIDDEN");
}

async fn a_body_that_says_something_else_is_told_what_is_wrong(database: TestDatabase) {
    let server = start(&database).await;
    user(&server, "alice").await;
    let raw = async |body: &str| Answer::to(server.post(LOGIN).body(body.to_owned())).await;
    for body in ["", "{", "no", "{} {}"] {
        refused(&raw(body).await, 400, "M_NOT_JSON");
    }
    for body in ["{}", "[]", "null", "{\"type\": 1}"] {
        refused(&raw(body).await, 400, "M_BAD_JSON");
    }
    let form = server.post(LOGIN).form(&[("type", "m.login.password")]);
    refused(&Answer::to(form).await, 400, "M_NOT_JSON");
    let huge = format!("{{\"type\": \"{}\"}}", "x".repeat(900_000));
    refused(&raw(&huge).await, 413, "M_TOO_LARGE");
    for (more, code) in [
        (json!({"type": "m.login.application_service"}), "M_UNKNOWN"),
        (json!({"type": "m.login.dummy"}), "M_UNKNOWN"),
        (
            json!({"identifier": {"type": "m.id.thirdparty", "medium": "email"}}),
            "M_UNKNOWN",
        ),
        (json!({"identifier": null}), "M_BAD_JSON"),
        (json!({"identifier": {"type": "m.id.user"}}), "M_BAD_JSON"),
        (json!({"password": null}), "M_BAD_JSON"),
        (json!({"refresh_token": "yes"}), "M_BAD_JSON"),
        (json!({"device_id": "x".repeat(256)}), "M_INVALID_PARAM"),
    ] {
        let answer = post(&server, LOGIN, &credentials("alice", &more)).await;
        refused(&answer, 400, code);
    }
}

async fn the_fourth_wrong_password_is_one_too_many(database: TestDatabase) {
    let server = start_with(&database, "rate_limiting: {}\n").await;
    user(&server, "alice").await;
    let wrong = credentials("alice", &json!({ "password": "wrong" }));
    for _ in 0..3 {
        refused(&post(&server, LOGIN, &wrong).await, 403, "M_FORBIDDEN");
    }
    for body in [wrong, credentials("alice", &json!({}))] {
        refused(&post(&server, LOGIN, &body).await, 429, "M_LIMIT_EXCEEDED");
    }
}

async fn without_passwords_there_is_no_way_by_them(database: TestDatabase) {
    let server = start_with(&database, "passwords: {enabled: false}\n").await;
    let found = Answer::to(server.get(LOGIN)).await.json();
    let flows: Vec<_> = found["flows"].as_array().unwrap().iter().collect();
    assert_eq!(flows.len(), 2);
    assert!(flows.iter().all(|flow| flow["type"] != "m.login.password"));
    let answer = post(&server, LOGIN, &credentials("alice", &json!({}))).await;
    refused(&answer, 400, "M_UNKNOWN");
}
