//! What administrators do with accounts (contract/graphql.md 10.2).

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Api, UNKNOWN};

each_backend!(
    an_account_is_added_once,
    only_administrators_may_and_the_others_change_nothing,
    locking_keeps_the_first_time_and_unlocking_undoes_everything,
    the_flag_that_allows_asking_for_the_admin_scope_is_set,
    accounts_are_listed_by_state_and_flag,
    mutations_run_one_after_the_other,
);

async fn an_account_is_added_once(database: TestDatabase) {
    let api = Api::start(&database).await;
    let fields = "status user{id username canRequestAdmin lockedAt}";
    let mut first = Value::Null;
    // M10, M12, M13, M15, M16, D54
    for (username, status, user) in [
        ("alice", "ADDED", Some("alice")),
        ("alice", "EXISTS", Some("alice")),
        ("ALICE", "EXISTS", Some("alice")),
        ("bob", "ADDED", Some("bob")),
        ("this is invalid", "INVALID", None),
        ("", "INVALID", None),
        ("_x", "INVALID", None),
        ("Carol", "INVALID", None),
        (&"x".repeat(256), "INVALID", None),
        (&"x".repeat(255), "ADDED", Some(&"x".repeat(255))),
    ] {
        let input = json!({ "username": username, "skipHomeserverCheck": username == "bob" });
        let added = api.mutate(&api.admin, "addUser", fields, &input).await;
        assert_eq!(added["status"], status, "{username}");
        let Some(user) = user else {
            assert_eq!(added["user"], Value::Null, "{username}");
            continue;
        };
        assert_eq!(added["user"]["username"], user);
        assert_eq!(added["user"]["canRequestAdmin"], false);
        assert_eq!(added["user"]["lockedAt"], Value::Null);
        match (user, &first) {
            ("alice", Value::Null) => first = added["user"].clone(),
            ("alice", known) => assert_eq!(added["user"], *known),
            _ => {}
        }
    }
}

async fn only_administrators_may_and_the_others_change_nothing(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let input = json!({ "userId": alice.id, "canRequestAdmin": true });
    api.mutate(&api.admin, "setCanRequestAdmin", "user{id}", &input)
        .await;
    let client = api.server.token("urn:mas:graphql:*").await;
    // D20: the flag does not make an administrator.
    for token in [None, Some(&alice.token), Some(&client)] {
        let token = token.map(String::as_str);
        for (mutation, input) in [
            ("addUser", json!({ "username": "carol" })),
            ("addUser", json!({ "username": "not valid" })),
            ("lockUser", json!({ "userId": bob.id })),
            (
                "lockUser",
                json!({ "userId": alice.id, "deactivate": true }),
            ),
            // The permission goes before the id …
            ("lockUser", json!({ "userId": "junk" })),
            ("unlockUser", json!({ "userId": "junk" })),
            (
                "setCanRequestAdmin",
                json!({ "userId": "junk", "canRequestAdmin": true }),
            ),
            (
                "addEmail",
                json!({ "userId": bob.id, "email": "bob@example.com" }),
            ),
            ("addEmail", json!({ "userId": alice.id, "email": "junk" })),
        ] {
            let message = api.mutation_error(token, mutation, &input).await;
            assert_eq!(message, "Unauthorized", "{mutation} {input}");
        }
        // … but for one.
        let junk = json!({ "userId": "junk", "email": "x" });
        assert_eq!(
            api.mutation_error(token, "addEmail", &junk).await,
            "invalid id"
        );
        let list = "{users(first:1){totalCount}}";
        assert_eq!(api.error(token, list, Value::Null).await, "Unauthorized");
    }
    let query = "{users(first:9){nodes{username lockedAt emails(first:9){totalCount}}}}";
    let untouched =
        |name: &str| json!({ "username": name, "lockedAt": null, "emails": { "totalCount": 0 } });
    assert_eq!(
        api.data(&api.admin, query, Value::Null).await,
        json!({ "users": { "nodes": [untouched("alice"), untouched("bob")] } })
    );
}

