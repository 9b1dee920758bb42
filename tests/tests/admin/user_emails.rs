//! Email addresses of users, one by one (contract/admin-api.md 5.6).

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::json;

use crate::{Admin, NIL, ROOT};

each_backend!(
    an_address_is_added_read_and_deleted,
    an_address_belongs_to_one_user_at_a_time,
    an_address_has_to_look_like_one,
);

async fn an_address_is_added_read_and_deleted(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let body = json!({ "user_id": alice.to_lowercase(), "email": "Alice@Example.com" });
    let added = admin.post("/user-emails", body).await;
    assert_eq!(added.status, 201);
    let document = added.json();
    let id = document["data"]["id"].as_str().unwrap();
    let link = format!("{ROOT}/user-emails/{id}");
    assert_eq!(
        document,
        json!({
            "data": {
                "type": "user-email",
                "id": id,
                "attributes": {
                    "created_at": document["data"]["attributes"]["created_at"],
                    "user_id": alice,
                    // As it was given.
                    "email": "Alice@Example.com",
                },
                "links": { "self": link },
            },
            "links": { "self": link },
        })
    );
    let path = format!("/user-emails/{id}");
    let read = admin.get(&path).await;
    assert_eq!((read.status, read.json()), (200, document.clone()));
    assert_eq!(
        admin
            .get(&format!("/user-emails/{}", id.to_lowercase()))
            .await
            .json(),
        document
    );

    let deleted = admin.send(admin.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(deleted.header("content-type"), None);
    let title = format!("User email ID {id} not found");
    admin.get(&path).await.refused(404, &[&title]);
    admin
        .send(admin.request(Method::DELETE, &path))
        .await
        .refused(404, &[&title]);
    for method in [Method::GET, Method::DELETE] {
        let title = format!("User email ID {NIL} not found");
        let nobody = admin.request(method.clone(), &format!("/user-emails/{NIL}"));
        admin.send(nobody).await.refused(404, &[&title]);
        let junk = admin.send(admin.request(method, "/user-emails/junk")).await;
        junk.refused(400, &["Invalid ULID in path", "invalid length"]);
    }
}

async fn an_address_belongs_to_one_user_at_a_time(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    let first = admin.email(&alice, "alice@example.com").await;
    let add = async |user: &str, email: &str| {
        admin
            .post("/user-emails", json!({ "user_id": user, "email": email }))
            .await
    };
    for (user, email) in [
        (&alice, "alice@example.com"),
        (&bob, "alice@example.com"),
        (&bob, "ALICE@EXAMPLE.COM"),
    ] {
        add(user, email)
            .await
            .refused(409, &[&format!("User email \"{email}\" already in use")]);
    }
    // The user is looked up before the address is looked at.
    let unknown = format!("User ID {NIL} not found");
    add(NIL, "invalid").await.refused(404, &[&unknown]);
    add(NIL, "alice@example.com")
        .await
        .refused(404, &[&unknown]);

    // Once it is deleted, and once its user is gone, it is free.
    let delete = admin.request(Method::DELETE, &format!("/user-emails/{first}"));
    assert_eq!(admin.send(delete).await.status, 204);
    assert_eq!(add(&bob, "Alice@example.com").await.status, 201);
    assert_eq!(
        admin.act(&format!("/users/{bob}/deactivate")).await.status,
        200
    );
    assert_eq!(add(&alice, "alice@example.com").await.status, 201);
}

async fn an_address_has_to_look_like_one(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    for (email, why) in [
        ("invalid-email", "Missing domain or user"),
        ("", "Missing domain or user"),
        ("@example.com", "Invalid email user"),
        ("alice@", "Invalid email domain"),
        ("al ice@example.com", "Invalid email user"),
        ("alice@exa mple.com", "Invalid email domain"),
    ] {
        let body = json!({ "user_id": alice, "email": email });
        let title = format!("Email \"{email}\" is not valid");
        admin
            .post("/user-emails", body)
            .await
            .refused(400, &[&title, why]);
    }
    let quoted = json!({ "user_id": alice, "email": "\"no\nend" });
    let refused = admin.post("/user-emails", quoted).await;
    refused.refused(
        400,
        &[
            r#"Email "\"no\nend" is not valid"#,
            "Missing domain or user",
        ],
    );
    let count = admin.get("/user-emails?count=only").await.json();
    assert_eq!(count["meta"]["count"], 0);
}
