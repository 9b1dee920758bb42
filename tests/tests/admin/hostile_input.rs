//! Whatever is sent, the server does not fail over it, and answers in the form it promises.

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::json;

use crate::{Admin, Answer, UNKNOWN};

each_backend!(
    no_path_makes_the_server_fail,
    no_query_string_makes_the_server_fail,
    no_body_makes_the_server_fail,
);

/// Text that has broken a server before, somewhere.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "\u{0}",
        "a\u{0}b",
        "\u{7f}\u{1b}[31m",
        "\u{feff}\u{202e}\u{200d}",
        "ǅ\u{130}\u{df}\u{fb01}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{10ffff}",
        "' OR 1=1 --",
        "\"; DROP TABLE users; --",
        "%",
        "_",
        "\\",
        "%s%n{0}${x}{{x}}",
        "../../etc/passwd",
        "-1",
        "99999999999999999999999999999999999999999",
        "NaN",
        "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "null",
        "[]",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(5_000));
    texts.push("e\u{301}".repeat(1_000));
    texts
}

/// Every byte but letters and digits percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Bytes that are not UTF-8: stray, too long, half of a pair, beyond Unicode.
const NO_TEXT: [&str; 4] = ["%ff%fe", "%c0%80", "%ed%a0%80", "%F5%80%80%80"];

#[track_caller]
fn refuses_or_answers(answer: &Answer, what: &str) {
    let shown: String = what.chars().take(200).collect();
    assert!(
        answer.status < 500,
        "{} for {shown}: {}",
        answer.status,
        answer.text
    );
    match answer.status {
        200 | 201 => drop(answer.json()),
        204 => assert_eq!(answer.text, ""),
        // Only a path that leads nowhere is answered by a page.
        404 if answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html")) => {}
        _ => assert!(!answer.titles().is_empty(), "{shown}"),
    }
}

async fn no_path_makes_the_server_fail(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    admin.user("alice").await;
    let segments = hostile_texts().into_iter().map(|text| encoded(&text));
    for segment in segments.chain(["%".to_owned(), "%zz".to_owned()]) {
        for (method, path) in [
            (Method::GET, format!("/users/{segment}")),
            (Method::GET, format!("/users/by-username/{segment}")),
            (Method::POST, format!("/users/{segment}/lock")),
            (Method::POST, format!("/users/{segment}/deactivate")),
            (Method::GET, format!("/user-emails/{segment}")),
            (Method::DELETE, format!("/user-emails/{segment}")),
            (Method::GET, format!("/oauth2-clients/{segment}")),
            (Method::POST, format!("/compat-sessions/{segment}/finish")),
            (
                Method::POST,
                format!("/personal-sessions/{segment}/regenerate"),
            ),
            (Method::PUT, format!("/user-registration-tokens/{segment}")),
            (Method::GET, format!("/policy-data/{segment}")),
            (Method::DELETE, format!("/upstream-oauth-links/{segment}")),
        ] {
            let answer = admin.send(admin.request(method.clone(), &path)).await;
            assert!(answer.status >= 400, "{method} {path}: {answer:?}");
            refuses_or_answers(&answer, &format!("{method} {path}"));
        }
    }
    assert_eq!(
        admin.get("/users?count=only").await.json()["meta"]["count"],
        1
    );
}

async fn no_query_string_makes_the_server_fail(database: TestDatabase) {
    const PARAMETERS: [&str; 24] = [
        "page[first]",
        "page[last]",
        "page[after]",
        "page[before]",
        "count",
        "filter[search]",
        "filter[status]",
        "filter[admin]",
        "filter[active-oauth2-client]",
        "filter[email]",
        "filter[user]",
        "filter",
        "",
        "filter[client-name]",
        "filter[client-uri]",
        "filter[grant-type]",
        "filter[client]",
        "filter[scope]",
        "filter[created-before]",
        "filter[last-active-after]",
        "filter[subject]",
        "filter[human-account-name]",
        "filter[expires_before]",
        "filter[valid]",
    ];
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    admin.email(&alice, "alice@example.com").await;
    let mut values: Vec<String> = hostile_texts().iter().map(|text| encoded(text)).collect();
    values.extend(NO_TEXT.map(str::to_owned));
    values.extend(["%", "%zz"].map(str::to_owned));
    for value in &values {
        for parameter in PARAMETERS {
            // Each list has parameters of its own, and ignores those of the other.
            let list = match parameter {
                "filter[email]" | "filter[user]" => "/user-emails",
                "filter[client-name]" | "filter[client-uri]" | "filter[grant-type]" => {
                    "/oauth2-clients"
                }
                "filter[client]" | "filter[scope]" | "filter[created-before]" => "/oauth2-sessions",
                "filter[last-active-after]" => "/compat-sessions",
                "filter[subject]" | "filter[human-account-name]" => "/upstream-oauth-links",
                "filter[expires_before]" => "/personal-sessions",
                "filter[valid]" => "/user-registration-tokens",
                _ => "/users",
            };
            let path = format!("{list}?{parameter}={value}");
            refuses_or_answers(&admin.get(&path).await, &path);
        }
    }
    let path = format!("/users?{}", "filter[search]=x&".repeat(2_000));
    refuses_or_answers(&admin.get(&path).await, &path);
    let path = format!(
        "/users?{}",
        format!("{}=1&", encoded("[[]]\u{0}")).repeat(1_000)
    );
    assert_eq!(admin.get(&path).await.status, 200);
    let scopes: Vec<_> = (0..3_000).map(|n| format!("filter[scope]={n}")).collect();
    for scopes in [scopes.join("&"), "filter[scope]=openid&".repeat(2_000)] {
        let path = format!("/oauth2-sessions?{scopes}");
        refuses_or_answers(&admin.get(&path).await, &path);
    }
    let (ages, path) = (["-9999", "0000", "+292277"], "/user-sessions?filter");
    for age in ages {
        let path = format!("{path}[created-after]={}-01-01T00:00:00Z", encoded(age));
        refuses_or_answers(&admin.get(&path).await, &path);
    }
    let path = format!("/users?filter[active-oauth2-client]={UNKNOWN}&").repeat(50);
    refuses_or_answers(&admin.get(&path).await, &path);
}

