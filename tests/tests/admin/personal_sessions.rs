//! Personal sessions and their tokens (contract/admin-api.md 5.10).

use muniment_store::sql::query;
use muniment_tests::{TestDatabase, beside::beside, each_backend, server::CLIENT_ID};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Admin, NIL, ROOT, UNKNOWN};

each_backend!(
    a_session_is_made_with_a_token_that_is_shown_once,
    what_a_session_cannot_be_made_of_is_refused,
    a_new_token_replaces_the_one_before,
    a_body_is_no_condition_for_a_new_token,
    nobody_else_gets_a_new_token,
    a_session_is_revoked_once,
    sessions_are_listed_and_narrowed,
    a_token_acts_as_a_locked_user_but_not_for_a_locked_owner,
    what_a_personal_token_makes_belongs_to_its_user,
);

impl Admin {
    async fn personal(&self, actor: &str, more: Value) -> Value {
        let mut body = json!({
            "actor_user_id": actor,
            "human_name": "Test Session",
            "scope": "openid urn:mas:admin",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.post("/personal-sessions", body).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()
    }

    async fn version_by(&self, token: &str) -> crate::Answer {
        crate::answer(self.request(Method::GET, "/version").bearer_auth(token)).await
    }
}

fn id(made: &Value) -> &str {
    made["data"]["id"].as_str().unwrap()
}

fn token(made: &Value) -> &str {
    made["data"]["attributes"]["access_token"].as_str().unwrap()
}

/// Microseconds from one time to another.
fn between(earlier: &Value, later: &Value) -> i64 {
    let time = |value: &Value| {
        let text = value.as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_micros()
    };
    time(later) - time(earlier)
}

async fn a_session_is_made_with_a_token_that_is_shown_once(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let made = admin.personal(&alice, json!({ "expires_in": 3600 })).await;
    let attributes = &made["data"]["attributes"];
    assert_eq!(made["data"]["type"], "personal-session");
    assert_eq!(attributes["owner_user_id"], Value::Null);
    assert_eq!(attributes["owner_client_id"], CLIENT_ID);
    assert_eq!(attributes["actor_user_id"], *alice);
    assert_eq!(attributes["human_name"], "Test Session");
    assert_eq!(attributes["scope"], "openid urn:mas:admin");
    assert_eq!(attributes["revoked_at"], Value::Null);
    let lifetime = between(&attributes["created_at"], &attributes["expires_at"]);
    assert!((lifetime - 3_600_000_000).abs() < 10_000_000, "{lifetime}");
    let path = format!("{ROOT}/personal-sessions/{}", id(&made));
    assert_eq!(made["links"]["self"], path);
    assert_eq!(made["data"]["links"]["self"], path);
    assert!(token(&made).starts_with("mpt_"));
    assert_eq!(admin.version_by(token(&made)).await.status, 200);

    let shown = admin
        .get(&format!("/personal-sessions/{}", id(&made)))
        .await
        .json();
    assert_eq!(shown["data"]["attributes"].get("access_token"), None);
    let forever = admin
        .personal(&alice, json!({ "human_name": "", "expires_in": null }))
        .await;
    assert_eq!(forever["data"]["attributes"]["expires_at"], Value::Null);
    let unknown = admin.get(&format!("/personal-sessions/{NIL}")).await;
    unknown.refused(404, &["Personal session not found"]);
    // Nothing that is kept has the token.
    let log = beside(&database).await;
    for event in log.events().await {
        assert!(!event.payload.contains(token(&made)));
    }
}

async fn what_a_session_cannot_be_made_of_is_refused(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let create = async |actor: &str, scope: &str| {
        let body = json!({ "actor_user_id": actor, "human_name": "x", "scope": scope });
        admin.post("/personal-sessions", body).await
    };
    create(UNKNOWN, "").await.refused(404, &["User not found"]);
    for scope in ["", "a  b", "in\"valid", "invalid\nscope"] {
        create(&alice, scope).await.refused(400, &["Invalid scope"]);
    }
    for body in [
        json!({ "actor_user_id": alice, "human_name": "x" }),
        json!({ "actor_user_id": "x", "human_name": "x", "scope": "openid" }),
        json!({ "actor_user_id": alice, "human_name": "a\0b", "scope": "openid" }),
        json!({ "actor_user_id": alice, "human_name": "x", "scope": "a", "expires_in": -1 }),
    ] {
        assert_eq!(admin.post("/personal-sessions", body).await.status, 422);
    }
    assert_eq!(admin.act(&format!("/users/{alice}/lock")).await.status, 200);
    assert_eq!(create(&alice, "openid").await.status, 201);
    assert_eq!(
        admin
            .act(&format!("/users/{alice}/deactivate"))
            .await
            .status,
        200
    );
    create(&alice, "openid")
        .await
        .refused(410, &["User is not active"]);
}

async fn a_new_token_replaces_the_one_before(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let made = admin.personal(&alice, json!({ "expires_in": 60 })).await;
    let path = format!("/personal-sessions/{}/regenerate", id(&made));
    let again = admin.post(&path, json!({ "expires_in": 86400 })).await;
    assert_eq!(again.status, 201, "{again:?}");
    let again = again.json();
    assert_eq!(id(&again), id(&made));
    let (old, new) = (&made["data"]["attributes"], &again["data"]["attributes"]);
    for same in ["created_at", "scope", "human_name", "owner_client_id"] {
        assert_eq!(old[same], new[same], "{same}");
    }
    assert!(between(&old["expires_at"], &new["expires_at"]) > 86_000_000_000);
    let itself = format!("{ROOT}/personal-sessions/{}", id(&made));
    assert_eq!(again["links"]["self"], itself);
    assert_ne!(token(&again), token(&made));
    let old = admin.version_by(token(&made)).await;
    old.refused(401, &["Access token expired"]);
    assert_eq!(admin.version_by(token(&again)).await.status, 200);
    let unknown = admin
        .post(
            &format!("/personal-sessions/{UNKNOWN}/regenerate"),
            json!({}),
        )
        .await;
    unknown.refused(404, &["Session not found"]);
    // One that has expired gets a new token all the same.
    let tables = database.open().await;
    let expire = query("UPDATE personal_access_tokens SET expires_at = 1 RETURNING id");
    assert_eq!(tables.fetch_all(expire).await.unwrap().len(), 2);
    let expired = admin.version_by(token(&again)).await;
    expired.refused(401, &["Access token expired"]);
    assert_eq!(admin.post(&path, json!({})).await.status, 201);
}

async fn a_body_is_no_condition_for_a_new_token(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let made = admin.personal(&alice, json!({ "expires_in": 60 })).await;
    let path = format!("/personal-sessions/{}/regenerate", id(&made));
    let empty = admin
        .request(Method::POST, &path)
        .header("content-type", "application/json");
    for request in [admin.request(Method::POST, &path), empty] {
        let again = admin.send(request).await;
        assert_eq!(again.status, 201, "{again:?}");
        assert_eq!(
            again.json()["data"]["attributes"]["expires_at"],
            Value::Null
        );
    }
    let broken = admin
        .request(Method::POST, &path)
        .header("content-type", "application/json")
        .body("{");
    assert_eq!(admin.send(broken).await.status, 400);
}

async fn nobody_else_gets_a_new_token(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, token) = admin.user_with_token("alice", &["--admin"]);
    let made = admin.personal(&alice, json!({})).await;
    let path = format!("/personal-sessions/{}/regenerate", id(&made));
    let alices = crate::answer(admin.request(Method::POST, &path).bearer_auth(&token)).await;
    alices.refused(403, &["Session does not belong to you"]);
    let revoke = format!("/personal-sessions/{}/revoke", id(&made));
    let revoked = crate::answer(admin.request(Method::POST, &revoke).bearer_auth(&token)).await;
    assert_eq!(revoked.status, 200, "any administrator may");
    let alices = crate::answer(admin.request(Method::POST, &path).bearer_auth(&token)).await;
    alices.refused(422, &["Session not valid"]);
}

async fn a_session_is_revoked_once(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let made = admin.personal(&alice, json!({ "expires_in": 60 })).await;
    let path = format!("/personal-sessions/{}", id(&made));
    let revoked = admin.act(&format!("{path}/revoke")).await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    let revoked = revoked.json();
    assert_eq!(revoked["links"]["self"], format!("{ROOT}{path}"));
    let attributes = &revoked["data"]["attributes"];
    assert!(attributes["revoked_at"].is_string());
    assert_eq!(attributes["expires_at"], Value::Null);
    let name = format!("Personal session with ID {}", id(&made));
    let again = admin.act(&format!("{path}/revoke")).await;
    again.refused(409, &[&format!("{name} is already revoked")]);
    let unknown = admin
        .act(&format!("/personal-sessions/{UNKNOWN}/revoke"))
        .await;
    unknown.refused(
        404,
        &[&format!("Personal session with ID {UNKNOWN} not found")],
    );
    let dead = admin.version_by(token(&made)).await;
    dead.refused(401, &["Access token revoked"]);
    // Those of a deactivated user end with the account.
    let other = admin.personal(&alice, json!({ "expires_in": 60 })).await;
    assert_eq!(
        admin
            .act(&format!("/users/{alice}/deactivate"))
            .await
            .status,
        200
    );
    let listed = admin.get("/personal-sessions?page[last]=1").await.json();
    assert_eq!(listed["data"][0]["id"], other["data"]["id"]);
    assert!(listed["data"][0]["attributes"]["revoked_at"].is_string());
    assert_eq!(listed["data"][0]["attributes"]["expires_at"], Value::Null);
}

async fn sessions_are_listed_and_narrowed(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, token) = admin.user_with_token("alice", &["--admin"]);
    let bob = admin.user("bob").await;
    let path = "/personal-sessions";
    let made = [
        admin
            .personal(
                &bob,
                json!({ "scope": "openid", "expires_in": 4_000_000_000_u32 }),
            )
            .await,
        admin.personal(&bob, json!({ "scope": "openid" })).await,
        admin.personal(&bob, json!({ "expires_in": 60 })).await,
    ];
    let [a, b, c] = made.map(|made| id(&made).to_owned());
    assert_eq!(admin.act(&format!("{path}/{b}/revoke")).await.status, 200);
    let admin = Admin { token, ..admin };
    let d = admin.personal(&alice, json!({ "scope": "email" })).await;
    let d = id(&d).to_owned();
    let soon = "2100-01-01T00:00:00Z";
    for (filter, expected) in [
        (format!("filter[owner_user]={alice}"), vec![&d]),
        (
            format!("filter[owner_client]={CLIENT_ID}"),
            vec![&a, &b, &c],
        ),
        (format!("filter[actor_user]={bob}"), vec![&a, &b, &c]),
        (
            "filter[scope]=openid&filter[scope]=urn:mas:admin".to_owned(),
            vec![&c],
        ),
        ("filter[status]=active".to_owned(), vec![&a, &c, &d]),
        ("filter[status]=revoked".to_owned(), vec![&b]),
        (format!("filter[expires_before]={soon}"), vec![&c]),
        (format!("filter[expires_after]={soon}"), vec![&a]),
        ("filter[expires]=true".to_owned(), vec![&a, &c]),
        ("filter[expires]=false".to_owned(), vec![&b, &d]),
    ] {
        admin.only(path, &filter, &expected).await;
    }
    for (filter, status, title) in [
        (
            format!("owner_user]={NIL}"),
            404,
            format!("User ID {NIL} not found"),
        ),
        (
            format!("owner_client]={NIL}"),
            404,
            format!("Client ID {NIL} not found"),
        ),
        (
            format!("actor_user]={NIL}"),
            404,
            format!("User ID {NIL} not found"),
        ),
        (
            "scope]=a+b".to_owned(),
            400,
            "Invalid scope \"a b\" in filter parameters".to_owned(),
        ),
    ] {
        let refused = admin.get(&format!("{path}?filter[{filter}")).await;
        refused.refused(status, &[&title]);
    }
    admin.pages(path, &[&a, &b, &c, &d]).await;
}

