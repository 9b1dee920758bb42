use muniment_tests::{TestDatabase, browser::Answer, each_backend};
use reqwest::Method;
use serde_json::json;

use crate::{LOGIN, credentials, post, refused, start, user};

each_backend!(
    whatever_is_sent_is_answered_in_matrix_form,
    clients_in_browsers_may_come_from_anywhere,
    a_connection_is_described_without_its_secrets,
);

const ENDPOINTS: [&str; 4] = [
    LOGIN,
    "/_matrix/client/r0/refresh",
    "/_matrix/client/v3/logout",
    "/_matrix/client/%FF/logout/all",
];

async fn whatever_is_sent_is_answered_in_matrix_form(database: TestDatabase) {
    let server = start(&database).await;
    user(&server, "alice").await;
    let deep = format!("{{\"type\": {}", "[".repeat(60_000));
    let huge = format!("{{\"x\": \"{}\"}}", "x".repeat(900_000));
    for path in ENDPOINTS {
        for body in [
            "\0",
            "\u{feff}{}",
            "{\"type\": {}}",
            "{\"refresh_token\": 1e999}",
            &deep,
            &huge,
        ] {
            for kind in ["application/json", "text/plain", "\u{1}"] {
                let request = server.post(path).header("authorization", "Bearer \u{e9}");
                let request = match kind {
                    "\u{1}" => request,
                    kind => request.header("content-type", kind),
                };
                let answer = Answer::to(request.body(body.to_owned())).await;
                let what = &body[..body.len().min(30)];
                assert!(
                    (400..500).contains(&answer.status),
                    "{path} {what:?}: {answer:?}"
                );
                assert!(answer.json()["errcode"].is_string(), "{answer:?}");
            }
        }
        let answer = Answer::to(server.request(Method::DELETE, path)).await;
        refused(&answer, 405, "M_UNRECOGNIZED");
    }
    // What a database would not keep.
    for more in [
        json!({"device_id": "a\0b"}),
        json!({"initial_device_display_name": "a\0b"}),
        json!({"password": "\0"}),
        json!({"identifier": {"type": "m.id.user", "user": "\0".repeat(1000)}}),
        json!({"type": "m.login.token", "token": "\0"}),
        json!({"password": "x".repeat(60_000)}),
        json!({"device_id": "a device \u{1F480} %_'\"", "initial_device_display_name": "x".repeat(50_000)}),
    ] {
        let answer = post(&server, LOGIN, &credentials("alice", &more)).await;
        assert!(answer.status < 500, "{more}: {answer:?}");
    }
}

async fn clients_in_browsers_may_come_from_anywhere(database: TestDatabase) {
    let server = start(&database).await;
    for path in [
        LOGIN,
        "/_matrix/client/v3/refresh",
        "/_matrix/client/v3/logout/all",
    ] {
        let asked = server
            .request(Method::OPTIONS, path)
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            );
        let asked = Answer::to(asked).await;
        assert_eq!(asked.status, 200, "{asked:?}");
        assert_eq!(asked.header("access-control-max-age"), Some("3600"));
        let refused = server
            .post(path)
            .header("origin", "https://app.example.com");
        let refused = Answer::to(refused).await;
        assert!(refused.status >= 400);
        for answer in [asked, refused] {
            let allowed = answer.header("access-control-allow-origin");
            assert!(
                matches!(allowed, Some("*" | "https://app.example.com")),
                "{answer:?}"
            );
        }
    }
}

async fn a_connection_is_described_without_its_secrets(database: TestDatabase) {
    let server = start(&database).await;
    let request = server
        .get("/connection-info")
        .header("x-forwarded-for", "203.0.113.7")
        .header("cookie", "session=secret")
        .bearer_auth("secret");
    let found = Answer::to(request).await;
    assert_eq!(found.status, 200);
    found.says("client: 203.0.113.7");
    found.says("peer: ");
    found.says_not("secret");
}
