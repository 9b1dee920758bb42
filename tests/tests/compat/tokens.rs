use muniment_tests::{
    TestDatabase, TestServer,
    beside::{age, beside},
    browser::Answer,
    each_backend,
};
use serde_json::{Value, json};

use crate::{
    change, introspect, introspect_with, is_active, logout, post, refused, sign_in, start, text,
    user,
};

each_backend!(
    a_homeserver_learns_what_a_token_is_good_for,
    a_refresh_token_serves_once,
    a_locked_user_keeps_the_session,
    signing_out_ends_one_session,
    signing_out_everywhere_has_to_be_meant,
);

const REFRESH: &str = "/_matrix/client/v3/refresh";

async fn refresh(server: &TestServer, token: &str) -> Answer {
    post(server, REFRESH, &json!({ "refresh_token": token })).await
}

async fn refreshable(server: &TestServer) -> (String, String) {
    let body = json!({ "refresh_token": true, "device_id": "DEVICE" });
    pair(&sign_in(server, "alice", &body).await)
}

fn pair(body: &Value) -> (String, String) {
    (text(body, "access_token"), text(body, "refresh_token"))
}

async fn a_homeserver_learns_what_a_token_is_good_for(database: TestDatabase) {
    let server = start(&database).await;
    let id = user(&server, "alice").await;
    let log = beside(&database).await;
    let (access, refresh) = refreshable(&server).await;
    let scope = "urn:matrix:client:api:* urn:matrix:client:device:DEVICE \
        urn:matrix:org.matrix.msc2967.client:api:* \
        urn:matrix:org.matrix.msc2967.client:device:DEVICE";
    for (token, kind, other) in [
        (&access, "access_token", "refresh_token"),
        (&refresh, "refresh_token", "access_token"),
    ] {
        let found = introspect(&server, token).await;
        assert_eq!(found["active"], true);
        assert_eq!(found["client_id"], "legacy");
        assert_eq!(found["username"], "alice");
        assert_eq!(found["sub"], id);
        assert_eq!(found["device_id"], "DEVICE");
        assert_eq!(found["scope"], scope);
        assert_eq!(found["token_type"], kind);
        assert_eq!(found.get("jti"), None);
        let hinted = introspect_with(&server, token, &[("token_type_hint", kind)], true).await;
        assert_eq!(hinted["device_id"], "DEVICE");
        assert_eq!(
            hinted["scope"],
            "urn:matrix:client:api:* urn:matrix:org.matrix.msc2967.client:api:*"
        );
        let wrong = introspect_with(&server, token, &[("token_type_hint", other)], false).await;
        assert_eq!(wrong, json!({ "active": false }));
    }
    age(&log, "compat_access_tokens", &["expires_at"], 3600).await;
    assert!(!is_active(&server, &access).await);
    assert!(is_active(&server, &refresh).await);
    refused(&logout(&server, &access).await, 401, "M_UNKNOWN_TOKEN");
}

async fn a_refresh_token_serves_once(database: TestDatabase) {
    let server = start(&database).await;
    user(&server, "alice").await;
    let (first, first_refresh) = refreshable(&server).await;
    let answer = refresh(&server, &first_refresh).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let next = answer.json();
    assert_eq!(next["expires_in_ms"], 300_000);
    assert_eq!(next.as_object().unwrap().len(), 3, "{next}");
    let (second, second_refresh) = pair(&next);
    assert!(!is_active(&server, &first).await);
    assert!(!is_active(&server, &first_refresh).await);
    assert!(is_active(&server, &second).await);
    refused(
        &refresh(&server, &first_refresh).await,
        401,
        "M_UNKNOWN_TOKEN",
    );
    // Which does the session no harm. Of many at once, one is served.
    let all = futures_util::future::join_all((0..8).map(|_| refresh(&server, &second_refresh)));
    let all = all.await;
    let good: Vec<_> = all.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1);
    assert!(is_active(&server, &text(&good[0].json(), "access_token")).await);
    for token in [
        "",
        "mcr_nonsense",
        "mar_x",
        second.as_str(),
        "syr_unknown",
        "a\0b",
    ] {
        refused(&refresh(&server, token).await, 401, "M_UNKNOWN_TOKEN");
    }
    refused(&post(&server, REFRESH, &json!({})).await, 400, "M_BAD_JSON");
    refused(&post(&server, REFRESH, &json!([])).await, 400, "M_BAD_JSON");
}

