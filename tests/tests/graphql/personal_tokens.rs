//! Personal tokens, managed by who owns them: ours alone.

use muniment_tests::{
    TestDatabase,
    beside::beside,
    each_backend,
    server::{CLIENT_ID, CLIENT_SECRET},
};
use serde_json::{Value, json};

use crate::{
    Api, STRONG, UNKNOWN,
    homeserver::FakeHomeserver,
    people::{Person, assert_recorded_by, assert_recorded_by_admin, count},
};

each_backend!(
    a_token_is_made_and_shown_once,
    what_a_token_cannot_be_made_of_is_refused,
    a_token_may_no_more_than_its_owner_could_allow,
    a_new_token_replaces_the_one_before,
    a_token_is_revoked_for_good,
    tokens_of_others_do_not_exist,
    nobody_gets_more_of_what_an_administrator_made,
    only_browsers_make_tokens,
    a_user_has_so_many_tokens_at_most,
);

const CREATE: &str = "createPersonalSession";
const REGENERATE: &str = "regeneratePersonalSession";
const REVOKE: &str = "revokePersonalSession";

impl Api {
    async fn introspect(&self, token: &str) -> Value {
        let request = self.server.post("/oauth2/introspect");
        let request = request.basic_auth(CLIENT_ID, Some(CLIENT_SECRET));
        let answer = request.form(&[("token", token)]).send().await.unwrap();
        answer.json().await.unwrap()
    }
}

impl Person<'_> {
    /// Makes a token: its text, and the global id of its session.
    async fn makes(&mut self, scope: &str) -> (String, String) {
        let input = json!({ "humanName": "bot", "scope": scope, "password": STRONG });
        let fields = "status violations accessToken personalSession{id}";
        let made = self.mutate(CREATE, fields, input).await;
        assert_eq!(made["status"], "CREATED", "{made}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&made["accessToken"]),
            text(&made["personalSession"]["id"]),
        )
    }
}

