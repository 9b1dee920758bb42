//! Users who end their own account (contract/graphql.md 10.3).

use muniment_tests::{TestDatabase, beside::beside, each_backend};
use serde_json::{Value, json};

use crate::{
    Api, STRONG,
    homeserver::FakeHomeserver,
    people::{assert_recorded_by, count},
};

each_backend!(
    an_account_ends_by_the_password_and_its_page_tells,
    a_wrong_password_ends_nothing,
    where_it_is_off_nobody_may,
    only_browsers_may,
    passwords_are_limited_like_those_of_logins,
);

const DEACTIVATE: &str = "deactivateUser";

/// D47
async fn an_account_ends_by_the_password_and_its_page_tells(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    for (name, erase) in [("alice", false), ("bob", true)] {
        let id = api.person(name).await;
        let mut person = api.signed_in(name).await;
        let (token, _) = api.session_of(&id, "urn:mas:graphql:*").await;
        let cookie = person.browser.cookies["session"].clone();
        let input = json!({ "hsErase": erase, "password": STRONG });
        let fields = "status user{id username lockedAt}";
        assert_eq!(
            person.mutate(DEACTIVATE, fields, input).await,
            json!({
                "status": "DEACTIVATED",
                "user": { "id": id, "username": name, "lockedAt": null },
            })
        );
        // The cookie stays, for the page that tells.
        assert_eq!(person.browser.cookies["session"], cookie);
        assert_eq!(person.viewer().await, "Anonymous");
        let told = person.browser.get("/account/").await;
        assert_eq!(told.status, 200, "{told:?}");
        assert!(!api.is_accepted(&token).await);
        let log = beside(&database).await;
        assert_recorded_by(&log, "user.deactivated", &id, &person.session).await;
        let told = homeserver
            .is_told("delete_user", |told| told["localpart"] == name)
            .await;
        assert_eq!(told["erase"], erase);
    }
}

/// M20
async fn a_wrong_password_ends_nothing(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    for password in [Value::Null, json!(""), json!("wrong")] {
        let input = json!({ "hsErase": true, "password": password });
        assert_eq!(
            alice.mutate(DEACTIVATE, "status user{id}", input).await,
            json!({ "status": "INCORRECT_PASSWORD", "user": null })
        );
    }
    assert_eq!(alice.viewer().await, "User");
    let log = beside(&database).await;
    assert_eq!(count(&log, "user.deactivated").await, 0);
}

async fn where_it_is_off_nobody_may(database: TestDatabase) {
    let extra = "account: {account_deactivation_allowed: false}\n";
    let api = Api::with_pages(&database, extra).await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "hsErase": false, "password": STRONG });
    assert_eq!(
        alice.error(DEACTIVATE, input).await,
        "Account deactivation is not allowed on this server"
    );
    assert_eq!(alice.viewer().await, "User");
}

async fn only_browsers_may(database: TestDatabase) {
    let api = Api::start(&database).await;
    let alice = api.account("alice", &[]);
    // D21
    for token in [None, Some(&*alice.token), Some(&*api.admin)] {
        let input = json!({ "hsErase": false });
        let error = api.mutation_error(token, DEACTIVATE, &input).await;
        assert_eq!(error, "Unauthorized");
    }
}

async fn passwords_are_limited_like_those_of_logins(database: TestDatabase) {
    // The default limits; the sign-in counts as well.
    let api = Api::with_pages(&database, "rate_limiting: {}\n").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    for password in ["wrong", "wrong", STRONG] {
        let input = json!({ "hsErase": false, "password": password });
        assert_eq!(alice.status(DEACTIVATE, input).await, "INCORRECT_PASSWORD");
    }
    assert_eq!(alice.viewer().await, "User");
}
