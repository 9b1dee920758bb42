//! From a client's request to its tokens, and what becomes of them (contract/oauth2.md 5, 7 and 9;
//! facts 3, 21 to 31 and 56 to 59).

use muniment_tests::{TestDatabase, TestLog, TestServer, each_backend};
use serde_json::{Value, json};

use crate::{
    Answer, PUBLIC_ID, answer, authenticated,
    people::{Browser, age, beside, cookie_of, csrf_field},
    start_with_pages,
};

each_backend!(
    a_client_gets_tokens_for_a_user_who_consents,
    a_code_serves_once,
    what_is_wrong_is_told_where_it_is_safe,
    an_answer_comes_in_the_way_that_was_asked_for,
    a_consent_is_given_by_its_own_form_alone,
    a_lost_answer_can_be_asked_for_again_and_a_used_one_not,
    whoever_signs_out_takes_the_code_back,
    a_locked_user_gets_no_new_tokens_until_unlocked,
    a_revoked_session_is_over,
);

pub const REDIRECT: &str = "https://example.com/callback";
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The query of a request that nothing is wrong with, with parameters added or replaced.
pub fn request(more: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", PUBLIC_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "openid"),
        ("state", "test-state-value"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for pair in more {
        pairs.retain(|(name, _)| *name != pair.0);
        pairs.push(*pair);
    }
    let url = reqwest::Url::parse_with_params("http://x/authorize", pairs).unwrap();
    format!("/authorize?{}", url.query().unwrap())
}

/// What the client gets at its address.
fn parameters(location: &str) -> Vec<(String, String)> {
    let url: reqwest::Url = location.parse().unwrap();
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// A code that the user has consented to.
pub async fn code(server: &TestServer, browser: &Browser, more: &[(&str, &str)]) -> String {
    let asked = browser.get(server, &request(more)).await;
    assert_eq!(asked.status, 303, "{asked:?}");
    let consent = asked.header("location").unwrap();
    let given = browser
        .submit(server, consent, &[("action", "consent")])
        .await;
    assert_eq!(given.status, 303, "{given:?}");
    let found = parameters(given.header("location").unwrap());
    let code = found.into_iter().find(|(name, _)| name == "code");
    code.expect("a code").1
}

pub async fn exchange(server: &TestServer, code: &str) -> Answer {
    exchange_with(server, code, &[]).await
}

async fn exchange_with(server: &TestServer, code: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", PUBLIC_ID),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    for pair in more {
        fields.retain(|(name, _)| *name != pair.0);
        fields.push(*pair);
    }
    fields.retain(|(_, value)| !value.is_empty());
    answer(server.post("/oauth2/token").form(&fields)).await
}

/// Whether an access token is good, as its client would find out.
pub async fn is_good(server: &TestServer, token: &str) -> bool {
    let found = answer(server.get("/oauth2/userinfo").bearer_auth(token)).await;
    assert!(matches!(found.status, 200 | 401), "{found:?}");
    found.status == 200
}

pub fn field(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_default().to_owned()
}

pub async fn refresh(server: &TestServer, token: &str) -> Answer {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", PUBLIC_ID),
        ("refresh_token", token),
    ];
    answer(server.post("/oauth2/token").form(&fields)).await
}

pub async fn revoke(server: &TestServer, token: &str, hint: &str) -> Answer {
    let fields = [
        ("client_id", PUBLIC_ID),
        ("token", token),
        ("token_type_hint", hint),
    ];
    answer(server.post("/oauth2/revoke").form(&fields)).await
}

pub async fn set_up(database: &TestDatabase) -> (TestServer, TestLog, Browser) {
    let server = start_with_pages(database).await;
    let log = beside(database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    (server, log, browser)
}

async fn a_client_gets_tokens_for_a_user_who_consents(database: TestDatabase) {
    let (server, _log, browser) = set_up(&database).await;
    let code = code(&server, &browser, &[("nonce", "a-nonce")]).await;
    assert_eq!(code.len(), 32);
    let issued = exchange(&server, &code).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    issued.is_not_cached();
    let tokens = issued.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 300);
    assert_eq!(tokens["scope"], "openid");
    assert!(field(&tokens, "refresh_token").starts_with("mar_"));
    let id_token = field(&tokens, "id_token");
    let parts: Vec<&str> = id_token.split('.').collect();
    let part = |n: usize| -> Value {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[n]).unwrap()).unwrap()
    };
    assert_eq!(part(0)["alg"], "RS256");
    let claims = part(1);
    assert_eq!(claims["iss"], "http://127.0.0.1/");
    assert_eq!(claims["aud"], PUBLIC_ID);
    assert_eq!(claims["sub"], browser.user.to_string());
    assert_eq!(claims["nonce"], "a-nonce");
    for name in ["at_hash", "c_hash", "auth_time", "exp", "iat"] {
        assert_ne!(claims[name], Value::Null, "{name}");
    }
    let access = field(&tokens, "access_token");
    let info = answer(server.get("/oauth2/userinfo").bearer_auth(&access)).await;
    assert_eq!(
        info.json(),
        json!({ "sub": browser.user.to_string(), "username": "alice" })
    );
}

