//! `setPassword` (contract/graphql.md 10.3): each refusal goes before those below it.

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Account, Api, PATIENT, STRONG, UNKNOWN};

each_backend!(
    a_user_changes_the_own_password_by_showing_it,
    an_administrator_sets_any_password_that_is_strong_enough,
    where_users_may_not_change_passwords_administrators_still_may,
    where_passwords_are_disabled_nobody_may,
    attempts_are_limited_like_logins,
);

const OTHER: &str = "another quite long password";

async fn set(api: &Api, token: &str, user: &str, current: Option<&str>, new: &str) -> String {
    let input = json!({ "userId": user, "currentPassword": current, "newPassword": new });
    let set = api.mutate(token, "setPassword", "status", &input).await;
    set["status"].as_str().unwrap().to_owned()
}

async fn has_password(api: &Api, account: &Account) -> bool {
    let query = "query($id: ID!){user(id:$id){hasPassword}}";
    let user = api
        .data(&api.admin, query, json!({ "id": account.id }))
        .await;
    user["user"]["hasPassword"].as_bool().unwrap()
}

async fn a_user_changes_the_own_password_by_showing_it(database: TestDatabase) {
    let api = Api::start_with(&database, PATIENT).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let (own, id) = (&alice.token, &alice.id);
    // D32: an error, and no status, whatever else is wrong.
    for (token, user) in [
        (None, id),
        (Some(own), &bob.id),
        (Some(own), &format!("user:{UNKNOWN}")),
    ] {
        let input = json!({ "userId": user, "newPassword": "" });
        let message = api
            .mutation_error(token.map(String::as_str), "setPassword", &input)
            .await;
        assert_eq!(message, "Unauthorized");
    }
    // There is none yet: strength first.
    assert_eq!(set(&api, own, id, None, "").await, "INVALID_NEW_PASSWORD");
    assert_eq!(
        set(&api, own, id, None, "password").await,
        "INVALID_NEW_PASSWORD"
    );
    assert_eq!(
        set(&api, own, id, None, STRONG).await,
        "NO_CURRENT_PASSWORD"
    );
    assert_eq!(
        set(&api, own, id, Some("x"), STRONG).await,
        "NO_CURRENT_PASSWORD"
    );
    assert!(!has_password(&api, &alice).await);

    assert_eq!(set(&api, &api.admin, id, None, STRONG).await, "ALLOWED");
    assert!(has_password(&api, &alice).await);
    // D33
    assert_eq!(
        set(&api, own, id, Some("wrong"), "password").await,
        "INVALID_NEW_PASSWORD"
    );
    assert_eq!(set(&api, own, id, None, "").await, "INVALID_NEW_PASSWORD");
    // D34
    let input = json!({ "userId": id, "newPassword": OTHER });
    assert_eq!(
        api.mutation_error(Some(own), "setPassword", &input).await,
        "You must supply `currentPassword` to change your own password if you are not an \
         administrator"
    );
    // M17
    for wrong in ["", "wrong", &format!("{STRONG} "), &STRONG.to_uppercase()] {
        assert_eq!(
            set(&api, own, id, Some(wrong), OTHER).await,
            "WRONG_PASSWORD"
        );
    }
    // No session ends by it, and from then on the new one is the one.
    assert_eq!(set(&api, own, id, Some(STRONG), OTHER).await, "ALLOWED");
    assert_eq!(
        set(&api, own, id, Some(STRONG), OTHER).await,
        "WRONG_PASSWORD"
    );
    assert_eq!(set(&api, own, id, Some(OTHER), OTHER).await, "ALLOWED");
    assert!(!has_password(&api, &bob).await);
}

async fn an_administrator_sets_any_password_that_is_strong_enough(database: TestDatabase) {
    let api = Api::start(&database).await;
    let bob = api.account("bob", &[]);
    let chief = api.account("chief", &["--admin"]);
    // D35
    for token in [&api.admin, &chief.token] {
        for weak in ["", "password", "bob"] {
            assert_eq!(
                set(&api, token, &bob.id, None, weak).await,
                "INVALID_NEW_PASSWORD"
            );
        }
        assert_eq!(
            set(&api, token, &bob.id, Some("wrong"), STRONG).await,
            "ALLOWED"
        );
        let unknown = format!("user:{UNKNOWN}");
        assert_eq!(
            set(&api, token, &unknown, None, "weak").await,
            "INVALID_NEW_PASSWORD"
        );
        assert_eq!(set(&api, token, &unknown, None, STRONG).await, "NOT_FOUND");
    }
    // The own one as well.
    assert_eq!(
        set(&api, &chief.token, &chief.id, None, STRONG).await,
        "ALLOWED"
    );
    assert_eq!(
        set(&api, &bob.token, &bob.id, Some(STRONG), OTHER).await,
        "ALLOWED"
    );
}

async fn where_users_may_not_change_passwords_administrators_still_may(database: TestDatabase) {
    let api = Api::start_with(&database, "account:\n  password_change_allowed: false\n").await;
    let alice = api.account("alice", &[]);
    let (own, id) = (&alice.token, &alice.id);
    assert_eq!(
        set(&api, own, id, None, "password").await,
        "INVALID_NEW_PASSWORD"
    );
    for current in [None, Some("wrong")] {
        assert_eq!(
            set(&api, own, id, current, STRONG).await,
            "PASSWORD_CHANGES_DISABLED"
        );
    }
    assert_eq!(set(&api, &api.admin, id, None, STRONG).await, "ALLOWED");
    assert_eq!(
        set(&api, own, id, Some(STRONG), OTHER).await,
        "PASSWORD_CHANGES_DISABLED"
    );
}

async fn where_passwords_are_disabled_nobody_may(database: TestDatabase) {
    let api = Api::start_with(&database, "passwords:\n  enabled: false\n").await;
    let alice = api.account("alice", &[]);
    for token in [&alice.token, &api.admin] {
        assert_eq!(
            set(&api, token, &alice.id, None, "").await,
            "INVALID_NEW_PASSWORD"
        );
        for new in ["weak", STRONG] {
            let told = set(&api, token, &alice.id, None, new).await;
            assert_eq!(told, "PASSWORD_CHANGES_DISABLED");
        }
    }
    let unknown = set(&api, &api.admin, &format!("user:{UNKNOWN}"), None, STRONG).await;
    assert_eq!(unknown, "PASSWORD_CHANGES_DISABLED");
    assert!(!has_password(&api, &alice).await);
    let site = "{siteConfig{passwordLoginEnabled passwordChangeAllowed}}";
    assert_eq!(
        api.server.graphql(None, site, Value::Null).await["data"]["siteConfig"],
        json!({ "passwordLoginEnabled": false, "passwordChangeAllowed": false })
    );
}

/// Where nobody else is asked for a password, a limit is what keeps it from being guessed.
async fn attempts_are_limited_like_logins(database: TestDatabase) {
    // The default limits.
    let api = Api::start_with(&database, "rate_limiting: {}").await;
    let alice = api.account("alice", &[]);
    assert_eq!(
        set(&api, &api.admin, &alice.id, None, STRONG).await,
        "ALLOWED"
    );
    for _ in 0..3 {
        assert_eq!(
            set(&api, &alice.token, &alice.id, Some("wrong"), OTHER).await,
            "WRONG_PASSWORD"
        );
    }
    assert_eq!(
        set(&api, &alice.token, &alice.id, Some(STRONG), OTHER).await,
        "WRONG_PASSWORD"
    );
}
