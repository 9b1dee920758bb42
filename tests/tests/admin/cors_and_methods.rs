//! What holds on every path: methods, preflights, ids of requests, and what lies beside the API
//! (contract/admin-api.md 1).

use std::collections::HashSet;

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;

use crate::{Admin, NIL, answer};

each_backend!(
    another_method_is_told_which_ones_there_are,
    head_is_answered_wherever_get_is,
    pages_of_any_origin_may_ask_and_call,
    an_unknown_path_is_a_page,
    every_answer_names_its_request,
);

async fn another_method_is_told_which_ones_there_are(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for (method, path, allow) in [
        (Method::PUT, "/users", "GET,HEAD,POST"),
        (Method::DELETE, "/users", "GET,HEAD,POST"),
        (Method::GET, &format!("/users/{NIL}/lock"), "POST"),
        (
            Method::PATCH,
            &format!("/user-emails/{NIL}"),
            "DELETE,GET,HEAD",
        ),
        (Method::POST, "/version", "GET,HEAD"),
    ] {
        // It does not take a token to be told.
        for request in [
            admin.request(method.clone(), path),
            admin
                .request(method.clone(), path)
                .bearer_auth(&admin.token),
        ] {
            let refused = answer(request).await;
            assert_eq!(
                (refused.status, refused.text.as_str()),
                (405, ""),
                "{method} {path}"
            );
            assert_eq!(refused.header("allow"), Some(allow), "{method} {path}");
            assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
        }
    }
}

async fn head_is_answered_wherever_get_is(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    for path in [
        "/version",
        "/users",
        &format!("/users/{alice}"),
        &format!("/users/{NIL}"),
    ] {
        let got = admin.get(path).await;
        let head = admin.send(admin.request(Method::HEAD, path)).await;
        assert_eq!(
            (head.status, head.text.as_str()),
            (got.status, ""),
            "{path}"
        );
        assert_eq!(head.header("content-type"), got.header("content-type"));
        assert_eq!(head.header("content-length"), got.header("content-length"));
    }
    let missing = answer(admin.request(Method::HEAD, "/version")).await;
    assert_eq!(missing.status, 400);
    assert_eq!(
        answer(admin.server.request(Method::HEAD, "/api/spec.json"))
            .await
            .status,
        200
    );
}

async fn pages_of_any_origin_may_ask_and_call(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for path in [
        "/api/admin/v1/users",
        "/api/admin/v1/version",
        "/api/spec.json",
        "/api/doc/",
    ] {
        let preflight = admin
            .server
            .request(Method::OPTIONS, path)
            .header("origin", "https://admin.example.org")
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            );
        let preflight = answer(preflight).await;
        assert_eq!(preflight.status, 200, "{path}");
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
        assert_eq!(preflight.header("access-control-allow-methods"), Some("*"));
        let allowed: HashSet<&str> = preflight
            .header("access-control-allow-headers")
            .unwrap()
            .split(',')
            .map(str::trim)
            .collect();
        for header in [
            "authorization",
            "accept",
            "content-type",
            "x-requested-with",
        ] {
            assert!(allowed.contains(header), "{header} on {path}");
        }
        let vary = preflight.header("vary").unwrap();
        for header in [
            "origin",
            "access-control-request-method",
            "access-control-request-headers",
        ] {
            assert!(vary.contains(header), "{header} on {path}");
        }
        for header in [
            "access-control-allow-credentials",
            "access-control-max-age",
            "access-control-expose-headers",
        ] {
            assert_eq!(preflight.header(header), None, "{path}");
        }
    }
    // A refusal can be read as well.
    let refused = answer(admin.request(Method::GET, "/users")).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
}

async fn an_unknown_path_is_a_page(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for path in [
        "/api/admin/v1/nothing",
        "/api/admin/v1/users/",
        "/api/admin/v1/users/x/y/z",
        "/api/admin/v1",
        "/api/admin/v2/users",
        "/api",
        "/nothing",
    ] {
        let page = answer(admin.server.get(path).bearer_auth(&admin.token)).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(
            page.header("content-type")
                .unwrap()
                .starts_with("text/html"),
            "{path}"
        );
        assert_eq!(page.header("access-control-allow-origin"), None, "{path}");
    }
}

async fn every_answer_names_its_request(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let mut seen = HashSet::new();
    for request in [
        admin
            .request(Method::GET, "/version")
            .bearer_auth(&admin.token),
        admin.request(Method::GET, "/version"),
        admin.request(Method::PUT, "/version"),
        admin.request(Method::GET, "/nothing"),
        admin.server.get("/api/spec.json"),
    ] {
        let answer = answer(request).await;
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(id.len(), 36, "{id}");
        assert!(admin.server.log().contains(&id), "{id} is not in the log");
        assert!(seen.insert(id));
    }
}
