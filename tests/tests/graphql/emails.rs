//! Email addresses (contract/graphql.md 10.1).

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Api, PATIENT, STRONG, UNKNOWN};

each_backend!(
    an_address_is_added_once_to_an_account,
    removing_an_address_takes_the_owner_and_the_password,
    where_changes_are_off_only_administrators_remove_an_address,
    no_address_is_before_the_others,
);

async fn an_address_is_added_once_to_an_account(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let fields = "status email{id email createdAt confirmedAt} user{id} violations";
    let add = async |user: &str, email: &str| {
        let input = json!({ "userId": user, "email": email });
        api.mutate(&api.admin, "addEmail", fields, &input).await
    };
    let added = add(&alice.id, "Alice@Example.com").await;
    let email = added["email"].clone();
    assert_eq!(
        added,
        json!({
            "status": "ADDED",
            "email": {
                "id": email["id"],
                "email": "Alice@Example.com",
                "createdAt": email["createdAt"],
                "confirmedAt": email["createdAt"],
            },
            "user": { "id": alice.id },
            "violations": null,
        })
    );
    assert!(email["createdAt"].as_str().unwrap().ends_with("+00:00"));
    let again = add(&alice.id, "alice@example.COM").await;
    assert_eq!(again["status"], "EXISTS");
    assert_eq!(
        (&again["email"], &again["user"]["id"]),
        (&email, &json!(alice.id))
    );
    // D53: another account is not in the way.
    let shared = add(&bob.id, "alice@example.com").await;
    assert_eq!(shared["status"], "ADDED");
    assert_ne!(shared["email"]["id"], email["id"]);
    for junk in ["not-an-address", "", "@example.com", "alice@"] {
        let invalid = json!({
            "status": "INVALID", "email": null, "user": null, "violations": null,
        });
        assert_eq!(add(&alice.id, junk).await, invalid, "{junk}");
    }
    let unknown = json!({ "userId": format!("user:{UNKNOWN}"), "email": "x" });
    let message = api
        .mutation_error(Some(&api.admin), "addEmail", &unknown)
        .await;
    assert_eq!(message, "Failed to load user");
    // What has no effect is taken.
    let input = json!({
        "userId": alice.id, "email": "second@example.com",
        "skipVerification": true, "skipPolicyCheck": true,
    });
    let second = api.mutate(&api.admin, "addEmail", "status", &input).await;
    assert_eq!(second["status"], "ADDED");
}

async fn removing_an_address_takes_the_owner_and_the_password(database: TestDatabase) {
    let api = Api::start_with(&database, PATIENT).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let first = api.email(&alice, "first@example.com").await;
    let second = api.email(&alice, "second@example.com").await;
    let remove = async |token: &str, email: &str, password: Value| {
        let input = json!({ "userEmailId": email, "password": password });
        api.mutate(token, "removeEmail", "status email{email} user{id}", &input)
            .await
    };
    let only = |status: &str| json!({ "status": status, "email": null, "user": null });
    let removed = |email: &str| json!({ "status": "REMOVED", "email": { "email": email }, "user": { "id": alice.id } });
    // D30: to others it does not exist.
    let unknown = format!("user_email:{UNKNOWN}");
    for (token, email) in [
        (&bob.token, &first),
        (&alice.token, &unknown),
        (&api.admin, &unknown),
    ] {
        assert_eq!(remove(token, email, Value::Null).await, only("NOT_FOUND"));
    }
    // Without a password none is asked for.
    assert_eq!(
        remove(&alice.token, &first, Value::Null).await,
        removed("first@example.com")
    );
    assert_eq!(
        remove(&alice.token, &first, Value::Null).await,
        only("NOT_FOUND")
    );

    let set = json!({ "userId": alice.id, "newPassword": STRONG });
    api.mutate(&api.admin, "setPassword", "status", &set).await;
    // M19
    for password in [
        Value::Null,
        json!(""),
        json!("wrong"),
        json!(STRONG.to_uppercase()),
    ] {
        let refused = remove(&alice.token, &second, password).await;
        assert_eq!(refused, only("INCORRECT_PASSWORD"));
    }
    let list = "{viewer{... on User{emails(first:9){nodes{id}}}}}";
    let left = api.data(&alice.token, list, Value::Null).await;
    assert_eq!(
        left,
        json!({ "viewer": { "emails": { "nodes": [{ "id": second }] } } })
    );
    // The last one may go, too.
    let removal = remove(&alice.token, &second, json!(STRONG)).await;
    assert_eq!(removal, removed("second@example.com"));

    // An administrator needs none.
    let third = api.email(&alice, "third@example.com").await;
    assert_eq!(
        remove(&api.admin, &third, Value::Null).await,
        removed("third@example.com")
    );
}

async fn where_changes_are_off_only_administrators_remove_an_address(database: TestDatabase) {
    let api = Api::start_with(&database, "account:\n  email_change_allowed: false\n").await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let email = api.email(&alice, "alice@example.com").await;
    let input = json!({ "userEmailId": email });
    for mutation in ["removeEmail", "setPrimaryEmail"] {
        let message = api
            .mutation_error(Some(&alice.token), mutation, &input)
            .await;
        assert_eq!(message, "Unauthorized", "{mutation}");
    }
    // Who may not see it learns nothing by it.
    let hidden = api
        .mutate(&bob.token, "removeEmail", "status", &input)
        .await;
    assert_eq!(hidden["status"], "NOT_FOUND");
    let removed = api
        .mutate(&api.admin, "removeEmail", "status", &input)
        .await;
    assert_eq!(removed["status"], "REMOVED");
}

async fn no_address_is_before_the_others(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let email = api.email(&alice, "alice@example.com").await;
    let input = json!({ "userEmailId": email });
    for token in [&alice.token, &api.admin] {
        let set = api
            .mutate(token, "setPrimaryEmail", "status user{id}", &input)
            .await;
        assert_eq!(set, json!({ "status": "SET", "user": { "id": alice.id } }));
    }
    // D30
    for token in [None, Some(bob.token.as_str())] {
        let message = api.mutation_error(token, "setPrimaryEmail", &input).await;
        assert_eq!(message, "Unauthorized");
    }
    let unknown = json!({ "userEmailId": format!("user_email:{UNKNOWN}") });
    let set = api
        .mutate(&bob.token, "setPrimaryEmail", "status user{id}", &unknown)
        .await;
    assert_eq!(set, json!({ "status": "NOT_FOUND", "user": null }));
}
