use muniment_tests::{TestDatabase, browser::Browser, each_backend};
use serde_json::json;

use crate::{
    Idp, PROVIDER, claims, come_back,
    idp::{SECRET, signed},
    leave, start_with,
};

each_backend!(
    only_the_browser_that_left_comes_back_and_once,
    an_id_token_that_is_not_right_lets_nobody_in,
    a_provider_that_fails_lets_nobody_in,
    a_form_from_elsewhere_is_sent_once_more_from_here,
    who_is_not_configured_is_not_found,
);

async fn only_the_browser_that_left_comes_back_and_once(database: TestDatabase) {
    let idp = Idp::start().await;
    let server = start_with(&database, &idp, "").await;
    let mut browser = Browser::new(&server);
    let sent = leave(&mut browser, "").await;
    idp.will_tell("code", &claims(&sent, &json!({})));
    let mut stranger = Browser::new(&server);
    assert_eq!(come_back(&mut stranger, "code", &sent).await.status, 400);
    let base = format!("/upstream/callback/{PROVIDER}");
    let state = &sent.state;
    for query in [
        String::new(),
        "?code=code".to_owned(),
        "?code=code&state=other".to_owned(),
        format!("?state={state}"),
        format!("?code=code&code=code&state={state}"),
        format!("?error=access_denied&state={state}"),
        format!("?code=code&state={state}&iss=https%3A%2F%2Fevil.example"),
    ] {
        let answer = browser.get(&format!("{base}{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    let back = come_back(&mut browser, "code", &sent).await;
    assert_eq!(back.status, 303, "{back:?}");
    idp.will_tell("code", &claims(&sent, &json!({})));
    assert_eq!(come_back(&mut browser, "code", &sent).await.status, 400);
    // The page is this browser's alone.
    let path = back.location().to_owned();
    assert_eq!(stranger.get(&path).await.status, 400);
    assert_eq!(browser.get(&path).await.status, 200);
}

async fn an_id_token_that_is_not_right_lets_nobody_in(database: TestDatabase) {
    let idp = Idp::start().await;
    let server = start_with(&database, &idp, "").await;
    let mut browser = Browser::new(&server);
    for wrong in [
        json!({"nonce": "another"}),
        json!({"iss": "https://evil.example/"}),
        json!({"aud": "another"}),
        json!({"exp": 1}),
        json!({"sub": ""}),
        json!({"sub": "a\u{0}"}),
        json!({"sub": {"a": 1}}),
        json!({"sub": "x".repeat(5000)}),
        json!({"name": [1, 2]}),
    ] {
        let sent = leave(&mut browser, "").await;
        idp.will_tell("code", &claims(&sent, &wrong));
        let back = come_back(&mut browser, "code", &sent).await;
        assert_eq!(back.status, 400, "{wrong}");
    }
    let sent = leave(&mut browser, "").await;
    let forged = signed(&claims(&sent, &json!({})), "another secret");
    let body = json!({"access_token": "at", "token_type": "Bearer", "id_token": forged});
    idp.will_answer("code", 200, &body.to_string());
    assert_eq!(come_back(&mut browser, "code", &sent).await.status, 400);
    let log = server.log();
    assert!(!log.contains(SECRET) && !log.contains(&forged));
}

async fn a_provider_that_fails_lets_nobody_in(database: TestDatabase) {
    let idp = Idp::start().await;
    let server = start_with(&database, &idp, "").await;
    let mut browser = Browser::new(&server);
    let large = format!("{{\"access_token\":\"{}\"}}", "a".repeat(70_000));
    for (status, body) in [
        (400, r#"{"error":"invalid_grant"}"#),
        (500, "out of order"),
        (200, "no json"),
        (200, "{}"),
        (200, r#"{"access_token":"at","token_type":"Bearer"}"#),
        (302, ""),
        (200, &large),
    ] {
        let sent = leave(&mut browser, "").await;
        idp.will_answer("code", status, body);
        let back = come_back(&mut browser, "code", &sent).await;
        assert_eq!(back.status, 400, "{status}");
        back.says("The other service did not let you in");
    }
}

async fn a_form_from_elsewhere_is_sent_once_more_from_here(database: TestDatabase) {
    let idp = Idp::start().await;
    let server = start_with(&database, &idp, "response_mode: form_post").await;
    let mut browser = Browser::new(&server);
    let sent = leave(&mut browser, "").await;
    idp.will_tell("code", &claims(&sent, &json!({})));
    // By its query it does not go.
    assert_eq!(come_back(&mut browser, "code", &sent).await.status, 400);
    let path = format!("/upstream/callback/{PROVIDER}");
    let fields = [("code", "code"), ("state", sent.state.as_str())];
    // A browser keeps our cookies back.
    let page = Browser::new(&server).post(&path, &fields).await;
    assert_eq!(page.status, 200);
    let marker = page.hidden("did_mas_repost_to_itself").unwrap();
    let again = [fields[0], fields[1], ("did_mas_repost_to_itself", &marker)];
    let stranger = Browser::new(&server).post(&path, &again).await;
    assert_eq!(stranger.status, 400, "it does not go round for ever");
    let back = browser.post(&path, &again).await;
    assert_eq!(back.status, 303, "{back:?}");
    assert!(back.location().starts_with("/upstream/link/"));
}

async fn who_is_not_configured_is_not_found(database: TestDatabase) {
    let idp = Idp::start().await;
    let server = start_with(&database, &idp, "enabled: false").await;
    let mut browser = Browser::new(&server);
    for id in [PROVIDER, "01HV3JZ6Y0000000000000000B", "nothing"] {
        for page in ["authorize", "callback"] {
            let answer = browser.get(&format!("/upstream/{page}/{id}")).await;
            assert_eq!(answer.status, 404, "{page} {id}");
        }
    }
    browser.get("/login").await.says_not("Handmade");
}
