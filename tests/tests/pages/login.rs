use muniment_tests::{TestDatabase, each_backend};
use serde_json::json;

use crate::{PASSWORD, UNLIMITED, browser::Browser, signed_in, start, user};

const WRONG: &str = "The username or the password is wrong";

each_backend!(
    the_right_password_leads_home,
    names_in_every_form_are_understood,
    the_fourth_failure_in_a_row_is_one_too_many,
    a_locked_user_is_told_so_with_the_right_password_alone,
    a_form_without_its_token_is_refused,
    signing_out_ends_the_session_and_goes_on,
    a_session_that_was_ended_elsewhere_says_so,
    without_passwords_there_is_nothing_to_send,
    failed_attempts_become_one_event,
);

/// Fact 61; the headers of fact 67.
async fn the_right_password_leads_home(database: TestDatabase) {
    let server = start(&database, "").await;
    user(&server, "john", None).await;
    let mut browser = Browser::new(&server);
    let page = browser.get("/login").await;
    assert_eq!(page.headers["x-frame-options"], "DENY");
    browser
        .sign_in("/login", "john", PASSWORD)
        .await
        .leads_to("/");
    browser.get("/").await.says("john");
    browser.get("/login").await.leads_to("/");
    let change = browser.get("/login?kind=change_password").await;
    change.leads_to("/account/password/change");
    let log = server.log();
    for secret in [PASSWORD, browser.cookies["session"].as_str()] {
        assert!(!log.contains(secret), "the log tells a secret");
    }
}

/// Fact 62.
async fn names_in_every_form_are_understood(database: TestDatabase) {
    let extra = format!("account: {{login_with_email_allowed: true}}\n{UNLIMITED}");
    let server = start(&database, &extra).await;
    user(&server, "john", Some("John@Example.org")).await;
    for name in ["john", "@john:example.com", "JOHN", "john@example.ORG"] {
        let answer = Browser::new(&server)
            .sign_in("/login", name, PASSWORD)
            .await;
        assert_eq!(answer.status, 303, "{name}");
    }
    for name in [
        "@john:something.corp",
        "jane",
        "jane@example.org",
        "@:",
        "@",
    ] {
        let answer = Browser::new(&server)
            .sign_in("/login", name, PASSWORD)
            .await;
        assert_eq!(answer.status, 200, "{name}");
        answer.says(WRONG);
    }
}

/// Fact 63.
async fn the_fourth_failure_in_a_row_is_one_too_many(database: TestDatabase) {
    let server = start(&database, "").await;
    user(&server, "john", None).await;
    let mut browser = Browser::new(&server);
    for name in ["john", "nobody", "john"] {
        let answer = browser.sign_in("/login", name, "wrong").await;
        assert_eq!(answer.status, 200);
        answer.says(WRONG);
    }
    for name in ["john", "nobody"] {
        let answer = browser.sign_in("/login", name, PASSWORD).await;
        assert_eq!(answer.status, 200);
        answer.says_not(WRONG);
        assert!(!browser.cookies.contains_key("session"));
    }
}

/// Facts 64 and 65.
async fn a_locked_user_is_told_so_with_the_right_password_alone(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    let id = user(&server, "john", None).await;
    let mut inside = signed_in(&server, "john").await;
    let token = server.admin_token().await;
    let lock = server.post(&format!("/api/admin/v1/users/{id}/lock"));
    assert_eq!(lock.bearer_auth(&token).send().await.unwrap().status(), 200);
    let grant = "/login?kind=continue_authorization_grant&id=01JZZZZZZZZZZZZZZZZZZZGRNT";
    let mut browser = Browser::new(&server);
    let wrong = browser.sign_in(grant, "john", "wrong").await;
    wrong.says(WRONG);
    let right = browser.sign_in(grant, "john", PASSWORD).await;
    assert_eq!(right.status, 200);
    right.says_not(WRONG);
    assert_eq!(right.hidden("id").unwrap(), "01JZZZZZZZZZZZZZZZZZZZGRNT");
    assert!(!browser.cookies.contains_key("session"));
    let page = inside.get(grant).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.hidden("kind").unwrap(), "continue_authorization_grant");
    assert_eq!(inside.get("/").await.hidden("kind"), None);
    let unlock = server.post(&format!("/api/admin/v1/users/{id}/unlock"));
    assert_eq!(
        unlock.bearer_auth(&token).send().await.unwrap().status(),
        200
    );
    inside.get("/login").await.leads_to("/");
}

async fn a_form_without_its_token_is_refused(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut browser = signed_in(&server, "john").await;
    for path in ["/login", "/logout", "/register/password", "/recover"] {
        let fields = [("username", "john"), ("password", PASSWORD)];
        let answer = browser.post(path, &fields).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        answer.says("<html");
    }
    browser.get("/login").await.leads_to("/");
}

/// Fact 66, its second half.
async fn signing_out_ends_the_session_and_goes_on(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut browser = signed_in(&server, "john").await;
    let cookie = browser.cookies["session"].clone();
    let csrf = browser.get("/").await.csrf();
    let out = browser.post("/logout", &[("csrf", &csrf)]).await;
    out.leads_to("/login");
    assert_eq!(browser.get("/login").await.status, 200);
    // The old cookie is worth nothing.
    browser.cookies.insert("session".to_owned(), cookie);
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    let fields = [
        ("csrf", page.csrf()),
        ("kind", "change_password".to_owned()),
    ];
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let on = browser.post("/logout", &fields).await;
    on.leads_to("/account/password/change");
}

/// Fact 66, its first half.
async fn a_session_that_was_ended_elsewhere_says_so(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut here = signed_in(&server, "john").await;
    let mut there = signed_in(&server, "john").await;
    let session = "{ viewerSession { ... on BrowserSession { id } } }";
    let id = here.graphql(session, json!({})).await["data"]["viewerSession"]["id"].clone();
    let end = "mutation($id: ID!) { endBrowserSession(input: {browserSessionId: $id}) { status } }";
    let ended = there.graphql(end, json!({"id": id})).await;
    assert_eq!(ended["data"]["endBrowserSession"]["status"], "ENDED");
    let page = here.get("/account/?action=org.matrix.profile").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.hidden("kind").unwrap(), "manage_account");
    assert_eq!(page.hidden("action").unwrap(), "org.matrix.profile");
    there.get("/login").await.leads_to("/");
}

/// Fact 60, as far as there are no providers.
async fn without_passwords_there_is_nothing_to_send(database: TestDatabase) {
    let server = start(&database, "passwords: {enabled: false}\n").await;
    let mut browser = Browser::new(&server);
    assert_eq!(browser.get("/login").await.status, 200);
    let sent = browser.post("/login", &[("username", "john")]).await;
    assert_eq!(sent.status, 405);
}

async fn failed_attempts_become_one_event(database: TestDatabase) {
    let mut server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut browser = Browser::new(&server);
    for _ in 0..5 {
        browser.sign_in("/login", "john", "wrong").await.says(WRONG);
    }
    assert!(server.stop().success());
    let log = server.command(&["audit", "log", "--json"]);
    let log = muniment_tests::server::stdout(&log);
    assert_eq!(log.matches("user.sign_ins_failed").count(), 1, "{log}");
}
