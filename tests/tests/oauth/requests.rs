//! The form of requests to the token endpoint, whoever sends them (contract/oauth2.md 1.5, 4.1, 7.1).

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;

use crate::{answer, authenticated, start, start_with};

each_backend!(
    only_a_form_is_read,
    each_parameter_comes_once_and_is_text,
    a_form_has_an_end,
    only_post_is_allowed_and_from_any_page,
    no_request_makes_the_endpoint_fail,
);

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

async fn only_a_form_is_read(database: TestDatabase) {
    let server = start(&database).await;
    for content_type in [FORM, "Application/X-WWW-Form-URLEncoded; charset=utf-8"] {
        let request = authenticated(&server)
            .header("content-type", content_type)
            .body(GRANT);
        assert_eq!(answer(request).await.status, 200, "{content_type}");
    }
    for content_type in [
        None,
        Some("application/json"),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
    ] {
        for request in [authenticated(&server), server.post("/oauth2/token")] {
            let mut request = request.body(GRANT);
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type);
            }
            answer(request).await.refused(400, "invalid_request");
        }
    }
    // Nor are parameters taken from the query string.
    let by_query = authenticated(&server).query(&[("grant_type", "client_credentials")]);
    let by_query = by_query.header("content-type", FORM).body("");
    answer(by_query).await.refused(400, "invalid_request");
}

async fn each_parameter_comes_once_and_is_text(database: TestDatabase) {
    let server = start(&database).await;
    for more in [
        "&grant_type=client_credentials",
        "&scope=openid&scope=email",
        "&scope=openid&scope=",
        "&unknown=1&unknown=1",
        "&%73cope=openid&scope=openid",
        "&scope=%ff",
        "&unknown=%c0%80",
        "&%fe=1",
    ] {
        let body = format!("{GRANT}{more}");
        let request = authenticated(&server)
            .header("content-type", FORM)
            .body(body);
        answer(request).await.refused(400, "invalid_request");
    }
    let raw = [GRANT.as_bytes(), b"&scope=\xff"].concat();
    let request = authenticated(&server)
        .header("content-type", FORM)
        .body(raw);
    answer(request).await.refused(400, "invalid_request");
    for more in [
        "&",
        "&&",
        "&=",
        "&unknown",
        "&unknown=%",
        "&unknown=%zz",
        "&scope=openid+email",
    ] {
        let body = format!("{GRANT}{more}");
        let request = authenticated(&server)
            .header("content-type", FORM)
            .body(body);
        assert_eq!(answer(request).await.status, 200, "{more}");
    }
}

async fn a_form_has_an_end(database: TestDatabase) {
    let limit = 2_000;
    let server = start_with(&database, |yaml| {
        yaml.replacen(
            "http:\n",
            &format!("http:\n  max_request_body: {limit}\n"),
            1,
        )
    })
    .await;
    let padded = |length: usize| {
        let start = format!("{GRANT}&padding=");
        start.clone() + &"x".repeat(length - start.len())
    };
    let fits = authenticated(&server)
        .header("content-type", FORM)
        .body(padded(limit));
    assert_eq!(answer(fits).await.status, 200);
    let larger = authenticated(&server)
        .header("content-type", FORM)
        .body(padded(limit + 1));
    answer(larger).await.refused(413, "invalid_request");
}

async fn only_post_is_allowed_and_from_any_page(database: TestDatabase) {
    let server = start(&database).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let refused = answer(server.request(method, "/oauth2/token")).await;
        assert_eq!(refused.status, 405);
    }
    let origin = "https://app.example.org";
    let preflight = server
        .request(Method::OPTIONS, "/oauth2/token")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,x-requested-with",
        );
    let preflight = answer(preflight).await;
    assert_eq!(preflight.status, 200, "{preflight:?}");
    assert_eq!(preflight.header("access-control-max-age"), Some("3600"));
    let allowed = preflight.header("access-control-allow-headers").unwrap();
    for header in [
        "authorization",
        "accept",
        "accept-language",
        "content-language",
        "content-type",
        "x-requested-with",
    ] {
        assert!(
            allowed.split(',').any(|known| known.trim() == header),
            "{header}"
        );
    }
    let refused = answer(server.post("/oauth2/token").header("origin", origin)).await;
    assert_eq!(refused.status, 400);
    for answer in [preflight, refused] {
        let allowed = answer.header("access-control-allow-origin").unwrap();
        assert!(["*", origin].contains(&allowed), "{allowed}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

async fn no_request_makes_the_endpoint_fail(database: TestDatabase) {
    let server = start(&database).await;
    let long = "x".repeat(100_000);
    let many = "a=1&".repeat(10_000);
    for text in [
        "\u{0}",
        "a\u{0}b",
        "ǅ\u{130}\u{10ffff}",
        "' OR 1=1 --",
        "%",
        "\r\nx-injected: 1",
        &long,
        &many,
    ] {
        for field in [
            "grant_type",
            "scope",
            "client_id",
            "client_secret",
            "client_assertion",
        ] {
            let mut fields = vec![(field, text)];
            if field != "grant_type" {
                fields.push(("grant_type", "client_credentials"));
            }
            let requests = [authenticated(&server), server.post("/oauth2/token")];
            for request in requests {
                let answer = answer(request.form(&fields)).await;
                let (status, error) = answer.error();
                assert!((400..500).contains(&status), "{field}: {status} {error}");
                assert_eq!(answer.header("x-injected"), None);
                assert_eq!(answer.header("x-request-id").unwrap().len(), 36);
            }
        }
        let raw = authenticated(&server)
            .header("content-type", FORM)
            .body(text.to_owned());
        assert!((400..500).contains(&answer(raw).await.status));
    }
}