async fn locking_keeps_the_first_time_and_unlocking_undoes_everything(database: TestDatabase) {
    let api = Api::start(&database).await;
    let alice = api.account("alice", &[]);
    let email = api.email(&alice, "alice@example.com").await;
    let fields = "status user{id lockedAt matrix{deactivated} emails(first:9){nodes{id}}}";
    let input = json!({ "userId": alice.id });
    let change =
        async |mutation: &str, input: &Value| api.mutate(&api.admin, mutation, fields, input).await;
    let locked = change("lockUser", &input).await;
    let since = locked["user"]["lockedAt"].clone();
    assert!(since.as_str().unwrap().ends_with("+00:00"), "{since}");
    let state = |status: &str, since: &Value, deactivated: bool, emails: &[&str]| {
        let emails: Vec<Value> = emails.iter().map(|id| json!({ "id": id })).collect();
        json!({ "status": status, "user": {
            "id": alice.id,
            "lockedAt": since,
            "matrix": { "deactivated": deactivated },
            "emails": { "nodes": emails },
        } })
    };
    assert_eq!(locked, state("LOCKED", &since, false, &[&email]));
    assert_eq!(change("lockUser", &input).await, locked);

    // D46
    let gone = json!({ "userId": alice.id, "deactivate": true });
    for _ in 0..2 {
        assert_eq!(
            change("lockUser", &gone).await,
            state("LOCKED", &since, true, &[])
        );
    }
    let session = "{viewer{__typename}}";
    let refused = api
        .server
        .post("/graphql")
        .bearer_auth(&alice.token)
        .json(&json!({ "query": session }));
    assert_eq!(refused.send().await.unwrap().status(), 401);

    // What deactivation has removed does not come back.
    for _ in 0..2 {
        let back = change("unlockUser", &input).await;
        assert_eq!(back, state("UNLOCKED", &Value::Null, false, &[]));
    }
    let unknown = json!({ "userId": format!("user:{UNKNOWN}"), "deactivate": true });
    let nobody = json!({ "status": "NOT_FOUND", "user": null });
    assert_eq!(change("lockUser", &unknown).await, nobody);
    let unknown = json!({ "userId": format!("user:{UNKNOWN}") });
    assert_eq!(change("unlockUser", &unknown).await, nobody);
}

async fn the_flag_that_allows_asking_for_the_admin_scope_is_set(database: TestDatabase) {
    let api = Api::start(&database).await;
    let alice = api.account("alice", &[]);
    let fields = "user{id canRequestAdmin}";
    for flag in [true, true, false, false] {
        let input = json!({ "userId": alice.id, "canRequestAdmin": flag });
        let set = api
            .mutate(&api.admin, "setCanRequestAdmin", fields, &input)
            .await;
        assert_eq!(
            set,
            json!({ "user": { "id": alice.id, "canRequestAdmin": flag } })
        );
        let own = "{viewer{... on User{canRequestAdmin}}}";
        let own = api.data(&alice.token, own, Value::Null).await;
        assert_eq!(own, json!({ "viewer": { "canRequestAdmin": flag } }));
    }
    let input = json!({ "userId": format!("user:{UNKNOWN}"), "canRequestAdmin": true });
    let set = api
        .mutate(&api.admin, "setCanRequestAdmin", fields, &input)
        .await;
    assert_eq!(set, json!({ "user": null }));
}

async fn accounts_are_listed_by_state_and_flag(database: TestDatabase) {
    let api = Api::start(&database).await;
    for (username, lock, deactivate, admin) in [
        ("plain", false, false, false),
        ("locked", true, false, true),
        ("both", true, true, false),
        ("chief", false, false, true),
    ] {
        let input = json!({ "username": username });
        let added = api.mutate(&api.admin, "addUser", "user{id}", &input).await;
        let id = &added["user"]["id"];
        if lock {
            let input = json!({ "userId": id, "deactivate": deactivate });
            api.mutate(&api.admin, "lockUser", "status", &input).await;
        }
        let input = json!({ "userId": id, "canRequestAdmin": admin });
        api.mutate(&api.admin, "setCanRequestAdmin", "user{id}", &input)
            .await;
    }
    for (arguments, names) in [
        ("", &["plain", "locked", "both", "chief"][..]),
        (",state:ACTIVE", &["plain", "chief"]),
        (",state:LOCKED", &["locked", "both"]),
        (",state:null,canRequestAdmin:true", &["locked", "chief"]),
        (",canRequestAdmin:false", &["plain", "both"]),
        (",state:LOCKED,canRequestAdmin:true", &["locked"]),
    ] {
        let query = format!("{{users(first:9{arguments}){{totalCount nodes{{username}}}}}}");
        let nodes: Vec<Value> = names
            .iter()
            .map(|name| json!({ "username": name }))
            .collect();
        assert_eq!(
            api.data(&api.admin, &query, Value::Null).await,
            json!({ "users": { "totalCount": names.len(), "nodes": nodes } }),
            "{arguments}"
        );
    }
}

async fn mutations_run_one_after_the_other(database: TestDatabase) {
    let api = Api::start(&database).await;
    // Each on its own: the second does not undo the first.
    let query = "mutation{\
        a:addUser(input:{username:\"alice\"}){status} \
        b:lockUser(input:{userId:\"junk\"}){status} \
        c:addUser(input:{username:\"alice\"}){status}}";
    let answer = api
        .server
        .graphql(Some(&api.admin), query, Value::Null)
        .await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    assert_eq!(answer["errors"][0]["path"], json!(["b"]));
    assert_eq!(answer["errors"][0]["message"], "invalid id");
    let found = "{userByUsername(username:\"alice\"){username}}";
    let found = api.data(&api.admin, found, Value::Null).await;
    assert_eq!(found, json!({ "userByUsername": { "username": "alice" } }));
}
