//! Clients that introduce themselves (contract/oauth2.md 10; facts 5 to 15).

use muniment_store::sql::query;
use muniment_tests::{TestDatabase, TestServer, each_backend};
use serde_json::{Value, json};

use crate::{
    Answer, answer,
    code_flow::{CHALLENGE, VERIFIER, field, request},
    people::{Browser, beside},
    start, start_with_pages,
};

each_backend!(
    what_makes_no_sense_is_refused,
    a_client_is_known_by_what_it_says,
    a_secret_serves_its_client,
    no_registration_makes_the_endpoint_fail,
    a_client_enters_the_log_with_the_first_consent,
);

fn metadata(more: &Value) -> Value {
    let mut metadata = json!({
        "client_uri": "https://example.com/",
        "redirect_uris": ["https://example.com/callback"],
        "token_endpoint_auth_method": "none",
    });
    for (name, value) in more.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    metadata
}

async fn register(server: &TestServer, more: &Value) -> Answer {
    answer(server.post("/oauth2/registration").json(&metadata(more))).await
}

async fn registered(server: &TestServer, more: &Value) -> Value {
    let answer = register(server, more).await;
    assert_eq!(answer.status, 201, "{more} {answer:?}");
    answer.json()
}

async fn what_makes_no_sense_is_refused(database: TestDatabase) {
    let server = start(&database).await;
    for (kind, body) in [
        ("application/json", "this is not a json"),
        ("application/json", ""),
        ("text/plain", "{}"),
    ] {
        let request = server
            .post("/oauth2/registration")
            .header("content-type", kind)
            .body(body);
        answer(request).await.refused(400, "invalid_request");
    }
    let (uri, data) = ("invalid_redirect_uri", "invalid_client_metadata");
    for (more, error) in [
        (json!({"client_uri": "this is not a uri"}), data),
        (
            json!({"application_type": "web", "redirect_uris": ["http://example.com/"]}),
            uri,
        ),
        (json!({"redirect_uris": ["https://example.com/#x"]}), uri),
        (json!({"redirect_uris": null}), uri),
        (json!({"redirect_uris": ["https://github.io/"]}), uri),
        (
            json!({"response_types": ["id_token"], "grant_types": ["authorization_code"]}),
            data,
        ),
        (json!({"client_uri": "https://github.io/"}), data),
        (json!({"client_uri#fr-FR": "https://github.io/"}), data),
        (json!({"client_name#fr": "Nom"}), data),
        (json!({"client_uri": null}), data),
        (json!({"redirect_uris": "https://example.com/"}), data),
        (json!({"client_name": 5}), data),
        (json!({"token_endpoint_auth_method": "strange"}), data),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            data,
        ),
        (
            json!({"jwks": {"keys": []}, "jwks_uri": "https://example.com/jwks"}),
            data,
        ),
        (json!({"initiate_login_uri": "http://example.com/"}), data),
        (json!({"id_token_signed_response_alg": "HS256"}), data),
        (json!({"userinfo_encrypted_response_enc": "A128GCM"}), data),
        (
            json!({"token_endpoint_auth_method": "client_secret_jwt"}),
            data,
        ),
    ] {
        let refused = register(&server, &more).await;
        assert_eq!(refused.error(), (400, error.to_owned()), "{more}");
    }
    // Facts 9 and 10.
    for name in ["client_uri", "client_uri#fr-FR"] {
        let refused = register(&server, &json!({ name: "https://github.io/" }))
            .await
            .json();
        assert_eq!(
            refused["error_description"],
            "client_uri is not using a valid domain"
        );
    }
    let array = answer(server.post("/oauth2/registration").json(&json!([]))).await;
    array.refused(400, data);
}

