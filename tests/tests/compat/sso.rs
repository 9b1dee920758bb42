use muniment_tests::{
    TestDatabase, TestServer,
    beside::{age, beside},
    browser::{Answer, Browser},
    each_backend,
};
use serde_json::{Value, json};

use crate::{LOGIN, PASSWORD, change, is_active, post, refused, signed_in, start, text, user};

each_backend!(
    a_browser_takes_a_token_to_the_client,
    whoever_is_signed_out_signs_in_first,
    a_login_token_serves_once_and_not_for_long,
    a_login_token_of_a_locked_user_waits,
    a_browser_is_not_sent_anywhere,
    a_sign_in_does_not_wait_for_ever,
);

const REDIRECT: &str = "/_matrix/client/v3/login/sso/redirect";

/// The path of the page that a sign-in leads to.
async fn begin(server: &TestServer, query: &str) -> String {
    let answer = Answer::to(server.get(&format!("{REDIRECT}?{query}"))).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.location();
    let path = location.strip_prefix("http://127.0.0.1/complete-compat-sso/");
    format!(
        "/complete-compat-sso/{}",
        path.expect("an absolute address")
    )
}

async fn browser<'s>(server: &'s TestServer, name: &str) -> Browser<'s> {
    let mut browser = Browser::new(server);
    let answer = browser.sign_in("/login", name, PASSWORD).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    browser
}

const CLIENT: &str = "redirectUrl=https://app.example.com/?a=b%2526c%23d";

/// The login token of a sign-in that a person confirms.
async fn login_token(server: &TestServer, browser: &mut Browser<'_>) -> String {
    let page = begin(server, "redirectUrl=app.example:/done").await;
    let answer = browser.fill(&page, &[]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let token = answer
        .location()
        .strip_prefix("app.example:/done?loginToken=");
    token.expect("a token").to_owned()
}

async fn exchange(server: &TestServer, token: &str, more: &Value) -> Answer {
    let mut body = json!({ "type": "m.login.token", "token": token });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    post(server, LOGIN, &body).await
}

async fn a_browser_takes_a_token_to_the_client(database: TestDatabase) {
    let server = start(&database).await;
    user(&server, "alice").await;
    let mut browser = browser(&server, "alice").await;
    let page = begin(&server, CLIENT).await;
    let shown = browser.get(&page).await;
    assert_eq!(shown.status, 200);
    shown.says("@alice:example.com");
    shown.says("app.example.com");
    assert_eq!(shown.header("x-frame-options"), Some("DENY"));
    let unsigned = browser.post(&page, &[("csrf", "x")]).await;
    assert_eq!(unsigned.status, 400);
    let answer = browser.fill(&page, &[]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let location: url::Url = answer.location().parse().unwrap();
    let pairs: Vec<(String, String)> = location.query_pairs().into_owned().collect();
    assert_eq!(pairs[0], ("a".to_owned(), "b&c".to_owned()));
    assert_eq!(location.fragment(), Some("d"));
    let (name, token) = &pairs[1];
    assert_eq!(
        (name.as_str(), token.len(), pairs.len()),
        ("loginToken", 32, 2)
    );
    let wishes = json!({ "device_id": "TABLET", "refresh_token": true });
    let session = signed_in(&exchange(&server, token, &wishes).await);
    assert_eq!(session["device_id"], "TABLET");
    assert_eq!(session["user_id"], "@alice:example.com");
    text(&session, "refresh_token");
    assert!(is_active(&server, &text(&session, "access_token")).await);
    // What was confirmed is not asked again.
    let again = browser.get(&page).await;
    assert_eq!(again.status, 200);
    again.says("compat_sso_login_expired");
}

async fn whoever_is_signed_out_signs_in_first(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    let mut browser = Browser::new(&server);
    for (action, leads_to) in [
        ("", "/login"),
        ("&action=login", "/login"),
        ("&action=register", "/register"),
        ("&org.matrix.msc3824.action=register", "/register"),
        (
            "&action=other&org.matrix.msc3824.action=register",
            "/register",
        ),
        ("&action=login&org.matrix.msc3824.action=register", "/login"),
        ("&action=%FF", "/login"),
    ] {
        let page = begin(&server, &format!("{CLIENT}{action}")).await;
        let id = page["/complete-compat-sso/".len()..]
            .split('?')
            .next()
            .unwrap();
        let to_sign_in = browser.get(&page).await;
        to_sign_in.leads_to(&format!(
            "{leads_to}?kind=continue_compat_sso_login&id={id}"
        ));
    }
    let page = begin(&server, CLIENT).await;
    let to_sign_in = browser.get(&page).await;
    let answer = browser
        .sign_in(to_sign_in.location(), "alice", PASSWORD)
        .await;
    answer.leads_to(&page);
    change(&server, &alice, "lock").await;
    let locked = browser.get(&page).await;
    assert_eq!(locked.status, 200);
    locked.says("continue_compat_sso_login");
    locked.says_not("loginToken");
}

async fn a_login_token_serves_once_and_not_for_long(database: TestDatabase) {
    let server = start(&database).await;
    user(&server, "alice").await;
    let log = beside(&database).await;
    let mut browser = browser(&server, "alice").await;
    let token = login_token(&server, &mut browser).await;
    let nothing = json!({});
    let attempts = (0..6).map(|_| exchange(&server, &token, &nothing));
    let all = futures_util::future::join_all(attempts).await;
    let good = all.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1, "{all:?}");
    refused(
        &exchange(&server, &token, &nothing).await,
        403,
        "M_FORBIDDEN",
    );
    let unknown = exchange(&server, "unknown", &nothing).await;
    refused(&unknown, 403, "M_FORBIDDEN");
    for answer in all.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.text, unknown.text);
    }
    let token = login_token(&server, &mut browser).await;
    age(&log, "compat_sso_logins", &["fulfilled_at"], 31).await;
    let late = exchange(&server, &token, &nothing).await;
    refused(&late, 403, "M_FORBIDDEN");
    assert!(late.text.contains("expired"), "{late:?}");
    // Whoever signs out takes it back.
    let token = login_token(&server, &mut browser).await;
    let home = browser.get("/").await.csrf();
    browser.post("/logout", &[("csrf", &home)]).await;
    assert_eq!(exchange(&server, &token, &nothing).await.text, unknown.text);
    let no_text = exchange(&server, &token, &json!({ "token": null })).await;
    refused(&no_text, 400, "M_BAD_JSON");
}

