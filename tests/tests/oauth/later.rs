//! What shows when time has gone by, in the log, and beside the answer (contract/oauth2.md, facts 31, 48
//! and 55; 7.4 and 11).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use muniment_store::{schedule, sql::query};
use muniment_tests::{TestDatabase, TestLog, TestServer, each_backend, server::CLIENT_ID, within};
use serde_json::{Value, json};

use crate::{
    PUBLIC_ID, answer,
    code_flow::{
        CHALLENGE, REDIRECT, VERIFIER, code, exchange, field, is_good, refresh, request, set_up,
    },
    introspection::{inactive, introspect},
    people::{Browser, age, beside, now},
    start_with, start_with_pages, with_pages,
};

each_backend!(
    a_refresh_token_outlives_the_removal_of_its_access_token,
    asking_about_a_token_is_a_use_of_its_session,
    the_log_says_who_asked_about_a_token,
    a_session_ends_by_a_stolen_refresh_token_where_that_is_configured,
    who_a_user_is_can_be_signed,
);

const JOBS: [&str; 4] = [
    "remove_expired_access_tokens",
    "remove_revoked_access_tokens",
    "remove_revoked_refresh_tokens",
    "remove_consumed_refresh_tokens",
];

/// A day more than a month, in seconds.
const MONTH: i64 = 31 * 24 * 3600;

