//! What a token is good for (contract/oauth2.md 8; facts 44 to 49 and 53 to 55).

use muniment_domain::{
    PersonalSession, PersonalSessionCommand, PersonalSessionId, PersonalSessionOwner, TokenId,
};
use muniment_store::VaultWrite;
use muniment_tests::{
    TestDatabase, TestLog, TestServer, each_backend,
    server::{CLIENT_ID, CLIENT_SECRET},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    PUBLIC_ID, answer,
    code_flow::{code, exchange, field},
    people::{Browser, age, beside, now},
    start_with_pages,
};

each_backend!(
    a_confidential_client_may_ask_about_any_token,
    what_has_expired_or_ended_is_not_active,
    nobody_else_may_ask,
    a_personal_token_acts_as_its_user,
);

pub async fn introspect(server: &TestServer, token: &str, hint: Option<&str>) -> Value {
    let mut fields = vec![("token", token)];
    fields.extend(hint.map(|hint| ("token_type_hint", hint)));
    let request = server
        .post("/oauth2/introspect")
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
        .form(&fields);
    let found = answer(request).await;
    assert_eq!(found.status, 200, "{found:?}");
    found.json()
}

pub fn inactive() -> Value {
    json!({ "active": false })
}

async fn a_confidential_client_may_ask_about_any_token(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let scope = "openid urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ";
    let code = code(&server, &browser, &[("scope", scope)]).await;
    let tokens = exchange(&server, &code).await.json();
    let access = field(&tokens, "access_token");
    let found = introspect(&server, &access, None).await;
    assert_eq!(found["active"], true);
    assert_eq!(found["username"], "alice");
    assert_eq!(found["sub"], browser.user.to_string());
    assert_eq!(found["client_id"], PUBLIC_ID);
    assert_eq!(found["token_type"], "access_token");
    assert_eq!(
        found["scope"],
        "openid urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ \
         urn:matrix:org.matrix.msc2967.client:api:* \
         urn:matrix:org.matrix.msc2967.client:device:ABCDEFGHIJ"
    );
    let seconds = |name: &str| found[name].as_i64().unwrap();
    assert!((1..=300).contains(&seconds("expires_in")));
    assert_eq!(seconds("exp") - seconds("iat"), 300);
    assert_eq!(found["nbf"], found["iat"]);
    assert_eq!(
        introspect(&server, &access, Some("access_token")).await["active"],
        true
    );
    for hint in ["refresh_token", "strange"] {
        assert_eq!(introspect(&server, &access, Some(hint)).await, inactive());
    }
    let refresh = field(&tokens, "refresh_token");
    let found = introspect(&server, &refresh, Some("refresh_token")).await;
    assert_eq!(found["token_type"], "refresh_token");
    assert_eq!(found.get("exp"), None);
    assert_eq!(
        introspect(&server, &refresh, Some("access_token")).await,
        inactive()
    );
    for junk in ["mat_junk", "junk", "syt_junk", "\u{e9}"] {
        assert_eq!(introspect(&server, junk, None).await, inactive(), "{junk}");
    }
}

async fn what_has_expired_or_ended_is_not_active(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let code = code(&server, &browser, &[]).await;
    let tokens = exchange(&server, &code).await.json();
    let (access, refresh) = (
        field(&tokens, "access_token"),
        field(&tokens, "refresh_token"),
    );
    let admin = server.admin_token().await;
    let lock = format!("/api/admin/v1/users/{}/lock", browser.user);
    assert_eq!(
        answer(server.post(&lock).bearer_auth(&admin)).await.status,
        200
    );
    for token in [&access, &refresh] {
        assert_eq!(introspect(&server, token, None).await, inactive());
    }
    let unlock = lock.replace("/lock", "/unlock");
    assert_eq!(
        answer(server.post(&unlock).bearer_auth(&admin))
            .await
            .status,
        200
    );
    assert_eq!(introspect(&server, &access, None).await["active"], true);
    // Fact 49.
    age(&log, "oauth2_access_tokens", &["expires_at"], 3600).await;
    let found = introspect_by_post_client(&server, &access).await;
    assert_eq!(found, inactive());
    assert_eq!(
        introspect_by_post_client(&server, &refresh).await["active"],
        true
    );
}

async fn introspect_by_post_client(server: &TestServer, token: &str) -> Value {
    let fields = [
        ("client_id", crate::POST_ID),
        ("client_secret", crate::POST_SECRET),
        ("token", token),
    ];
    answer(server.post("/oauth2/introspect").form(&fields))
        .await
        .json()
}

