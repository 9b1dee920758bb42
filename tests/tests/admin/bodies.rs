//! Bodies that cannot be read, and bodies that may be left out (contract/admin-api.md 3.6, 3.7).

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::json;

use crate::{Admin, Answer, UNKNOWN};

const JSON: Option<&str> = Some("application/json");

each_backend!(
    a_body_has_to_say_that_it_is_json,
    a_body_has_to_be_json_of_the_right_shape,
    a_body_has_an_end,
    deactivation_takes_a_body_or_none,
);

async fn post(
    admin: &Admin,
    path: &str,
    content_type: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut request = admin.request(Method::POST, path).body(body);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    admin.send(request).await
}

async fn a_body_has_to_say_that_it_is_json(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = "{\"username\":\"alice\"}";
    for content_type in [
        None,
        Some("text/plain"),
        Some("text/json"),
        Some("application/x-www-form-urlencoded"),
        Some("nonsense"),
    ] {
        let refused = post(&admin, "/users", content_type, alice).await;
        refused.refused(
            415,
            &["Expected request with `Content-Type: application/json`"],
        );
    }
    for (name, content_type) in [
        ("a", "application/json"),
        ("b", "application/json; charset=UTF-8"),
        ("c", "Application/JSON"),
        ("d", "application/merge-patch+json"),
    ] {
        let body = json!({ "username": name }).to_string();
        assert_eq!(
            post(&admin, "/users", Some(content_type), body)
                .await
                .status,
            201
        );
    }
}

async fn a_body_has_to_be_json_of_the_right_shape(database: TestDatabase) {
    const SYNTAX: &str = "Failed to parse the request body as JSON: ";
    const SHAPE: &str = "Failed to deserialize the JSON body into the target type: ";
    let admin = Admin::start(&database).await;
    let set_admin = format!("/users/{UNKNOWN}/set-admin");
    let set_password = format!("/users/{UNKNOWN}/set-password");
    for (path, body, status, title) in [
        ("/users", "", 400, SYNTAX),
        ("/users", "{", 400, SYNTAX),
        ("/users", "nope", 400, SYNTAX),
        ("/users", "{\"username\":\"x\"} x", 400, SYNTAX),
        ("/users", "null", 422, SHAPE),
        ("/users", "[\"alice\"]", 422, SHAPE),
        ("/users", "[\"alice\"", 400, SYNTAX),
        ("/users", "{}", 422, SHAPE),
        ("/users", "{\"username\":null}", 422, SHAPE),
        ("/users", "{\"username\":7}", 422, SHAPE),
        (
            "/users",
            "{\"username\":\"x\",\"skip_homeserver_check\":null}",
            422,
            SHAPE,
        ),
        (
            "/users",
            "{\"username\":\"x\",\"displayname\":7}",
            422,
            SHAPE,
        ),
        ("/user-emails", "{\"email\":\"a@example.com\"}", 422, SHAPE),
        (
            "/user-emails",
            "{\"user_id\":\"x\",\"email\":\"a@example.com\"}",
            422,
            SHAPE,
        ),
        (&set_admin, "{\"admin\":\"true\"}", 422, SHAPE),
        (&set_admin, "{\"admin\":null}", 422, SHAPE),
        (
            &set_password,
            "{\"password\":\"x\",\"skip_password_check\":\"yes\"}",
            422,
            SHAPE,
        ),
    ] {
        let refused = post(&admin, path, JSON, body).await;
        let titles = refused.titles();
        assert_eq!(
            (refused.status, titles.len()),
            (status, 1),
            "{body}: {titles:?}"
        );
        assert!(titles[0].starts_with(title), "{body}: {titles:?}");
    }
    // A list would pass for an object with its members in order, also where the body may be missing.
    let deactivate = format!("/users/{UNKNOWN}/deactivate");
    for path in [&set_admin, &deactivate] {
        let list = post(&admin, path, JSON, "[true]").await;
        assert_eq!(list.status, 422, "{list:?}");
    }
    let named = post(
        &admin,
        "/users",
        JSON,
        "{\"username\":\"x\",\"skip_homeserver_check\":1}",
    );
    assert!(named.await.titles()[0].contains("skip_homeserver_check: "));
    let nobody = admin.get("/users?count=only").await.json();
    assert_eq!(nobody["meta"]["count"], 0);
}

async fn a_body_has_an_end(database: TestDatabase) {
    const LIMIT: usize = 2 * 1024 * 1024;
    let admin = Admin::start(&database).await;
    let padded = |name: &str, length: usize| {
        let body = json!({ "username": name }).to_string();
        " ".repeat(length - body.len()) + &body
    };
    assert_eq!(
        post(&admin, "/users", JSON, padded("alice", LIMIT))
            .await
            .status,
        201
    );
    let refused = post(&admin, "/users", JSON, padded("bob", LIMIT + 1)).await;
    refused.refused(
        413,
        &["Failed to buffer the request body: length limit exceeded"],
    );
    let nobody = admin.get("/users?filter[search]=bob").await.json();
    assert_eq!(nobody["meta"]["count"], 0);
}

async fn deactivation_takes_a_body_or_none(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for (number, (content_type, body, status)) in [
        (None, "", 200),
        (None, "{\"skip_erase\":true}", 200),
        (None, "not even JSON", 200),
        (JSON, "{}", 200),
        (JSON, "{\"skip_erase\":true}", 200),
        // Two known clients say that they send JSON, and send nothing.
        (JSON, "", 200),
        (Some("application/json; charset=UTF-8"), "", 200),
        (JSON, "{", 400),
        (JSON, "{\"skip_erase\":null}", 422),
        (Some("text/plain"), "{}", 415),
    ]
    .into_iter()
    .enumerate()
    {
        let user = admin.user(&format!("user{number}")).await;
        let path = format!("/users/{user}/deactivate");
        let answer = post(&admin, &path, content_type, body).await;
        assert_eq!(answer.status, status, "{content_type:?} {body}: {answer:?}");
        let gone = admin.attributes(&user).await["deactivated_at"].is_string();
        assert_eq!(gone, status == 200, "{content_type:?} {body}");
    }
    // What other actions take no body of is not read.
    let user = admin.user("alice").await;
    for action in ["lock", "unlock", "reactivate"] {
        let path = format!("/users/{user}/{action}");
        assert_eq!(post(&admin, &path, JSON, "").await.status, 200, "{action}");
        assert_eq!(
            post(&admin, &path, Some("text/plain"), "{").await.status,
            200,
            "{action}"
        );
    }
}