async fn a_locked_user_keeps_the_session(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    let (access, token) = refreshable(&server).await;
    change(&server, &alice, "lock").await;
    assert!(!is_active(&server, &access).await);
    refused(&refresh(&server, &token).await, 401, "M_USER_LOCKED");
    change(&server, &alice, "unlock").await;
    assert!(is_active(&server, &access).await);
    let (_, token) = pair(&refresh(&server, &token).await.json());
    change(&server, &alice, "deactivate").await;
    refused(&refresh(&server, &token).await, 401, "M_UNKNOWN_TOKEN");
    change(&server, &alice, "reactivate").await;
    refused(&refresh(&server, &token).await, 401, "M_UNKNOWN_TOKEN");
}

async fn signing_out_ends_one_session(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    let stays = text(&sign_in(&server, "alice", &json!({})).await, "access_token");
    let (access, token) = refreshable(&server).await;
    let anonymous = Answer::to(server.post("/_matrix/client/v3/logout")).await;
    refused(&anonymous, 401, "M_MISSING_TOKEN");
    let admin = server.admin_token().await;
    for wrong in [token.as_str(), &admin, "nonsense", "syt_unknown"] {
        refused(&logout(&server, wrong).await, 401, "M_UNKNOWN_TOKEN");
    }
    // Also for somebody who is locked.
    change(&server, &alice, "lock").await;
    let out = logout(&server, &access).await;
    assert_eq!((out.status, out.text.as_str()), (200, "{}"));
    change(&server, &alice, "unlock").await;
    refused(&logout(&server, &access).await, 401, "M_UNKNOWN_TOKEN");
    refused(&refresh(&server, &token).await, 401, "M_UNKNOWN_TOKEN");
    assert!(!is_active(&server, &access).await);
    assert!(is_active(&server, &stays).await);
}

async fn signing_out_everywhere_has_to_be_meant(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    user(&server, "bob").await;
    let mut tokens = Vec::new();
    for name in ["alice", "alice", "bob"] {
        tokens.push(text(
            &sign_in(&server, name, &json!({})).await,
            "access_token",
        ));
    }
    let all = |token: &str| {
        let path = "/_matrix/client/v3/logout/all";
        server.post(path).bearer_auth(token)
    };
    for body in ["", "{}", "{\"io.element.only_compat_is_fine\": \"true\"}"] {
        let answer = Answer::to(all(&tokens[0]).body(body)).await;
        refused(&answer, 404, "M_UNRECOGNIZED");
    }
    let meant = json!({ "io.element.only_compat_is_fine": true });
    refused(
        &Answer::to(all("syt_unknown").json(&meant)).await,
        401,
        "M_UNKNOWN_TOKEN",
    );
    change(&server, &alice, "lock").await;
    let locked = Answer::to(all(&tokens[0]).json(&meant)).await;
    refused(&locked, 401, "M_UNKNOWN_TOKEN");
    change(&server, &alice, "unlock").await;
    assert!(is_active(&server, &tokens[1]).await);
    let out = Answer::to(all(&tokens[0]).json(&meant)).await;
    assert_eq!((out.status, out.text.as_str()), (200, "{}"));
    assert!(!is_active(&server, &tokens[0]).await);
    assert!(!is_active(&server, &tokens[1]).await);
    assert!(is_active(&server, &tokens[2]).await);
}
