//! What was acknowledged holds while the read model is stopped that would have said so: tokens and
//! cookies are as good as the log says they are (docs/adr/0011).

use muniment_domain::{CompatSession, CompatSessionCommand, SessionEnd, UserCommand, UserId};
use muniment_store::{VaultWrite, sql::query, tokens::NewCompatAccessToken};
use muniment_tests::{TestDatabase, TestLog, TestServer, each_backend, sign_in_everywhere};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Answer, answer,
    code_flow::{code, exchange, field, is_good, refresh, request, revoke, set_up},
    introspection::{crc, inactive, introspect, personal_token},
    people::Browser,
};

each_backend!(
    a_lock_holds_while_accounts_are_stopped,
    who_comes_while_accounts_are_stopped_can_sign_in,
    a_session_that_is_ended_is_over_while_sessions_are_stopped,
    a_legacy_and_a_personal_session_end_while_their_kinds_are_stopped,
    what_cannot_be_worked_out_is_refused_for_a_moment_and_for_nobody_else,
);

/// Runs a statement behind the server's back.
async fn tamper(log: &TestLog, sql: &str) {
    let mut transaction = log.database.begin().await.unwrap();
    assert!(transaction.execute(query(sql)).await.unwrap() > 0, "{sql}");
    transaction.commit().await.unwrap();
}

/// The read models that are stopped.
async fn stopped(log: &TestLog) -> Vec<String> {
    let all = query("SELECT name FROM stopped_projections ORDER BY name");
    let rows = log.database.fetch_all(all).await.unwrap();
    rows.iter().map(|row| row.get("name").unwrap()).collect()
}

/// Stops `users` by an account whose row is lost.
async fn stop_users(server: &TestServer, log: &TestLog) {
    let mallory = log.register("mallory").await;
    tamper(log, "DELETE FROM users WHERE username = 'mallory'").await;
    assert_eq!(act(server, mallory, "lock").await, 200);
    assert_eq!(stopped(log).await, ["users"]);
}

/// What an administrator does to an account.
async fn act(server: &TestServer, user: UserId, action: &str) -> u16 {
    let token = server.admin_token().await;
    let path = format!("/api/admin/v1/users/{user}/{action}");
    answer(server.post(&path).bearer_auth(token)).await.status
}

async fn tokens(server: &TestServer, browser: &Browser) -> (String, String) {
    let code = code(server, browser, &[]).await;
    let tokens = exchange(server, &code).await.json();
    (
        field(&tokens, "access_token"),
        field(&tokens, "refresh_token"),
    )
}

/// Whether the cookie lets its bearer answer an application's request.
async fn is_signed_in(server: &TestServer, browser: &Browser) -> bool {
    let asked = browser.get(server, &request(&[])).await;
    assert_eq!(asked.status, 303, "{asked:?}");
    let consent = browser.get(server, asked.header("location").unwrap()).await;
    match consent.status {
        200 => consent.text.contains("value=\"consent\""),
        303 => false,
        _ => panic!("{consent:?}"),
    }
}

async fn viewer(server: &TestServer, browser: &Browser) -> Answer {
    let body = json!({"query": "{ viewer { __typename } }"});
    answer(browser.with_cookies(server.post("/graphql").json(&body), None)).await
}

