use muniment_tests::{TestDatabase, each_backend};

use crate::{UNLIMITED, browser::Browser, start};

each_backend!(whatever_is_sent_is_answered_by_a_page);

const FORMS: [&str; 9] = [
    "/login",
    "/logout",
    "/register/password",
    "/register/steps/01JZZZZZZZZZZZZZZZZZZZGRNT/token",
    "/register/steps/01JZZZZZZZZZZZZZZZZZZZGRNT/verify-email",
    "/register/steps/nonsense/display-name",
    "/recover",
    "/recover/progress/01JZZZZZZZZZZZZZZZZZZZGRNT",
    "/recover/progress/%FF",
];

const PAGES: [&str; 9] = [
    "/?%FF",
    "/login?kind=continue_authorization_grant&id=nonsense",
    "/login?kind=%FF&kind=x",
    "/login?login_hint=mxid:@",
    "/register/password?username=%00%FF",
    "/register/steps/nonsense/finish",
    "/register/steps/01JZZZZZZZZZZZZZZZZZZZGRNT/finish",
    "/account/%FF?action=%FF",
    "/recover/progress/nonsense",
];

async fn whatever_is_sent_is_answered_by_a_page(database: TestDatabase) {
    let extra = format!(
        "account: {{password_registration_enabled: true, password_recovery_enabled: true}}\n{UNLIMITED}"
    );
    let server = start(&database, &extra).await;
    let mut browser = Browser::new(&server);
    for path in PAGES {
        let answer = browser.get(path).await;
        assert!(answer.status < 500, "{path}: {answer:?}");
    }
    let csrf = browser.get("/login").await.csrf();
    let long = "x".repeat(100_000);
    let huge = format!("csrf={csrf}&username={}", "x".repeat(2_000_000));
    let doubled = format!("csrf={csrf}&csrf={csrf}");
    let binary = format!("csrf={csrf}&username=%FF%FE&password=%00");
    let lengthy = format!(
        "csrf={csrf}&username={long}&password={long}&email={long}&token={long}&code={long}&display_name={long}"
    );
    let control = format!(
        "csrf={csrf}&username=%00%0d%0a&password=%00&email=%00@%00&token=%00&code=%00&action=x"
    );
    for path in FORMS {
        for body in ["", "csrf", "&&&=", "csrf=x", &doubled, &binary, &huge] {
            let request = server
                .post(path)
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = browser.send(request.body(body.to_owned())).await;
            let what = &body[..body.len().min(40)];
            assert!(
                (400..500).contains(&answer.status),
                "{path} {what}: {}",
                answer.status
            );
            answer.says("<html");
        }
        for body in [&lengthy, &control] {
            let request = server
                .post(path)
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = browser.send(request.body(body.clone())).await;
            assert!(answer.status < 500, "{path}: {}", answer.status);
        }
        for kind in ["application/json", "text/plain", "multipart/form-data"] {
            let request = server.post(path).header("content-type", kind);
            let answer = browser.send(request.body("{}")).await;
            assert!((400..500).contains(&answer.status), "{path} {kind}");
        }
    }
    // A cookie that was tampered with is none.
    for value in ["x", "%FF", "", "AAAA"] {
        browser
            .cookies
            .insert("session".to_owned(), value.to_owned());
        browser.cookies.insert("csrf".to_owned(), value.to_owned());
        assert_eq!(browser.get("/").await.status, 200);
    }
}