async fn a_code_serves_once(database: TestDatabase) {
    let (server, log, browser) = set_up(&database).await;
    let first = code(&server, &browser, &[]).await;
    for (more, status, error) in [
        (("code_verifier", ""), 400, "invalid_request"),
        (("code_verifier", CHALLENGE), 400, "invalid_grant"),
        (("code_verifier", "short"), 400, "invalid_grant"),
        (
            ("redirect_uri", "https://example.com/"),
            400,
            "invalid_grant",
        ),
        (("code", "unknown"), 400, "invalid_grant"),
        (("code", ""), 400, "invalid_request"),
    ] {
        let refused = exchange_with(&server, &first, &[more]).await;
        refused.refused(status, error);
    }
    // Of many who come at once, one gets the tokens.
    let (a, b, c) = tokio::join!(
        exchange(&server, &first),
        exchange_with(&server, &first, &[("redirect_uri", REDIRECT)]),
        exchange(&server, &first),
    );
    let (good, bad): (Vec<Answer>, Vec<Answer>) =
        [a, b, c].into_iter().partition(|found| found.status == 200);
    assert_eq!(good.len(), 1, "{bad:?}");
    for refused in bad {
        refused.refused(400, "invalid_grant");
    }
    let access = field(&good[0].json(), "access_token");
    // Fact 22: at once it may be an answer that got lost.
    exchange(&server, &first)
        .await
        .refused(400, "invalid_grant");
    assert!(is_good(&server, &access).await);
    // Fact 23: later it is not.
    age(
        &log,
        "authorization_grants",
        &["fulfilled_at", "exchanged_at"],
        60,
    )
    .await;
    exchange(&server, &first)
        .await
        .refused(400, "invalid_grant");
    assert!(!is_good(&server, &access).await);
    exchange(&server, &first)
        .await
        .refused(400, "invalid_grant");
    // Fact 24.
    let late = code(&server, &browser, &[]).await;
    age(&log, "authorization_grants", &["fulfilled_at"], 15 * 60).await;
    exchange(&server, &late).await.refused(400, "invalid_grant");
}

async fn what_is_wrong_is_told_where_it_is_safe(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    // Fact 3, to the letter.
    let asked = answer(server.get(&request(&[("prompt", "none")]))).await;
    assert_eq!(asked.status, 303, "{asked:?}");
    assert_eq!(
        asked.header("location").unwrap(),
        "https://example.com/callback?state=test-state-value&error=login_required\
         &error_description=The+Authorization+Server+requires+End-User+authentication.#"
    );
    for (more, error) in [
        (("request", "x"), "request_not_supported"),
        (("request_uri", "x"), "request_uri_not_supported"),
        (("registration", "x"), "registration_not_supported"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", "S512"), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("response_type", "none"), "invalid_request"),
    ] {
        let asked = answer(server.get(&request(&[more]))).await;
        assert_eq!(asked.status, 303, "{more:?} {asked:?}");
        let found = parameters(asked.header("location").unwrap());
        assert!(
            found.contains(&("error".to_owned(), error.to_owned())),
            "{more:?} {found:?}"
        );
    }
    // To nobody but the person, where nobody knows whether the client would be told.
    let long = "x".repeat(20_000);
    for more in [
        ("client_id", "01JZZZZZZZZZZZZZZZZZZZZZZZ"),
        ("client_id", "nobody"),
        ("client_id", ""),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "https://example.com/callback/more"),
        ("redirect_uri", "https://example.com/callback#x"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "not a uri"),
        ("redirect_uri", "\u{0}"),
        ("response_mode", "strange"),
        ("response_type", ""),
        ("scope", ""),
        ("scope", "a  b"),
        ("scope", "\"\u{e9}"),
        ("max_age", "-1"),
        ("state", "\u{0}"),
        ("state", &long),
    ] {
        for prompt in ["login", "none"] {
            let asked = answer(server.get(&request(&[more, ("prompt", prompt)]))).await;
            assert!(matches!(asked.status, 400..500), "{more:?} {asked:?}");
            assert_eq!(asked.header("location"), None, "{more:?}");
            assert!(
                asked
                    .header("content-type")
                    .unwrap()
                    .starts_with("text/html")
            );
            assert_eq!(asked.header("x-frame-options"), Some("DENY"));
        }
    }
    for tail in [
        "&state=again",
        "&redirect_uri=https%3A%2F%2Fexample.com%2F",
        "&x=%ff",
    ] {
        let asked = answer(server.get(&format!("{}{tail}", request(&[])))).await;
        assert_eq!(
            (asked.status, asked.header("location")),
            (400, None),
            "{tail}"
        );
    }
    assert_eq!(answer(server.post(&request(&[]))).await.status, 405);
}

