//! Scopes narrower than the whole: what each opens, and that none of them leads to more.

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Admin, Answer, NIL, STRONG, UNKNOWN, answer};

each_backend!(
    every_operation_is_open_to_the_scopes_it_is_meant_for,
    nobody_takes_over_an_administrator_with_a_part_of_the_scope,
    a_change_with_a_part_of_the_scope_is_an_administrators,
);

const READ: &str = "urn:muniment:admin:read";
const USERS: &str = "urn:muniment:admin:users";
const SESSIONS: &str = "urn:muniment:admin:sessions";
const TOKENS: &str = "urn:muniment:admin:tokens";
const AUDIT: &str = "urn:muniment:audit";
const ALL: [&str; 5] = [READ, USERS, SESSIONS, TOKENS, AUDIT];

/// By which of them an operation may be called.
fn expected(operation: &str) -> &'static [&'static str] {
    match operation {
        "version" | "siteConfig" => &[READ, USERS, SESSIONS, TOKENS, AUDIT],
        "listEvents" | "getEvent" => &[AUDIT],
        "listOAuth2Clients" | "getOAuth2Client" | "getLatestPolicyData" | "getPolicyData" => {
            &[READ]
        }
        "listUsers"
        | "getUser"
        | "getUserByUsername"
        | "listUserEmails"
        | "getUserEmail"
        | "listUpstreamOAuthLinks"
        | "getUpstreamOAuthLink"
        | "listUpstreamOAuthProviders"
        | "getUpstreamOAuthProvider" => &[READ, USERS],
        "createUser"
        | "setUserPassword"
        | "sendPasswordLink"
        | "deactivateUser"
        | "reactivateUser"
        | "lockUser"
        | "unlockUser"
        | "addUserEmail"
        | "deleteUserEmail"
        | "addUpstreamOAuthLink"
        | "deleteUpstreamOAuthLink" => &[USERS],
        "bulkUsers" => &[USERS, SESSIONS],
        "listCompatSessions" | "getCompatSession" | "listOAuth2Sessions" | "getOAuth2Session"
        | "listUserSessions" | "getUserSession" => &[READ, SESSIONS],
        "finishCompatSession"
        | "finishOAuth2Session"
        | "finishUserSession"
        | "killUserSessions" => &[SESSIONS],
        "listPersonalSessions" | "getPersonalSession" => &[READ, SESSIONS, TOKENS],
        "revokePersonalSession" => &[SESSIONS, TOKENS],
        "listUserRegistrationTokens" | "getUserRegistrationToken" => &[READ, TOKENS],
        "addUserRegistrationToken"
        | "updateUserRegistrationToken"
        | "revokeUserRegistrationToken"
        | "unrevokeUserRegistrationToken" => &[TOKENS],
        "getLatestAuditCheckpoint"
        | "listAuditCheckpoints"
        | "getAuditCheckpoint"
        | "getInclusionProof"
        | "getConsistencyProof" => &[READ, AUDIT],
        "userSetAdmin"
        | "setPolicyData"
        | "createPersonalSession"
        | "regeneratePersonalSession" => &[],
        other => panic!("nobody said who may call {other}"),
    }
}

/// Calls an operation with something that changes nothing.
async fn call(admin: &Admin, method: &Method, path: &str, token: &str) -> Answer {
    let path = path
        .replace("{id}", UNKNOWN)
        .replace("{username}", "nobody");
    let mut request = admin.server.request(method.clone(), &path);
    if *method != Method::GET {
        request = request.header("content-type", "application/json").body("{");
    }
    answer(request.bearer_auth(token)).await
}

async fn every_operation_is_open_to_the_scopes_it_is_meant_for(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let mut tokens = Vec::new();
    for scope in ALL {
        tokens.push((scope, admin.server.token(scope).await));
    }
    let spec = answer(admin.server.get("/api/spec.json")).await.json();
    for (path, operations) in spec["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let name = operation["operationId"].as_str().unwrap();
            let open = expected(name);
            for (scope, token) in &tokens {
                let answered = call(&admin, &method, path, token).await;
                if open.contains(scope) {
                    assert!(
                        ![401, 403].contains(&answered.status),
                        "{name} with {scope}: {answered:?}"
                    );
                } else {
                    let wanted = [&["urn:mas:admin"][..], open].concat().join(" or ");
                    answered.refused(403, &[&format!("Missing scope: {wanted}")]);
                }
            }
            let with_all = call(&admin, &method, path, &admin.token).await;
            assert!(
                ![401, 403].contains(&with_all.status),
                "{name}: {with_all:?}"
            );
            // The document says the same.
            let documented: Vec<&str> = operation["security"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|way| way["token"][0].as_str())
                .filter(|scope| *scope != "urn:mas:admin")
                .collect();
            assert_eq!(documented, open, "{name}");
        }
    }
    // Two of them are more than one.
    let both = admin.server.token(&format!("{READ} {SESSIONS}")).await;
    for (path, status) in [("/users", 200), ("/user-sessions", 200)] {
        let answered = answer(admin.request(Method::GET, path).bearer_auth(&both)).await;
        assert_eq!(answered.status, status, "{path}");
    }
}

async fn nobody_takes_over_an_administrator_with_a_part_of_the_scope(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, _) = admin.user_with_token("alice", &["--admin"]);
    let bob = admin.user("bob").await;
    let token = admin.server.token(USERS).await;
    let post = async |path: &str, body: Value| {
        let request = admin.request(Method::POST, path).json(&body);
        answer(request.bearer_auth(&token)).await
    };
    for (user, is_admin) in [(&alice, true), (&bob, false)] {
        let password = json!({ "password": STRONG });
        let email = json!({ "user_id": user, "email": format!("{user}@example.com") });
        let link = json!({ "user_id": user, "provider_id": NIL, "subject": "s",
            "human_account_name": null });
        for (path, body, done) in [
            (&*format!("/users/{user}/set-password"), password, 204),
            ("/user-emails", email, 201),
            // There is no such provider, which is only looked at for those who may ask.
            ("/upstream-oauth-links", link, 404),
        ] {
            let answered = post(path, body).await;
            if is_admin {
                answered.refused(403, &["Missing scope: urn:mas:admin"]);
            } else {
                assert_eq!(answered.status, done, "{path}: {answered:?}");
            }
        }
        let set_admin = format!("/users/{user}/set-admin");
        let promoted = post(&set_admin, json!({ "admin": true })).await;
        promoted.refused(403, &["Missing scope: urn:mas:admin"]);
    }
}

async fn a_change_with_a_part_of_the_scope_is_an_administrators(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let token = admin.server.token(USERS).await;
    let create = admin
        .request(Method::POST, "/users")
        .json(&json!({ "username": "alice" }));
    let created = answer(create.bearer_auth(&token)).await;
    assert_eq!(created.status, 201, "{created:?}");
    let log = muniment_tests::beside::beside(&database).await;
    let events = log.events().await;
    let registered = events
        .iter()
        .find(|event| event.event_type == "user.registered")
        .unwrap();
    let metadata: Value = serde_json::from_str(&registered.metadata).unwrap();
    let client = muniment_tests::server::CLIENT_ID;
    assert_eq!(metadata["actor"], format!("client:{client}"));
    assert_eq!(
        metadata["correlation_id"],
        created.header("x-request-id").unwrap()
    );
    assert!(registered.payload.contains("\"admin\""), "{registered:?}");
}