async fn a_lock_holds_while_accounts_are_stopped(database: TestDatabase) {
    let (server, log, alice) = set_up(&database).await;
    let bob = Browser::of_new_user(&log, "bob").await;
    let (access, renewal) = tokens(&server, &alice).await;
    let (of_bob, _) = tokens(&server, &bob).await;
    stop_users(&server, &log).await;
    assert!(is_good(&server, &access).await);
    assert!(is_signed_in(&server, &alice).await);

    assert_eq!(act(&server, alice.user, "lock").await, 200);
    assert!(!is_good(&server, &access).await);
    assert_eq!(introspect(&server, &access, None).await, inactive());
    assert_eq!(introspect(&server, &renewal, None).await, inactive());
    refresh(&server, &renewal)
        .await
        .refused(400, "invalid_grant");
    assert!(!is_signed_in(&server, &alice).await);
    let anonymous = viewer(&server, &alice).await;
    assert!(anonymous.text.contains("Anonymous"), "{anonymous:?}");
    // Others do not notice, and it can be taken back.
    assert!(is_good(&server, &of_bob).await);
    assert!(is_signed_in(&server, &bob).await);
    assert_eq!(act(&server, alice.user, "unlock").await, 200);
    assert!(is_good(&server, &access).await);
    assert_eq!(refresh(&server, &renewal).await.status, 200);

    // By another process, which is told of by nobody; and for good.
    let deactivate = UserCommand::DeactivateUser { erase: false };
    log.execute(bob.user, deactivate).await.unwrap();
    assert!(!is_good(&server, &of_bob).await);
    assert!(!is_signed_in(&server, &bob).await);
    assert_eq!(act(&server, bob.user, "reactivate").await, 200);
    assert!(!is_good(&server, &of_bob).await);
    assert_eq!(stopped(&log).await, ["users"]);

    let rebuilt = server.command(&["projections", "rebuild"]);
    assert!(rebuilt.status.success());
    assert!(stopped(&log).await.is_empty());
    assert!(!is_good(&server, &of_bob).await);
}

async fn who_comes_while_accounts_are_stopped_can_sign_in(database: TestDatabase) {
    let (server, log, _) = set_up(&database).await;
    stop_users(&server, &log).await;
    let admin = server.admin_token().await;
    let found = |name: &str| {
        let path = format!("/api/admin/v1/users/by-username/{name}");
        answer(server.get(&path).bearer_auth(&admin))
    };
    assert_eq!(found("carol").await.status, 404);
    let carol = Browser::of_new_user(&log, "carol").await;
    let (access, _) = tokens(&server, &carol).await;
    assert!(is_good(&server, &access).await);
    assert_eq!(
        introspect(&server, &access, None).await["username"],
        "carol"
    );
    assert_eq!(found("carol").await.status, 200);
    assert_eq!(act(&server, carol.user, "lock").await, 200);
    assert!(!is_good(&server, &access).await);
}

async fn a_session_that_is_ended_is_over_while_sessions_are_stopped(database: TestDatabase) {
    let (server, log, alice) = set_up(&database).await;
    let (access, renewal) = tokens(&server, &alice).await;
    let (other, _) = tokens(&server, &alice).await;
    // A session of each kind loses its row, and is ended then.
    let bob = Browser::of_new_user(&log, "bob").await;
    let (lost, _) = tokens(&server, &bob).await;
    for table in ["oauth2_sessions", "browser_sessions"] {
        let of_bob = "SELECT id FROM users WHERE username = 'bob'";
        let statement = format!("DELETE FROM {table} WHERE user_id IN ({of_bob})");
        tamper(&log, &statement).await;
    }
    assert!(!is_good(&server, &lost).await);
    bob.sign_out(&log).await;
    assert_eq!(stopped(&log).await, ["browser_sessions"]);
    assert!(!is_signed_in(&server, &bob).await);
    assert!(is_signed_in(&server, &alice).await);
    tamper(
        &log,
        "INSERT INTO stopped_projections (name, stopped_at_position, reason) \
         VALUES ('oauth2_sessions', 1, 'a test')",
    )
    .await;
    // Now that rows are not to be believed, one that is lost is no reason to refuse.
    assert!(is_good(&server, &lost).await);

    let revoked = revoke(&server, &access, "access_token").await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    assert!(!is_good(&server, &access).await);
    assert_eq!(introspect(&server, &access, None).await, inactive());
    refresh(&server, &renewal)
        .await
        .refused(400, "invalid_grant");
    assert!(is_good(&server, &other).await);
    // What begins now is as good.
    let (new, renewal) = tokens(&server, &alice).await;
    assert!(is_good(&server, &new).await);
    assert_eq!(refresh(&server, &renewal).await.status, 200);

    alice.sign_out(&log).await;
    assert!(!is_signed_in(&server, &alice).await);
    let anonymous = viewer(&server, &alice).await;
    assert!(anonymous.text.contains("Anonymous"), "{anonymous:?}");
    assert_eq!(act(&server, alice.user, "deactivate").await, 200);
    assert!(!is_good(&server, &other).await);
}

