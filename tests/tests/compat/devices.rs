use muniment_domain::{GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId, UserId};
use muniment_projections::queries;
use muniment_tests::{TestDatabase, TestLog, beside::beside, client, each_backend};
use serde_json::json;

use crate::{is_active, sign_in, start, text, user};

each_backend!(
    one_device_has_one_session,
    two_sign_ins_at_once_leave_one_session
);

async fn oauth2_session(log: &TestLog, user: UserId, scope: &str) -> Oauth2SessionId {
    let session_id = Oauth2SessionId::from_uuid(log.ids.ulid());
    let start = Oauth2SessionCommand::StartOauth2Session {
        session_id,
        client_id: client(3),
        user_id: Some(user),
        browser_session_id: None,
        scope: scope.parse().unwrap(),
        grant: GrantType::AuthorizationCode,
        user_agent: None,
        ip: None,
    };
    log.journal
        .execute::<Oauth2Session>(session_id.as_uuid(), start, log.execution())
        .await
        .unwrap();
    session_id
}

async fn one_device_has_one_session(database: TestDatabase) {
    let server = start(&database).await;
    let alice = user(&server, "alice").await;
    user(&server, "bob").await;
    let log = beside(&database).await;
    let same = "urn:matrix:client:api:* urn:matrix:client:device:PHONE_ONE1";
    let same = oauth2_session(&log, alice.parse().unwrap(), same).await;
    let other = "urn:matrix:client:api:* urn:matrix:client:device:phone_one1";
    let other = oauth2_session(&log, alice.parse().unwrap(), other).await;
    let phone = json!({ "device_id": "PHONE_ONE1" });
    let of_bob = text(&sign_in(&server, "bob", &phone).await, "access_token");
    let old = text(&sign_in(&server, "alice", &phone).await, "access_token");
    let finished = async |id| {
        let found = queries::oauth2_session(&log.reads, id).await.unwrap();
        found.unwrap().finished_at.is_some()
    };
    assert!(finished(same).await);
    assert!(!finished(other).await);
    let tablet = json!({ "device_id": "TABLET" });
    let beside = text(&sign_in(&server, "alice", &tablet).await, "access_token");
    let new = text(&sign_in(&server, "alice", &phone).await, "access_token");
    assert!(!is_active(&server, &old).await);
    for token in [&new, &beside, &of_bob] {
        assert!(is_active(&server, token).await);
    }
}

async fn two_sign_ins_at_once_leave_one_session(database: TestDatabase) {
    let server = start(&database).await;
    user(&server, "alice").await;
    let phone = json!({ "device_id": "PHONE" });
    let all = (0..4).map(|_| sign_in(&server, "alice", &phone));
    let all = futures_util::future::join_all(all).await;
    let mut active = 0;
    for body in &all {
        active += usize::from(is_active(&server, &text(body, "access_token")).await);
    }
    assert_eq!(active, 1);
}