async fn an_answer_comes_in_the_way_that_was_asked_for(database: TestDatabase) {
    let (server, _log, browser) = set_up(&database).await;
    let give = async |mode: &str| {
        let asked = browser
            .get(&server, &request(&[("response_mode", mode)]))
            .await;
        let consent = asked.header("location").unwrap().to_owned();
        browser.submit(&server, &consent, &[]).await
    };
    let query = give("query").await;
    let location = query.header("location").unwrap();
    assert!(location.starts_with("https://example.com/callback?state=test-state-value&code="));
    assert!(location.ends_with('#'));
    let fragment = give("fragment").await;
    let location = fragment.header("location").unwrap();
    assert!(location.starts_with("https://example.com/callback#state=test-state-value&code="));
    let posted = give("form_post").await;
    assert_eq!(posted.status, 200);
    assert!(
        posted
            .text
            .contains("action=\"https://example.com/callback\"")
    );
    assert!(posted.text.contains("name=\"code\""));
}

async fn a_consent_is_given_by_its_own_form_alone(database: TestDatabase) {
    let (server, log, browser) = set_up(&database).await;
    // Not signed in: on to where one can.
    let anonymous = answer(server.get(&request(&[("login_hint", "a b")]))).await;
    let location = anonymous.header("location").unwrap();
    let grant = location
        .strip_prefix("/login?kind=continue_authorization_grant&id=")
        .unwrap();
    let (grant, hint) = grant.split_once('&').unwrap();
    assert_eq!(hint, "login_hint=a+b");
    let consent = format!("/consent/{grant}");
    let shown = answer(server.get(&consent)).await;
    assert_eq!(shown.status, 303);
    assert_eq!(
        shown.header("location").unwrap(),
        format!("/login?kind=continue_authorization_grant&id={grant}")
    );
    let create = answer(server.get(&request(&[("prompt", "create")]))).await;
    assert!(
        create
            .header("location")
            .unwrap()
            .starts_with("/register?kind=")
    );

    for fields in [&[][..], &[("action", "consent")], &[("csrf", "AAAA")]] {
        let request = browser.with_cookies(server.post(&consent).form(fields), None);
        assert_eq!(answer(request).await.status, 400);
    }
    // Another browser's form.
    let page = browser.get(&server, &consent).await;
    assert_eq!(page.status, 200);
    let (token, own) = (csrf_field(&page.text), cookie_of(&page, "csrf"));
    let other = browser.get(&server, &consent).await;
    assert_ne!(cookie_of(&other, "csrf"), own);
    let stolen = csrf_field(&other.text);
    let request = server.post(&consent).form(&[("csrf", &stolen)]);
    assert_eq!(
        answer(browser.with_cookies(request, Some(&own)))
            .await
            .status,
        400
    );

    // Two clicks: one consent, one code.
    let click = || {
        let request = server.post(&consent).form(&[("csrf", &token)]);
        answer(browser.with_cookies(request, Some(&own)))
    };
    let (one, two) = tokio::join!(click(), click());
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(browser.get(&server, &consent).await.status, 409);
    assert_eq!(
        browser
            .get(&server, "/consent/01JZZZZZZZZZZZZZZZZZZZZZZZ")
            .await
            .status,
        404
    );
    assert_eq!(browser.get(&server, "/consent/x").await.status, 404);

    // What the policy refuses is told, and cannot be consented to.
    let asked = browser
        .get(
            &server,
            &self::request(&[("scope", "openid urn:mas:admin")]),
        )
        .await;
    let consent = asked.header("location").unwrap().to_owned();
    let refused = browser.get(&server, &consent).await;
    assert_eq!(refused.status, 200);
    assert!(!refused.text.contains("value=\"consent\""));

    // A session that has ended says so.
    browser.sign_out(&log).await;
    let ended = browser.get(&server, &consent).await;
    assert_eq!(ended.status, 200);
    assert!(ended.text.contains("/logout"));
}