async fn a_legacy_and_a_personal_session_end_while_their_kinds_are_stopped(database: TestDatabase) {
    let (server, log, alice) = set_up(&database).await;
    let sessions = sign_in_everywhere(&log, alice.user).await;
    let text = "mct_cxG6gZXyvelQWW9XqfNbm5KAQovodf";
    let legacy = format!("{text}_{}", crc(text));
    let write = VaultWrite::PutCompatAccessToken(NewCompatAccessToken {
        id: muniment_domain::TokenId::from_uuid(log.ids.ulid()),
        session_id: sessions.compat,
        user_id: alice.user,
        token_hash: Sha256::digest(legacy.as_bytes()).into(),
        created_at: 1,
        expires_at: None,
    });
    let name = CompatSessionCommand::NameCompatSession {
        name: "desk".to_owned(),
    };
    let id = sessions.compat.as_uuid();
    let execution = log.execution().with_vault(write);
    log.journal
        .execute::<CompatSession>(id, name, execution)
        .await
        .unwrap();
    let bob = Browser::of_new_user(&log, "bob").await;
    let personal = personal_token(&log, &bob, &alice, "urn:mas:admin").await;
    tamper(
        &log,
        "INSERT INTO stopped_projections (name, stopped_at_position, reason) \
         VALUES ('compat_sessions', 1, 'a test'), ('personal_sessions', 1, 'a test')",
    )
    .await;
    for token in [&legacy, &personal] {
        assert_eq!(introspect(&server, token, None).await["active"], true);
    }
    let finish = CompatSessionCommand::FinishCompatSession {
        reason: SessionEnd::SignedOut,
    };
    log.journal
        .execute::<CompatSession>(id, finish, log.execution())
        .await
        .unwrap();
    assert_eq!(introspect(&server, &legacy, None).await, inactive());
    assert_eq!(introspect(&server, &personal, None).await["active"], true);
    // Whose it is, not as whom it acts.
    assert_eq!(act(&server, bob.user, "deactivate").await, 200);
    assert_eq!(introspect(&server, &personal, None).await, inactive());
}

async fn what_cannot_be_worked_out_is_refused_for_a_moment_and_for_nobody_else(
    database: TestDatabase,
) {
    let (server, log, alice) = set_up(&database).await;
    let bob = Browser::of_new_user(&log, "bob").await;
    let (access, renewal) = tokens(&server, &alice).await;
    let (of_bob, _) = tokens(&server, &bob).await;
    stop_users(&server, &log).await;
    assert_eq!(act(&server, alice.user, "lock").await, 200);
    // As if a newer program had written it.
    let newer = format!(
        "UPDATE events SET event_version = '99' \
         WHERE event_type = 'user.locked' AND aggregate_id = '{}'",
        alice.user.as_uuid()
    );
    tamper(&log, &newer).await;

    let again = |found: &Answer| {
        assert_eq!(found.status, 503, "{found:?}");
        assert_eq!(found.header("retry-after"), Some("1"), "{found:?}");
    };
    let info = answer(server.get("/oauth2/userinfo").bearer_auth(&access)).await;
    info.refused(503, "temporarily_unavailable");
    again(&info);
    // Not `active: false`, upon which a homeserver would end the session.
    let asked = server
        .post("/oauth2/introspect")
        .basic_auth(
            muniment_tests::server::CLIENT_ID,
            Some(muniment_tests::server::CLIENT_SECRET),
        )
        .form(&[("token", &access)]);
    let asked = answer(asked).await;
    asked.refused(503, "temporarily_unavailable");
    again(&asked);
    let refreshed = refresh(&server, &renewal).await;
    refreshed.refused(503, "temporarily_unavailable");
    again(&refreshed);
    again(&alice.get(&server, "/login").await);
    again(&viewer(&server, &alice).await);
    let complaint = "what the events of user";
    assert!(server.log().contains(complaint), "{}", server.log());

    assert!(is_good(&server, &of_bob).await);
    assert!(is_signed_in(&server, &bob).await);
    assert_eq!(act(&server, bob.user, "lock").await, 200);
    assert!(!is_good(&server, &of_bob).await);
}