async fn a_client_is_known_by_what_it_says(database: TestDatabase) {
    let server = start(&database).await;
    let first = registered(&server, &json!({})).await;
    assert_eq!(first.get("client_secret"), None);
    assert_eq!(first.get("response_types"), None);
    assert_eq!(first["grant_types"], json!(["authorization_code"]));
    // Facts 13 and 14.
    assert_eq!(registered(&server, &json!({})).await, first);
    let uris =
        |list: &[&str]| json!({ "redirect_uris": list, "client_name": "A", "client_name#fr": "B" });
    let one = registered(
        &server,
        &uris(&["https://example.com/a", "https://example.com/b"]),
    )
    .await;
    let two = registered(
        &server,
        &uris(&["https://example.com/b", "https://example.com/a"]),
    )
    .await;
    assert_eq!(one["client_id"], two["client_id"]);
    assert_ne!(one["client_id"], first["client_id"]);
    // Facts 12 and 15.
    let secret = json!({"token_endpoint_auth_method": "client_secret_basic"});
    let one = registered(&server, &secret).await;
    let two = registered(&server, &secret).await;
    assert_eq!(field(&one, "client_secret").len(), 20);
    assert_ne!(one["client_id"], two["client_id"]);
    // Without a method it can do nothing with its tokens.
    let none = registered(&server, &json!({"token_endpoint_auth_method": null})).await;
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", none["client_id"].as_str().unwrap()),
    ];
    answer(server.post("/oauth2/token").form(&fields))
        .await
        .refused(401, "unauthorized_client");
}

async fn a_secret_serves_its_client(database: TestDatabase) {
    let server = start(&database).await;
    let client = registered(
        &server,
        &json!({
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["client_credentials"],
            "redirect_uris": null,
        }),
    )
    .await;
    let (id, secret) = (field(&client, "client_id"), field(&client, "client_secret"));
    let token = async |secret: &str| {
        let grant = [("grant_type", "client_credentials"), ("scope", "openid")];
        let request = server.post("/oauth2/token").basic_auth(&id, Some(secret));
        answer(request.form(&grant)).await
    };
    assert_eq!(token(&secret).await.status, 200);
    let wrong = token("wrong").await;
    wrong.refused(401, "invalid_client");
    assert!(wrong.header("www-authenticate").is_some());
    let log = beside(&database).await;
    let clear = query("SELECT count(*) AS n FROM oauth2_client_secrets WHERE sealed = $1");
    let clear = clear.bind(secret.as_bytes());
    let row = log.database.fetch_optional(clear).await.unwrap().unwrap();
    assert_eq!(row.get::<i64, _>("n").unwrap(), 0, "secrets lie sealed");
}

async fn no_registration_makes_the_endpoint_fail(database: TestDatabase) {
    let server = start(&database).await;
    let long = "x".repeat(100_000);
    for value in [
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{10ffff}"),
        json!(long),
        json!(vec!["https://example.com/"; 1000]),
        json!([[]]),
        json!({"keys": [{}]}),
        json!({"keys": 5}),
        json!(-1),
        json!(true),
    ] {
        for name in [
            "client_name",
            "client_uri",
            "redirect_uris",
            "grant_types",
            "jwks",
            "jwks_uri",
            "token_endpoint_auth_method",
            "client_name#",
            "contacts",
        ] {
            let found = register(&server, &json!({ name: value })).await;
            let is_answered = found.status == 201 || (400..500).contains(&found.status);
            assert!(is_answered, "{name} {value}: {found:?}");
        }
    }
}

async fn a_client_enters_the_log_with_the_first_consent(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let client = registered(
        &server,
        &json!({"client_name": "Pending", "grant_types": ["authorization_code", "refresh_token"]}),
    )
    .await;
    let id = field(&client, "client_id");
    let known = async || {
        let events =
            query("SELECT count(*) AS n FROM events WHERE event_type = 'oauth2_client.registered'");
        let row = log.database.fetch_optional(events).await.unwrap().unwrap();
        row.get::<i64, _>("n").unwrap()
    };
    assert_eq!(known().await, 0);
    let browser = Browser::of_new_user(&log, "alice").await;
    for _ in 0..2 {
        let asked = browser.get(&server, &request(&[("client_id", &id)])).await;
        let consent = asked.header("location").unwrap().to_owned();
        let page = browser.get(&server, &consent).await;
        assert!(page.text.contains("Pending"));
        let given = browser.submit(&server, &consent, &[]).await;
        let location = given.header("location").unwrap();
        let code = location
            .split("code=")
            .nth(1)
            .unwrap()
            .trim_end_matches('#');
        assert_eq!(known().await, 1);
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &id),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        let issued = answer(server.post("/oauth2/token").form(&fields)).await;
        assert_eq!(issued.status, 200, "{issued:?} {CHALLENGE}");
    }
    // The same again is the same client still.
    let again = registered(
        &server,
        &json!({"client_name": "Pending", "grant_types": ["authorization_code", "refresh_token"]}),
    )
    .await;
    assert_eq!(again["client_id"], client["client_id"]);
}