async fn a_lost_answer_can_be_asked_for_again_and_a_used_one_not(database: TestDatabase) {
    let (server, log, browser) = set_up(&database).await;
    let code = code(&server, &browser, &[]).await;
    let first = exchange(&server, &code).await.json();
    let (access, old) = (
        field(&first, "access_token"),
        field(&first, "refresh_token"),
    );
    // Facts 25 to 27.
    let second = refresh(&server, &old).await;
    assert_eq!(second.status, 200, "{second:?}");
    let second = second.json();
    assert_eq!(second["id_token"], Value::Null);
    assert!(!is_good(&server, &access).await);
    // Fact 28: nobody has used the second pair, so it may have been lost.
    let third = refresh(&server, &old).await.json();
    assert_ne!(third["access_token"], second["access_token"]);
    assert!(!is_good(&server, &field(&second, "access_token")).await);
    assert!(is_good(&server, &field(&third, "access_token")).await);
    // Fact 29: now it is in use.
    for _ in 0..3 {
        refresh(&server, &old).await.refused(400, "invalid_grant");
    }
    let reused = muniment_store::sql::query(
        "SELECT count(*) AS n FROM events WHERE event_type = 'oauth2_session.refresh_token_reused'",
    );
    let row = log.database.fetch_optional(reused).await.unwrap().unwrap();
    assert_eq!(row.get::<i64, _>("n").unwrap(), 1);
    // The session goes on (fact 30).
    let fourth = refresh(&server, &field(&third, "refresh_token"))
        .await
        .json();
    let fifth = refresh(&server, &field(&fourth, "refresh_token"))
        .await
        .json();
    refresh(&server, &field(&third, "refresh_token"))
        .await
        .refused(400, "invalid_grant");
    assert!(is_good(&server, &field(&fifth, "access_token")).await);
    for token in ["", "mar_junk", &field(&fifth, "access_token")] {
        let error = refresh(&server, token).await.error();
        assert_eq!(error.0, 400);
    }
}

async fn whoever_signs_out_takes_the_code_back(database: TestDatabase) {
    let (server, log, browser) = set_up(&database).await;
    let code = code(&server, &browser, &[]).await;
    browser.sign_out(&log).await;
    exchange(&server, &code).await.refused(400, "invalid_grant");
}

async fn a_locked_user_gets_no_new_tokens_until_unlocked(database: TestDatabase) {
    let (server, _log, browser) = set_up(&database).await;
    let code = code(&server, &browser, &[]).await;
    let tokens = exchange(&server, &code).await.json();
    let admin = server.admin_token().await;
    let user = format!("/api/admin/v1/users/{}", browser.user);
    let change = async |what: &str| {
        let request = server.post(&format!("{user}/{what}")).bearer_auth(&admin);
        assert_eq!(answer(request).await.status, 200);
    };
    change("lock").await;
    let token = field(&tokens, "refresh_token");
    refresh(&server, &token).await.refused(400, "invalid_grant");
    assert!(!is_good(&server, &field(&tokens, "access_token")).await);
    change("unlock").await;
    assert!(is_good(&server, &field(&tokens, "access_token")).await);
    assert_eq!(refresh(&server, &token).await.status, 200);
}

async fn a_revoked_session_is_over(database: TestDatabase) {
    let (server, _log, browser) = set_up(&database).await;
    let code = code(&server, &browser, &[]).await;
    let tokens = exchange(&server, &code).await.json();
    let (access, refreshing) = (
        field(&tokens, "access_token"),
        field(&tokens, "refresh_token"),
    );
    revoke(&server, &access, "id_token")
        .await
        .refused(400, "unsupported_token_type");
    // Another client's.
    let foreign = server
        .post("/oauth2/revoke")
        .basic_auth(
            muniment_tests::server::CLIENT_ID,
            Some(muniment_tests::server::CLIENT_SECRET),
        )
        .form(&[("token", &access)]);
    answer(foreign).await.refused(401, "unauthorized_client");
    assert_eq!(revoke(&server, &access, "refresh_token").await.status, 200);
    assert_eq!(revoke(&server, "junk", "access_token").await.status, 200);
    assert!(is_good(&server, &access).await);
    // Facts 56 to 58.
    let done = revoke(&server, &access, "access_token").await;
    assert_eq!((done.status, done.text.as_str()), (200, ""));
    assert!(!is_good(&server, &access).await);
    assert_eq!(revoke(&server, &access, "access_token").await.status, 200);
    refresh(&server, &refreshing)
        .await
        .refused(400, "invalid_grant");
    // Fact 59.
    let code = self::code(&server, &browser, &[]).await;
    let old = exchange(&server, &code).await.json();
    let new = refresh(&server, &field(&old, "refresh_token")).await.json();
    for name in ["access_token", "refresh_token"] {
        assert_eq!(revoke(&server, &field(&old, name), name).await.status, 200);
        assert!(is_good(&server, &field(&new, "access_token")).await);
    }
    let done = revoke(&server, &field(&new, "refresh_token"), "refresh_token").await;
    assert_eq!(done.status, 200);
    assert!(!is_good(&server, &field(&new, "access_token")).await);
    let nobody = server.post("/oauth2/revoke").form(&[("token", &access)]);
    answer(nobody).await.refused(400, "invalid_request");
    let without = answer(authenticated(&server).form(&[("grant_type", "refresh_token")])).await;
    without.refused(400, "invalid_request");
}