async fn a_login_token_of_a_locked_user_waits(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    let mut browser = browser(&server, "alice").await;
    let token = login_token(&server, &mut browser).await;
    let nothing = json!({});
    change(&server, &alice, "lock").await;
    refused(
        &exchange(&server, &token, &nothing).await,
        401,
        "M_USER_LOCKED",
    );
    change(&server, &alice, "unlock").await;
    signed_in(&exchange(&server, &token, &nothing).await);
    let token = login_token(&server, &mut browser).await;
    change(&server, &alice, "lock").await;
    change(&server, &alice, "deactivate").await;
    refused(
        &exchange(&server, &token, &nothing).await,
        403,
        "M_FORBIDDEN",
    );
}

async fn a_browser_is_not_sent_anywhere(database: TestDatabase) {
    let server = start(&database).await;
    for query in [
        "",
        "redirectUrl=",
        "redirectUrl=nonsense",
        "redirectUrl=//app.example.com",
        "redirectUrl=https://",
        "redirectUrl=https://user:secret@app.example.com",
        "redirectUrl=javascript:alert(1)",
        "redirectUrl=https://a%00b/",
        "redirecturl=https://app.example.com",
    ] {
        let answer = Answer::to(server.get(&format!("{REDIRECT}?{query}"))).await;
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        assert!(answer.text.starts_with("<!"), "a page");
    }
    for path in [
        "/_matrix/client/r0/login/sso/redirect",
        "/_matrix/client/v3/login/sso/redirect/",
        "/_matrix/client/v3/login/sso/redirect/oidc-any",
    ] {
        let answer = Answer::to(server.get(&format!("{path}?{CLIENT}&action=register"))).await;
        assert_eq!(answer.status, 303, "{path}");
        let ending = "?action=register&org.matrix.msc3824.action=register";
        assert!(answer.location().ends_with(ending), "{answer:?}");
    }
}

async fn a_sign_in_does_not_wait_for_ever(database: TestDatabase) {
    let server = start(&database).await;
    user(&server, "alice").await;
    let log = beside(&database).await;
    let mut browser = browser(&server, "alice").await;
    let page = begin(&server, CLIENT).await;
    let csrf = browser.get(&page).await.csrf();
    age(&log, "compat_sso_logins", &["created_at"], 31 * 60).await;
    for answer in [
        browser.get(&page).await,
        browser.post(&page, &[("csrf", &csrf)]).await,
    ] {
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.says("compat_sso_login_expired");
    }
    for id in ["01JZZZZZZZZZZZZZZZZZZZGRNT", "nonsense", "%00"] {
        let path = format!("/complete-compat-sso/{id}");
        assert_eq!(browser.get(&path).await.status, 404, "{id}");
    }
}
