//! Devices that cannot show a browser (contract/oauth2.md 6 and 7.6; facts 18 to 20 and 37 to 43).

use muniment_tests::{TestDatabase, TestServer, each_backend};
use serde_json::{Value, json};

use crate::{
    Answer, PUBLIC_ID, answer,
    code_flow::{field, is_good},
    people::{Browser, age, beside},
    start_with, start_with_pages, with_pages,
};

each_backend!(
    a_device_gets_tokens_once_its_user_agrees,
    a_user_may_refuse_and_codes_expire,
    user_codes_cannot_be_guessed_for_long,
    it_can_be_switched_off,
);

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn ask(server: &TestServer) -> Value {
    let fields = [("client_id", PUBLIC_ID), ("scope", "openid")];
    let asked = answer(server.post("/oauth2/device").form(&fields)).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    asked.is_not_cached();
    asked.json()
}

async fn poll(server: &TestServer, code: &str) -> Answer {
    let fields = [
        ("grant_type", DEVICE_CODE),
        ("client_id", PUBLIC_ID),
        ("device_code", code),
    ];
    answer(server.post("/oauth2/token").form(&fields)).await
}

/// Enters the code; where that leads.
async fn link(server: &TestServer, browser: &Browser, code: &str) -> String {
    let found = browser.submit(server, "/link", &[("code", code)]).await;
    assert_eq!(found.status, 303, "{found:?}");
    found.header("location").unwrap().to_owned()
}

async fn a_device_gets_tokens_once_its_user_agrees(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let asked = ask(&server).await;
    let (device, user) = (field(&asked, "device_code"), field(&asked, "user_code"));
    assert_eq!((device.len(), user.len()), (32, 6));
    assert_eq!(user, user.to_uppercase());
    assert_eq!(asked["verification_uri"], "http://127.0.0.1/link");
    assert_eq!(asked.get("verification_uri_complete"), None);
    assert_eq!(asked["expires_in"], 1200);
    assert_eq!(asked["interval"], 5);
    poll(&server, &device)
        .await
        .refused(403, "authorization_pending");

    let page = link(&server, &browser, &user.to_lowercase()).await;
    // Not without having looked at the device.
    let hasty = browser
        .submit(&server, &page, &[("action", "consent")])
        .await;
    assert_eq!(hasty.status, 200);
    poll(&server, &device)
        .await
        .refused(403, "authorization_pending");
    let agreed = [("action", "consent"), ("confirm_device", "on")];
    assert_eq!(browser.submit(&server, &page, &agreed).await.status, 200);
    assert_eq!(browser.get(&server, &page).await.status, 200);

    let issued = poll(&server, &device).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    let tokens = issued.json();
    assert!(field(&tokens, "refresh_token").starts_with("mar_"));
    assert!(!field(&tokens, "id_token").is_empty());
    assert!(is_good(&server, &field(&tokens, "access_token")).await);
    poll(&server, &device).await.refused(400, "invalid_grant");
    poll(&server, "unknown").await.refused(400, "invalid_grant");
    // The code is used up.
    let again = browser.submit(&server, "/link", &[("code", &user)]).await;
    assert_eq!(again.status, 200);
}

async fn a_user_may_refuse_and_codes_expire(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let asked = ask(&server).await;
    let page = link(&server, &browser, &field(&asked, "user_code")).await;
    let anonymous = answer(server.get(&page)).await;
    assert!(
        anonymous
            .header("location")
            .unwrap()
            .starts_with("/login?kind=continue_device_code_grant&id=")
    );
    let strange = browser
        .submit(&server, &page, &[("action", "strange")])
        .await;
    assert_eq!(strange.status, 400);
    let refused = browser
        .submit(&server, &page, &[("action", "reject")])
        .await;
    assert_eq!(refused.status, 200);
    let device = field(&asked, "device_code");
    poll(&server, &device).await.refused(403, "access_denied");

    let asked = ask(&server).await;
    age(&log, "device_grants", &["expires_at"], 21 * 60).await;
    let device = field(&asked, "device_code");
    poll(&server, &device).await.refused(403, "expired_token");
    let code = field(&asked, "user_code");
    let late = browser.submit(&server, "/link", &[("code", &code)]).await;
    assert_eq!(late.status, 200);
}

async fn user_codes_cannot_be_guessed_for_long(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let mut statuses = Vec::new();
    for guess in 0..12 {
        let code = format!("GUESS{guess}");
        let found = browser.submit(&server, "/link", &[("code", &code)]).await;
        statuses.push(found.status);
    }
    assert_eq!(statuses[0], 200);
    assert_eq!(statuses[11], 429);
}

async fn it_can_be_switched_off(database: TestDatabase) {
    let off = "oauth:\n  device_code_grant_enabled: false\n";
    let server = start_with(&database, |yaml| with_pages(&format!("{yaml}{off}"))).await;
    let fields = [("client_id", "01JZZZZZZZZZZZZZZZZZZZZZZZ")];
    let asked = answer(server.post("/oauth2/device").form(&fields)).await;
    asked.refused(400, "invalid_request");
    assert!(
        asked
            .text
            .contains("Device Authorization Grant is disabled")
    );
    poll(&server, "any")
        .await
        .refused(400, "unsupported_grant_type");
    assert_eq!(answer(server.get("/link")).await.status, 404);
    let document = answer(server.get("/.well-known/openid-configuration"))
        .await
        .json();
    assert_eq!(document.get("device_authorization_endpoint"), None);
    // Fact 16.
    let metadata = json!({
        "client_uri": "https://example.com/",
        "token_endpoint_auth_method": "none",
        "grant_types": [DEVICE_CODE],
        "response_types": [],
    });
    let registered = answer(server.post("/oauth2/registration").json(&metadata)).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let body = registered.json();
    assert_eq!(
        body,
        json!({
            "client_id": body["client_id"],
            "client_id_issued_at": body["client_id_issued_at"],
            "redirect_uris": [],
            "grant_types": [],
            "token_endpoint_auth_method": "none",
            "client_uri": "https://example.com/",
        })
    );
}