async fn nobody_else_may_ask(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let ask = |fields: &[(&str, &str)]| server.post("/oauth2/introspect").form(fields);
    let public = [("client_id", PUBLIC_ID), ("token", "x")];
    answer(ask(&public)).await.refused(401, "access_denied");
    let bearer = ask(&[("token", "x")]).bearer_auth("wrong");
    answer(bearer).await.refused(401, "access_denied");
    let wrong = ask(&[("token", "x")]).basic_auth(CLIENT_ID, Some("wrong"));
    let wrong = answer(wrong).await;
    wrong.refused(401, "invalid_client");
    assert!(
        wrong
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic")
    );
    answer(ask(&[("token", "x")]))
        .await
        .refused(400, "invalid_request");
    let empty = ask(&[]).basic_auth(CLIENT_ID, Some(CLIENT_SECRET));
    answer(empty).await.refused(400, "invalid_request");
    let json = server
        .post("/oauth2/introspect")
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
        .json(&json!({ "token": "x" }));
    answer(json).await.refused(400, "invalid_request");
}

/// A token of a session that a user owns and that acts as another.
pub async fn personal_token(
    log: &TestLog,
    owner: &Browser,
    actor: &Browser,
    scope: &str,
) -> String {
    const TOKEN: &str = "mpt_cxG6gZXyvelQWW9XqfNbm5KAQovodf";
    let checksum = crc(TOKEN);
    let token = format!("{TOKEN}_{checksum}");
    let session_id = PersonalSessionId::from_uuid(log.ids.ulid());
    let token_id = TokenId::from_uuid(log.ids.ulid());
    let expires_at = Some(now() + 3_600_000_000);
    let create = PersonalSessionCommand::CreatePersonalSession {
        session_id,
        owner: PersonalSessionOwner::User(owner.user),
        actor_user_id: actor.user,
        name: "test".to_owned(),
        scope: scope.parse().unwrap(),
        token_id,
        expires_at,
    };
    let write = VaultWrite::PutPersonalToken {
        id: token_id,
        session_id,
        actor_user_id: actor.user,
        token_hash: Sha256::digest(token.as_bytes()).into(),
        created_at: now(),
        expires_at,
    };
    log.journal
        .execute::<PersonalSession>(
            session_id.as_uuid(),
            create,
            log.execution().with_vault(write),
        )
        .await
        .unwrap();
    token
}

/// CRC-32 in base 62, least significant digit first (contract/oauth2.md 12.1).
pub fn crc(text: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 * (crc & 1));
        }
    }
    let mut rest = (!crc) as usize;
    let mut digits = String::new();
    while rest > 0 {
        digits.push(char::from(DIGITS[rest % 62]));
        rest /= 62;
    }
    format!("{digits:0>6}")
}

async fn a_personal_token_acts_as_its_user(database: TestDatabase) {
    let server = start_with_pages(&database).await;
    let log = beside(&database).await;
    let owner = Browser::of_new_user(&log, "admin").await;
    let actor = Browser::of_new_user(&log, "bruce").await;
    let token = personal_token(&log, &owner, &actor, "urn:mas:admin").await;
    let found = introspect(&server, &token, None).await;
    assert_eq!(found["active"], true);
    assert_eq!(found["username"], "bruce");
    assert_eq!(found["token_type"], "access_token");
    assert_eq!(found.get("client_id"), None);
    assert_eq!(found.get("jti"), None);
    assert_eq!(
        introspect(&server, &token, Some("refresh_token")).await,
        inactive()
    );
    // It is as good at the Admin API, and of no use as a proof of who the user is.
    let users = |token: &str| answer(server.get("/api/admin/v1/users").bearer_auth(token));
    assert_eq!(users(&token).await.status, 200);
    let unknown = format!(
        "{}_{}",
        "mpt_cxG6gZXyvelQWW9XqfNbm5KAQovodX",
        crc("mpt_cxG6gZXyvelQWW9XqfNbm5KAQovodX")
    );
    let refused = users(&unknown).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text.contains("Unknown access token"), "{refused:?}");
    let info = answer(server.get("/oauth2/userinfo").bearer_auth(&token)).await;
    assert_eq!(info.status, 401);
    age(&log, "personal_access_tokens", &["expires_at"], 2 * 3600).await;
    assert_eq!(introspect(&server, &token, None).await, inactive());
}