/// Starts the server again, which then removes what is of no more use.
async fn cleaned_up(mut server: TestServer, log: &TestLog) -> TestServer {
    server.stop();
    for job in JOBS {
        schedule::announce(&log.database, job, 1).await.unwrap();
    }
    let due = "UPDATE job_runs SET due_at = 1, last_succeeded_at = NULL";
    log.database.execute(query(due)).await.unwrap();
    let server = server.restart().await;
    let done = async {
        loop {
            let states = schedule::states(&log.database).await.unwrap();
            let done = |name: &&str| {
                let mut states = states.iter();
                states.any(|job| job.name == *name && job.last_succeeded_at.is_some())
            };
            if JOBS.iter().all(done) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    within("a run of each job", done).await;
    server
}

/// Fact 31.
async fn a_refresh_token_outlives_the_removal_of_its_access_token(database: TestDatabase) {
    let (server, log, browser) = set_up(&database).await;
    let code = code(&server, &browser, &[]).await;
    let first = exchange(&server, &code).await.json();
    let fourth = refresh(&server, &field(&first, "refresh_token"))
        .await
        .json();
    let four = field(&fourth, "refresh_token");
    let fifth = refresh(&server, &four).await.json();
    assert!(is_good(&server, &field(&fifth, "access_token")).await);
    let access = ["created_at", "expires_at", "first_used_at", "revoked_at"];
    age(&log, "oauth2_access_tokens", &access, MONTH).await;
    let refreshing = ["created_at", "consumed_at", "revoked_at"];
    age(&log, "oauth2_refresh_tokens", &refreshing, MONTH).await;
    let server = cleaned_up(server, &log).await;
    assert_eq!(log.count("oauth2_access_tokens").await, 0);
    // The one that was exchanged last, and the one that waits.
    assert_eq!(log.count("oauth2_refresh_tokens").await, 2);
    let again = refresh(&server, &four).await;
    assert_eq!(again.status, 200, "{again:?}");
    refresh(&server, &field(&fifth, "refresh_token"))
        .await
        .refused(400, "invalid_grant");
    assert!(is_good(&server, &field(&again.json(), "access_token")).await);
}

/// Fact 48, and 49 in part.
async fn asking_about_a_token_is_a_use_of_its_session(database: TestDatabase) {
    let (mut server, log, browser) = set_up(&database).await;
    let code = code(&server, &browser, &[]).await;
    let tokens = exchange(&server, &code).await.json();
    let access = field(&tokens, "access_token");
    // The exchange was a use, too: let it be long ago.
    server.stop();
    age(&log, "session_activity", &["last_active_at"], 7200).await;
    let mut server = server.restart().await;
    let before = now();
    assert_eq!(introspect(&server, &access, None).await["active"], true);
    let used = query("SELECT first_used_at FROM oauth2_access_tokens WHERE user_id = $1");
    let used = used.bind(browser.user.as_uuid());
    let used: Option<i64> = log.database.fetch_one(used).await.unwrap().get(0).unwrap();
    assert!(
        used.is_some_and(|at| (before..=now()).contains(&at)),
        "{used:?}"
    );
    server.stop();
    let last = async || -> i64 {
        let last = query("SELECT last_active_at FROM session_activity WHERE kind = 'oauth2'");
        log.database.fetch_one(last).await.unwrap().get(0).unwrap()
    };
    let first = last().await;
    assert!((before..=now()).contains(&first), "{first}");

    age(&log, "oauth2_access_tokens", &["expires_at"], 3600).await;
    let mut server = server.restart().await;
    assert_eq!(introspect(&server, &access, None).await, inactive());
    server.stop();
    assert_eq!(last().await, first, "an inactive token is no use");
    let mut server = server.restart().await;
    let refreshing = field(&tokens, "refresh_token");
    assert_eq!(introspect(&server, &refreshing, None).await["active"], true);
    server.stop();
    assert!(last().await > first);
}

/// Fact 55.
async fn the_log_says_who_asked_about_a_token(database: TestDatabase) {
    let server = start_with(&database, |yaml| {
        with_pages(&yaml).replace(
            "kind: none",
            "kind: synapse\n  secret: of-the-homeserver\n  \
            endpoint: http://127.0.0.1:1/",
        )
    })
    .await;
    let log = beside(&database).await;
    let alice = Browser::of_new_user(&log, "alice").await.user.to_string();
    let token = server.admin_token().await;
    introspect(&server, &token, None).await;
    let asked = server
        .post("/oauth2/introspect")
        .bearer_auth("of-the-homeserver")
        .form(&[("token", "garbage")]);
    assert_eq!(answer(asked).await.json(), inactive());
    let lines = server.log();
    let lines: Vec<&str> = lines
        .lines()
        .filter(|line| line.contains("\"url.path\":\"/oauth2/introspect\""))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains(&format!("client:{CLIENT_ID}")),
        "{lines:?}"
    );
    assert!(lines[1].contains("homeserver"), "{lines:?}");
    for line in lines {
        assert!(
            !line.contains(&alice) && !line.contains("of-the-"),
            "{line}"
        );
    }
}

async fn a_session_ends_by_a_stolen_refresh_token_where_that_is_configured(database: TestDatabase) {
    let server = start_with(&database, |yaml| {
        with_pages(&yaml) + "oauth: {refresh_token_reuse: end_session}\n"
    })
    .await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let code = code(&server, &browser, &[]).await;
    let first = exchange(&server, &code).await.json();
    let old = field(&first, "refresh_token");
    let second = refresh(&server, &old).await.json();
    let access = field(&second, "access_token");
    assert!(is_good(&server, &access).await);
    refresh(&server, &old).await.refused(400, "invalid_grant");
    assert!(!is_good(&server, &access).await, "whoever has it");
    refresh(&server, &field(&second, "refresh_token"))
        .await
        .refused(400, "invalid_grant");
    let ended = log.events().await.into_iter().filter(|event| {
        event.event_type == "oauth2_session.finished"
            && event.payload.contains("refresh_token_reused")
    });
    assert_eq!(ended.count(), 1);
}

/// `userinfo_signed_response_alg`.
async fn who_a_user_is_can_be_signed(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let metadata = json!({
        "client_uri": "https://example.com/",
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "none",
        "userinfo_signed_response_alg": "RS256",
    });
    let client = answer(server.post("/oauth2/registration").json(&metadata)).await;
    assert_eq!(client.status, 201, "{client:?}");
    let id = field(&client.json(), "client_id");
    assert_ne!(id, PUBLIC_ID);
    assert_eq!(client.json()["userinfo_signed_response_alg"], "RS256");

    let asked = [("client_id", &*id), ("code_challenge", CHALLENGE)];
    let asked = browser.get(&server, &request(&asked)).await;
    let consent = asked.header("location").unwrap().to_owned();
    let given = browser
        .submit(&server, &consent, &[("action", "consent")])
        .await;
    let location = given.header("location").unwrap();
    let location: reqwest::Url = location.parse().unwrap();
    let code = location.query_pairs().find(|(name, _)| name == "code");
    let code = code.unwrap().1.into_owned();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &id),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    let tokens = answer(server.post("/oauth2/token").form(&fields))
        .await
        .json();
    let access = field(&tokens, "access_token");
    let info = answer(server.get("/oauth2/userinfo").bearer_auth(&access)).await;
    assert_eq!(info.status, 200, "{info:?}");
    assert_eq!(info.header("content-type"), Some("application/jwt"));
    let parts: Vec<&str> = info.text.split('.').collect();
    let part = |n: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[n]).unwrap()).unwrap()
    };
    assert_eq!(parts.len(), 3);
    assert_eq!(part(0)["alg"], "RS256");
    assert_eq!(
        part(1),
        json!({
            "iss": "http://127.0.0.1/",
            "aud": id,
            "sub": browser.user.to_string(),
            "username": "alice",
        })
    );
    let keys = answer(server.get("/oauth2/keys.json")).await.json();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys
        .iter()
        .find(|key| key["kid"] == part(0)["kid"])
        .unwrap();
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let (n, e) = (number("n"), number("e"));
    let public = aws_lc_rs::signature::RsaPublicKeyComponents { n: &*n, e: &*e };
    let signed = format!("{}.{}", parts[0], parts[1]);
    public
        .verify(
            &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256,
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(parts[2]).unwrap(),
        )
        .unwrap();
}