async fn a_token_is_made_and_shown_once(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let scope = "openid urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ";
    let input = json!({
        "humanName": " My bot ", "scope": scope, "expiresIn": 3600, "password": STRONG,
    });
    let fields = "status violations accessToken personalSession{id humanName scope createdAt \
        expiresAt revokedAt state lastActiveAt lastActiveIp}";
    let made = alice.mutate(CREATE, fields, input).await;
    let session = &made["personalSession"];
    assert_eq!(
        made,
        json!({
            "status": "CREATED",
            "violations": null,
            "accessToken": made["accessToken"],
            "personalSession": {
                "id": session["id"],
                "humanName": "My bot",
                "scope": scope,
                "createdAt": session["createdAt"],
                "expiresAt": session["expiresAt"],
                "revokedAt": null,
                "state": "ACTIVE",
                "lastActiveAt": null,
                "lastActiveIp": null,
            },
        })
    );
    let token = made["accessToken"].as_str().unwrap();
    assert!(token.starts_with("mpt_"), "{token}");
    let found = api.introspect(token).await;
    assert_eq!(found["active"], true);
    assert_eq!(found["username"], "alice");
    let lifetime = found["exp"].as_i64().unwrap() - found["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 3600);
    let made = homeserver.told("upsert_device");
    assert_eq!(made.last().unwrap()["device_id"], "ABCDEFGHIJ");
    assert_eq!(made.last().unwrap()["display_name"], "My bot");
    let log = beside(&database).await;
    assert_recorded_by(&log, "personal_session.created", &id, &alice.session).await;
    assert!(!api.server.log().contains(token), "the log tells a token");
    // Whose it is can look at it, without the token.
    let node = "query($id: ID!){node(id: $id){id ... on PersonalSession{humanName}}}";
    let found = alice.data(node, json!({ "id": session["id"] })).await;
    assert_eq!(
        found["node"],
        json!({ "id": session["id"], "humanName": "My bot" })
    );
}

async fn what_a_token_cannot_be_made_of_is_refused(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let endless = "x".repeat(257);
    for (name, scope, expiry, password, status) in [
        ("", "openid", None, STRONG, "INVALID_NAME"),
        ("  ", "openid", None, STRONG, "INVALID_NAME"),
        (&*endless, "openid", None, STRONG, "INVALID_NAME"),
        ("a\u{0}b", "openid", None, STRONG, "INVALID_NAME"),
        ("bot", "", None, STRONG, "INVALID_SCOPE"),
        ("bot", "a  b", None, STRONG, "INVALID_SCOPE"),
        ("bot", "openid", Some(0), STRONG, "INVALID_EXPIRY"),
        ("bot", "openid", Some(-1), STRONG, "INVALID_EXPIRY"),
        ("bot", "openid phone", None, "wrong", "DENIED"),
        ("bot", "openid", None, "wrong", "INCORRECT_PASSWORD"),
    ] {
        let input = json!({
            "humanName": name, "scope": scope, "expiresIn": expiry, "password": password,
        });
        let fields = "status accessToken personalSession{id}";
        let refused = alice.mutate(CREATE, fields, input).await;
        let only = json!({ "status": status, "accessToken": null, "personalSession": null });
        assert_eq!(refused, only, "{name:?} {scope:?} {expiry:?}");
    }
    let missing = json!({ "humanName": "bot", "scope": "openid" });
    assert_eq!(alice.status(CREATE, missing).await, "INCORRECT_PASSWORD");
    let log = beside(&database).await;
    assert_eq!(count(&log, "personal_session.created").await, 0);
}

async fn a_token_may_no_more_than_its_owner_could_allow(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let admin = "urn:mas:admin";
    let input = |scope: &str| json!({ "humanName": "bot", "scope": scope, "password": STRONG });
    for (scope, why) in [
        (admin, "scope 'urn:mas:admin' not allowed"),
        (
            "urn:synapse:admin:*",
            "scope 'urn:synapse:admin:*' not allowed",
        ),
        (
            "urn:matrix:client:device:ABCDEFGHIJ",
            "a device scope is only allowed together with the client-server API scope",
        ),
    ] {
        let denied = alice
            .mutate(CREATE, "status violations", input(scope))
            .await;
        assert_eq!(denied, json!({ "status": "DENIED", "violations": [why] }));
    }
    let grant = async |may: bool| {
        let input = json!({ "userId": id, "canRequestAdmin": may });
        api.mutate(&api.admin, "setCanRequestAdmin", "user{id}", &input)
            .await;
    };
    grant(true).await;
    let (token, session) = alice.makes(admin).await;
    assert_eq!(api.introspect(&token).await["scope"], admin);
    // Whoever may no longer gets no new token of it either.
    grant(false).await;
    let again = json!({ "personalSessionId": session, "password": STRONG });
    let denied = alice
        .mutate(REGENERATE, "status violations accessToken", again)
        .await;
    assert_eq!(
        denied,
        json!({
            "status": "DENIED",
            "violations": ["scope 'urn:mas:admin' not allowed"],
            "accessToken": null,
        })
    );
}

async fn a_new_token_replaces_the_one_before(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let (first, session) = alice.makes("openid").await;
    let input = |more: Value| {
        let mut input = json!({ "personalSessionId": session });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    for (more, status) in [
        (json!({}), "INCORRECT_PASSWORD"),
        (json!({ "password": "wrong" }), "INCORRECT_PASSWORD"),
        (
            json!({ "password": STRONG, "expiresIn": -5 }),
            "INVALID_EXPIRY",
        ),
    ] {
        assert_eq!(alice.status(REGENERATE, input(more)).await, status);
    }
    assert_eq!(api.introspect(&first).await["active"], true);
    let fields = "status accessToken personalSession{id expiresAt}";
    let again = input(json!({ "password": STRONG, "expiresIn": 60 }));
    let made = alice.mutate(REGENERATE, fields, again).await;
    assert_eq!(made["status"], "REGENERATED");
    assert_eq!(made["personalSession"]["id"], *session);
    assert!(made["personalSession"]["expiresAt"].is_string());
    let second = made["accessToken"].as_str().unwrap();
    assert_ne!(second, first);
    assert_eq!(api.introspect(&first).await["active"], false);
    assert_eq!(api.introspect(second).await["active"], true);
    let log = beside(&database).await;
    assert_recorded_by(&log, "personal_session.token_revoked", &id, &alice.session).await;
    assert_recorded_by(&log, "personal_session.token_issued", &id, &alice.session).await;
}

async fn a_token_is_revoked_for_good(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let (token, session) = alice.makes("openid").await;
    let input = json!({ "personalSessionId": session });
    let fields = "status personalSession{id state revokedAt}";
    let revoked = alice.mutate(REVOKE, fields, input.clone()).await;
    assert_eq!(revoked["status"], "REVOKED");
    assert_eq!(revoked["personalSession"]["state"], "FINISHED");
    assert_eq!(api.introspect(&token).await["active"], false);
    let log = beside(&database).await;
    assert_recorded_by(&log, "personal_session.revoked", &id, &alice.session).await;
    assert_eq!(alice.mutate(REVOKE, fields, input).await, revoked);
    assert_eq!(count(&log, "personal_session.revoked").await, 1);
    let again = json!({ "personalSessionId": session, "password": STRONG });
    assert_eq!(alice.status(REGENERATE, again).await, "REVOKED");
    // An administrator may, whosever it is.
    let (_, session) = alice.makes("openid").await;
    let input = json!({ "personalSessionId": session });
    let revoked = api.mutate(&api.admin, REVOKE, "status", &input).await;
    assert_eq!(revoked["status"], "REVOKED");
    assert_recorded_by_admin(&log, "personal_session.revoked").await;
}

async fn tokens_of_others_do_not_exist(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    api.person("bob").await;
    let mut alice = api.signed_in("alice").await;
    let mut bob = api.signed_in("bob").await;
    let (token, session) = alice.makes("openid").await;
    for id in [&session, &format!("personal_session:{UNKNOWN}")] {
        let input = json!({ "personalSessionId": id, "password": STRONG });
        assert_eq!(bob.status(REGENERATE, input).await, "NOT_FOUND");
        let input = json!({ "personalSessionId": id });
        let fields = "status personalSession{id}";
        let not_found = json!({ "status": "NOT_FOUND", "personalSession": null });
        assert_eq!(bob.mutate(REVOKE, fields, input).await, not_found);
        let node = "query($id: ID!){node(id: $id){id}}";
        let found = bob.data(node, json!({ "id": id })).await;
        assert_eq!(found["node"], Value::Null);
    }
    let input = json!({ "personalSessionId": format!("user:{UNKNOWN}") });
    assert_eq!(bob.error(REVOKE, input.clone()).await, "invalid id");
    assert_eq!(bob.error(REGENERATE, input).await, "invalid id");
    assert_eq!(api.introspect(&token).await["active"], true);
}

async fn nobody_gets_more_of_what_an_administrator_made(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let alice = api.person("alice").await;
    let bob = api.person("bob").await;
    // Alice administrates for a while, and makes a token that acts as Bob.
    let (token, _) = api.session_of(&alice, "urn:mas:admin").await;
    let body = json!({
        "actor_user_id": bob.trim_start_matches("user:"),
        "human_name": "as Bob", "scope": "openid",
    });
    let request = api.server.post("/api/admin/v1/personal-sessions");
    let made = request.bearer_auth(token).json(&body).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let session = format!("personal_session:{}", made["data"]["id"].as_str().unwrap());
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "personalSessionId": session, "password": STRONG });
    assert_eq!(alice.status(REGENERATE, input).await, "NOT_FOUND");
    // She may undo it.
    let input = json!({ "personalSessionId": session });
    assert_eq!(alice.status(REVOKE, input).await, "REVOKED");
}

