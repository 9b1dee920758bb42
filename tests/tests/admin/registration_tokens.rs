//! Tokens that people may register with (contract/admin-api.md 5.12).

use muniment_domain::{
    Invitee, RegistrationToken, RegistrationTokenCommand, RegistrationTokenId, UserId,
};
use muniment_tests::{
    TestDatabase,
    beside::{beside, now},
    each_backend,
    server::stdout,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Admin, Answer, NIL, ROOT, UNKNOWN};

each_backend!(
    a_token_is_added_with_a_text_of_its_own_or_a_drawn_one,
    a_text_belongs_to_one_token,
    what_is_not_named_stays_as_it_is,
    a_token_is_revoked_and_unrevoked,
    tokens_are_listed_and_narrowed,
    nothing_that_is_kept_has_the_text,
    an_invitation_for_one_person_says_whom_and_leads_to_the_form,
    nobody_is_invited_who_is_there_or_in_a_way_that_makes_no_sense,
    who_was_invited_is_forgotten_with_the_invitation,
);

const PATH: &str = "/user-registration-tokens";

impl Admin {
    async fn invitation(&self, body: Value) -> String {
        let added = self.post(PATH, body).await;
        assert_eq!(added.status, 201, "{added:?}");
        added.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    async fn put(&self, id: &str, body: Value) -> Answer {
        let request = self.request(Method::PUT, &format!("{PATH}/{id}"));
        self.send(request.json(&body)).await
    }
}

async fn a_token_is_added_with_a_text_of_its_own_or_a_drawn_one(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let added = admin
        .post(PATH, json!({ "token": "test_token_123", "usage_limit": 5 }))
        .await;
    assert_eq!(added.status, 201, "{added:?}");
    let added = added.json();
    let id = added["data"]["id"].as_str().unwrap();
    assert_eq!(added["data"]["type"], "user-registration_token");
    let created_at = &added["data"]["attributes"]["created_at"];
    assert_eq!(
        added["data"]["attributes"],
        json!({
            "token": "test_token_123",
            "valid": true,
            "usage_limit": 5,
            "times_used": 0,
            "created_at": created_at,
            "last_used_at": null,
            "expires_at": null,
            "revoked_at": null,
        })
    );
    assert_eq!(added["links"]["self"], format!("{ROOT}{PATH}/{id}"));
    assert_eq!(admin.get(&format!("{PATH}/{id}")).await.json(), added);

    let drawn = admin.post(PATH, json!({ "usage_limit": 1 })).await.json();
    let text = drawn["data"]["attributes"]["token"].as_str().unwrap();
    assert_eq!(text.len(), 12);
    assert!(text.chars().all(|c| c.is_ascii_alphanumeric()), "{text}");
    for (body, valid) in [
        (json!({ "usage_limit": 0 }), false),
        (json!({ "expires_at": "2001-01-01T00:00:00Z" }), false),
        (json!({ "expires_at": "2100-01-01T02:00:00+02:00" }), true),
    ] {
        let added = admin.post(PATH, body).await.json();
        assert_eq!(added["data"]["attributes"]["valid"], valid, "{added}");
    }
    for body in [
        json!({ "usage_limit": -1 }),
        json!({ "usage_limit": 4_294_967_296_u64 }),
        json!({ "expires_at": "tomorrow" }),
        json!([]),
    ] {
        assert_eq!(admin.post(PATH, body.clone()).await.status, 422, "{body}");
    }
    let unknown = admin.get(&format!("{PATH}/{NIL}")).await;
    unknown.refused(
        404,
        &[&format!("Registration token with ID {NIL} not found")],
    );
}

async fn a_text_belongs_to_one_token(database: TestDatabase) {
    const TAKEN: &str = "A registration token with the same token already exists";
    let admin = Admin::start(&database).await;
    let body = json!({ "token": "once" });
    // Of many at once, one is added.
    let add = || admin.post(PATH, body.clone());
    let (a, b, c, d) = tokio::join!(add(), add(), add(), add());
    let mut added = 0;
    for answer in [a, b, c, d] {
        if answer.status == 201 {
            added += 1;
        } else {
            answer.refused(409, &[TAKEN]);
        }
    }
    assert_eq!(added, 1);
    let id = admin.ids(PATH).await.remove(0);
    assert_eq!(admin.act(&format!("{PATH}/{id}/revoke")).await.status, 200);
    admin.post(PATH, body).await.refused(409, &[TAKEN]);
    assert_eq!(
        admin.post(PATH, json!({ "token": "ONCE" })).await.status,
        201
    );
}

async fn what_is_not_named_stays_as_it_is(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let id = admin.invitation(json!({ "usage_limit": 3 })).await;
    let time = "2100-02-15T14:40:00Z";
    for (body, limit, expiry) in [
        (json!({}), json!(3), json!(null)),
        (json!({ "expires_at": time }), json!(3), json!(time)),
        (json!({ "usage_limit": 10 }), json!(10), json!(time)),
        (json!({ "expires_at": null }), json!(10), json!(null)),
        (
            json!({ "expires_at": time, "usage_limit": null }),
            json!(null),
            json!(time),
        ),
        (json!({ "other": 1 }), json!(null), json!(time)),
    ] {
        let updated = admin.put(&id, body.clone()).await;
        assert_eq!(updated.status, 200, "{updated:?}");
        let updated = updated.json();
        assert_eq!(
            updated["data"]["attributes"]["usage_limit"], limit,
            "{body}"
        );
        assert_eq!(
            updated["data"]["attributes"]["expires_at"], expiry,
            "{body}"
        );
        assert_eq!(updated["links"]["self"], format!("{ROOT}{PATH}/{id}"));
    }
    let missing = format!("Registration token with ID {UNKNOWN} not found");
    for body in [json!({}), json!({ "usage_limit": 1 })] {
        admin.put(UNKNOWN, body).await.refused(404, &[&missing]);
    }
    assert_eq!(
        admin
            .put(UNKNOWN, json!({ "usage_limit": "x" }))
            .await
            .status,
        422
    );
    // Both changes are one step.
    let log = beside(&database).await;
    let both = json!({ "expires_at": null, "usage_limit": 7 });
    let before = log.head().await;
    assert_eq!(admin.put(&id, both.clone()).await.status, 200);
    let after = log.head().await;
    assert_eq!(after, before + 2);
    assert_eq!(admin.put(&id, both).await.status, 200);
    assert_eq!(log.head().await, after, "nothing changed");
}

async fn a_token_is_revoked_and_unrevoked(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let id = admin.invitation(json!({})).await;
    let name = format!("Registration token with ID {id}");
    let unrevoke = admin.act(&format!("{PATH}/{id}/unrevoke")).await;
    unrevoke.refused(400, &[&format!("{name} is not revoked")]);
    for (action, valid) in [("revoke", false), ("unrevoke", true)] {
        let done = admin.act(&format!("{PATH}/{id}/{action}")).await;
        assert_eq!(done.status, 200, "{done:?}");
        let done = done.json();
        let attributes = &done["data"]["attributes"];
        assert_eq!(attributes["valid"], valid);
        assert_eq!(attributes["revoked_at"].is_null(), valid);
        assert_eq!(done["links"]["self"], format!("{ROOT}{PATH}/{id}/{action}"));
        let unknown = admin.act(&format!("{PATH}/{UNKNOWN}/{action}")).await;
        unknown.refused(
            404,
            &[&format!("Registration token with ID {UNKNOWN} not found")],
        );
    }
    assert_eq!(admin.act(&format!("{PATH}/{id}/revoke")).await.status, 200);
    let again = admin.act(&format!("{PATH}/{id}/revoke")).await;
    again.refused(400, &[&format!("{name} is already revoked")]);
}

async fn tokens_are_listed_and_narrowed(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let yesterday = chrono::DateTime::from_timestamp_micros(now() - 86_400_000_000)
        .unwrap()
        .to_rfc3339();
    let mut ids = Vec::new();
    for body in [
        json!({ "usage_limit": 10 }),
        json!({ "usage_limit": 10 }),
        json!({}),
        json!({}),
        json!({ "usage_limit": 5, "expires_at": yesterday }),
    ] {
        ids.push(admin.invitation(body).await);
    }
    let [unused, used, revoked, used_revoked, expired] = &ids[..] else {
        panic!("five");
    };
    for id in [used, used_revoked] {
        let id: RegistrationTokenId = id.parse().unwrap();
        let command = RegistrationTokenCommand::UseRegistrationToken {
            user_id: UserId::default(),
            invitee: Invitee::default(),
            now: now(),
        };
        log.journal
            .execute::<RegistrationToken>(id.as_uuid(), command, log.execution())
            .await
            .unwrap();
    }
    for id in [revoked, used_revoked] {
        assert_eq!(admin.act(&format!("{PATH}/{id}/revoke")).await.status, 200);
    }
    for (filter, expected) in [
        ("filter[used]=true", vec![used, used_revoked]),
        ("filter[used]=false", vec![unused, revoked, expired]),
        ("filter[revoked]=true", vec![revoked, used_revoked]),
        ("filter[revoked]=false", vec![unused, used, expired]),
        ("filter[expired]=true", vec![expired]),
        (
            "filter[expired]=false",
            vec![unused, used, revoked, used_revoked],
        ),
        ("filter[valid]=true", vec![unused, used]),
        ("filter[valid]=false", vec![revoked, used_revoked, expired]),
        ("filter[used]=true&filter[revoked]=true", vec![used_revoked]),
    ] {
        admin.only(PATH, filter, &expected).await;
    }
    let invalid = admin.get(&format!("{PATH}?filter[used]=invalid")).await;
    assert_eq!(invalid.status, 400);
    assert_eq!(invalid.titles()[0], "Invalid filter parameters");
    let every: Vec<&String> = ids.iter().collect();
    admin.pages(PATH, &every).await;
    let shown = admin.get(&format!("{PATH}/{used}")).await.json();
    assert_eq!(shown["data"]["attributes"]["times_used"], 1);
    assert!(shown["data"]["attributes"]["last_used_at"].is_string());
}

async fn nothing_that_is_kept_has_the_text(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    admin
        .invitation(json!({ "token": "only-for-friends" }))
        .await;
    let log = beside(&database).await;
    let events = log.events().await;
    let kept: Vec<_> = events
        .iter()
        .filter(|event| event.event_type.starts_with("registration_token."))
        .collect();
    assert_eq!(kept.len(), 1);
    for event in events {
        assert!(!event.payload.contains("only-for-friends"));
    }
    assert!(!admin.server.log().contains("only-for-friends"));
}

async fn an_invitation_for_one_person_says_whom_and_leads_to_the_form(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let body = json!({ "token": "come & see", "username": "alice", "email": "Alice@example.com" });
    let added = admin.post(PATH, body).await;
    assert_eq!(added.status, 201, "{added:?}");
    let added = added.json();
    let attributes = &added["data"]["attributes"];
    assert_eq!(attributes["username"], "alice");
    assert_eq!(attributes["email"], "Alice@example.com");
    let url = "http://127.0.0.1/register?token=come+%26+see";
    assert_eq!(attributes["invite_url"], url);
    assert_eq!(attributes["usage_limit"], 1);
    let id = added["data"]["id"].as_str().unwrap();
    assert_eq!(admin.get(&format!("{PATH}/{id}")).await.json(), added);
    // What is not said is not there, as in tokens for anybody.
    let named = admin.post(PATH, json!({ "username": "bob", "usage_limit": 1 }));
    let named = named.await.json();
    let named = named["data"]["attributes"].as_object().unwrap();
    assert!(named.contains_key("invite_url") && !named.contains_key("email"));

    let arguments = ["--username", "carol", "--email", "carol@example.com"];
    let issue = [&["registration-tokens", "issue", "--json"], &arguments[..]].concat();
    let issued = admin.server.command(&issue);
    let issued: Value = serde_json::from_str(&stdout(&issued)).unwrap();
    assert_eq!(issued["username"], "carol");
    let token = issued["token"].as_str().unwrap();
    let url = format!("http://127.0.0.1/register?token={token}");
    assert_eq!(issued["invite_url"], url);
    let listed = admin.server.command(&["registration-tokens", "list"]);
    assert!(stdout(&listed).contains("carol, carol@example.com"));
}

async fn nobody_is_invited_who_is_there_or_in_a_way_that_makes_no_sense(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    admin.email(&alice, "alice@example.com").await;
    let before = beside(&database).await.head().await;
    for (body, status, title) in [
        (json!({ "username": "alice" }), 409, "User already exists"),
        (
            json!({ "email": "ALICE@example.com" }),
            409,
            "User email \"ALICE@example.com\" already in use",
        ),
        (json!({ "username": "Bob" }), 400, "Username is not valid"),
        (
            json!({ "username": "bob", "usage_limit": 2 }),
            400,
            "A registration token for one person is used once",
        ),
    ] {
        admin.post(PATH, body).await.refused(status, &[title]);
    }
    let refused = admin.post(PATH, json!({ "email": "nowhere" })).await;
    refused.refused(
        400,
        &["Email \"nowhere\" is not valid", "Missing domain or user"],
    );
    assert_eq!(beside(&database).await.head().await, before);
    let taken = admin
        .server
        .command(&["registration-tokens", "issue", "--username", "alice"]);
    assert!(!taken.status.success());
}

async fn who_was_invited_is_forgotten_with_the_invitation(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let body = json!({ "username": "alice", "email": "alice@example.com" });
    let id = admin.invitation(body.clone()).await;
    let revoked = admin.act(&format!("{PATH}/{id}/revoke")).await.json();
    let attributes = revoked["data"]["attributes"].as_object().unwrap();
    for member in ["username", "email", "invite_url"] {
        assert!(!attributes.contains_key(member), "{revoked}");
    }
    let unrevoke = admin.act(&format!("{PATH}/{id}/unrevoke")).await;
    let title =
        format!("Registration token with ID {id} is for somebody who is not known any more");
    unrevoke.refused(400, &[&title]);
    let log = beside(&database).await;
    let events = log.events().await;
    let types: Vec<_> = events.iter().map(|event| &*event.event_type).collect();
    let forgotten = "registration_token.invitee_forgotten";
    assert!(types.ends_with(&["registration_token.revoked", forgotten]));
    for event in &events {
        assert!(!event.payload.contains("alice"), "{event:?}");
    }
    // Nobody can read it any more, and others can be invited as before.
    let created = events
        .iter()
        .find(|event| event.event_type == "registration_token.created");
    let opened = log.codec.open_payload(created.unwrap()).await.unwrap();
    let body = &opened["RegistrationTokenCreated"];
    assert_eq!(body["username"], json!({ "$shredded": null }));
    assert_eq!(body["email"], json!({ "$shredded": null }));
    assert!(!admin.server.log().contains("alice"));
    let checked = admin.server.command(&["log", "check"]);
    assert!(checked.status.success(), "{}", stdout(&checked));
}