async fn no_body_makes_the_server_fail(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let set_password = format!("/users/{alice}/set-password");
    let set_admin = format!("/users/{alice}/set-admin");
    let deactivate = format!("/users/{UNKNOWN}/deactivate");
    for text in hostile_texts() {
        for (path, body) in [
            ("/users", json!({ "username": text })),
            (
                "/users",
                json!({ "username": "_", "displayname": text, "avatar_url": text }),
            ),
            (
                "/user-emails",
                json!({ "user_id": text, "email": "a@example.com" }),
            ),
            ("/user-emails", json!({ "user_id": alice, "email": text })),
            (
                "/user-emails",
                json!({ "user_id": alice, "email": format!("{text}@example.com") }),
            ),
            (
                "/user-emails",
                json!({ "user_id": alice, "email": format!("a@{text}") }),
            ),
            (&set_admin, json!({ "admin": text })),
            (
                "/personal-sessions",
                json!({ "actor_user_id": alice, "human_name": text, "scope": text }),
            ),
            (
                "/personal-sessions",
                json!({ "actor_user_id": alice, "human_name": text, "scope": "openid" }),
            ),
            (
                "/user-registration-tokens",
                json!({ "token": text, "expires_at": text }),
            ),
            ("/user-registration-tokens", json!({ "token": text })),
            (
                "/upstream-oauth-links",
                json!({ "user_id": alice, "provider_id": UNKNOWN, "subject": text }),
            ),
            ("/policy-data", json!({ "data": text })),
            ("/policy-data", json!({ "data": { text.as_str(): text } })),
            (&deactivate, json!({ "skip_erase": text })),
            (&deactivate, json!({ text.as_str(): text })),
        ] {
            let answer = admin.post(path, body.clone()).await;
            refuses_or_answers(&answer, &format!("{path} {body}"));
        }
    }
    // Hashing takes its time, and the strength of long ones is not estimated to the end.
    for text in [
        "\u{0}",
        "\u{1f468}\u{200d}\u{1f469}",
        &"correct horse ".repeat(1_000),
    ] {
        let body = json!({ "password": text, "skip_password_check": true });
        refuses_or_answers(&admin.post(&set_password, body).await, text);
        let body = json!({ "password": text });
        refuses_or_answers(&admin.post(&set_password, body).await, text);
    }
    let deep = ["[", "{\"a\":"].map(|open| open.repeat(100_000));
    let number = format!("{{\"username\":{}}}", "9".repeat(10_000));
    let mut raw: Vec<Vec<u8>> = deep.map(String::into_bytes).into();
    raw.extend([
        number.into_bytes(),
        b"{\"username\":\"\xff\xfe\"}".to_vec(),
        b"{\"username\":\"\\ud800\"}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"{\"username\":1e999999}".to_vec(),
        vec![0; 1_000],
    ]);
    for body in raw {
        for path in [
            "/users",
            "/user-emails",
            &set_admin,
            &set_password,
            &deactivate,
            "/policy-data",
            "/personal-sessions",
        ] {
            let request = admin.request(Method::POST, path);
            let request = request
                .header("content-type", "application/json")
                .body(body.clone());
            let answer = admin.send(request).await;
            assert!(
                matches!(answer.status, 400 | 404 | 422),
                "{path}: {answer:?}"
            );
            refuses_or_answers(&answer, path);
        }
    }
}