async fn only_browsers_make_tokens(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let alice = api.account("alice", &[]);
    let create = json!({ "humanName": "bot", "scope": "openid" });
    let regenerate = json!({ "personalSessionId": format!("personal_session:{UNKNOWN}") });
    for token in [None, Some(&*alice.token), Some(&*api.admin)] {
        for (mutation, input) in [(CREATE, &create), (REGENERATE, &regenerate)] {
            let error = api.mutation_error(token, mutation, input).await;
            assert_eq!(error, "Unauthorized", "{mutation}");
        }
    }
}

async fn a_user_has_so_many_tokens_at_most(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let (token, _) = api.session_of(&id, "urn:mas:admin").await;
    let body = json!({
        "actor_user_id": id.trim_start_matches("user:"), "human_name": "", "scope": "openid",
    });
    for _ in 0..99 {
        let request = api.server.post("/api/admin/v1/personal-sessions");
        let made = request.bearer_auth(&token).json(&body).send().await;
        assert_eq!(made.unwrap().status(), 201);
    }
    let (_, session) = alice.makes("openid").await;
    let input = json!({ "humanName": "bot", "scope": "openid", "password": STRONG });
    assert_eq!(alice.status(CREATE, input).await, "TOO_MANY");
    // One that is revoked makes room.
    let revoke = json!({ "personalSessionId": session });
    assert_eq!(alice.status(REVOKE, revoke).await, "REVOKED");
    alice.makes("openid").await;
}