async fn a_token_acts_as_a_locked_user_but_not_for_a_locked_owner(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, alices) = admin.user_with_token("alice", &["--admin"]);
    let bob = admin.user("bob").await;
    let of_client = admin.personal(&bob, json!({})).await;
    let of_alice = Admin {
        token: alices,
        ..admin
    };
    let for_bob = of_alice.personal(&bob, json!({})).await;
    let admin = Admin {
        token: of_alice.server.admin_token().await,
        ..of_alice
    };
    for user in [&bob, &alice] {
        assert_eq!(admin.act(&format!("/users/{user}/lock")).await.status, 200);
        let status = admin.version_by(token(&of_client)).await.status;
        assert_eq!(status, 200, "the actor may be locked");
    }
    let owner = admin.version_by(token(&for_bob)).await;
    owner.refused(401, &["User locked"]);
    assert_eq!(
        admin.act(&format!("/users/{alice}/unlock")).await.status,
        200
    );
    assert_eq!(admin.version_by(token(&for_bob)).await.status, 200);
    assert_eq!(
        admin.act(&format!("/users/{bob}/deactivate")).await.status,
        200
    );
    for made in [&of_client, &for_bob] {
        let dead = admin.version_by(token(made)).await;
        dead.refused(401, &["Access token revoked"]);
    }
}

async fn what_a_personal_token_makes_belongs_to_its_user(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let made = admin.personal(&alice, json!({})).await;
    let admin = Admin {
        token: token(&made).to_owned(),
        ..admin
    };
    let second = admin.personal(&alice, json!({})).await;
    assert_eq!(second["data"]["attributes"]["owner_user_id"], *alice);
    assert_eq!(second["data"]["attributes"]["owner_client_id"], Value::Null);
    let path = format!("/personal-sessions/{}/regenerate", id(&second));
    assert_eq!(admin.post(&path, json!({})).await.status, 201);
    // Its own belongs to the client that made it.
    let path = format!("/personal-sessions/{}/regenerate", id(&made));
    admin
        .act(&path)
        .await
        .refused(403, &["Session does not belong to you"]);
}
