//! What the homeserver keeps of a user, or does for one (contract/graphql.md 10.2, 10.3).

use muniment_tests::{TestDatabase, beside::beside, each_backend};
use serde_json::{Value, json};

use crate::{
    Api, UNKNOWN,
    homeserver::FakeHomeserver,
    people::{assert_recorded_by_admin, count, recorded},
};

each_backend!(
    a_display_name_is_set_and_taken_away,
    where_display_names_do_not_change_only_administrators_change_them,
    cross_signing_may_be_reset_where_the_homeserver_agrees,
    those_of_others_are_not_touched,
    nobody_is_unlocked_without_the_homeserver,
    locking_with_deactivation_erases_on_the_homeserver,
);

const SET: &str = "setDisplayName";
const ALLOW: &str = "allowUserCrossSigningReset";
const GRAPHQL: &str = "urn:mas:graphql:*";

/// D45
async fn a_display_name_is_set_and_taken_away(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let (token, session) = api.session_of(&id, GRAPHQL).await;
    let set = async |name: Value| {
        let input = json!({ "userId": id, "displayName": name });
        api.mutate(&token, SET, "status user{id}", &input).await
    };
    let done = json!({ "status": "SET", "user": { "id": id } });
    let invalid = json!({ "status": "INVALID", "user": null });
    // Bytes are counted, not characters.
    let longest = "é".repeat(128);
    assert_eq!(set(json!(longest)).await, done);
    assert_eq!(set(json!(format!("{longest}x"))).await, invalid);
    assert_eq!(set(json!("")).await, invalid);
    assert_eq!(set(json!(" ")).await, done);
    assert_eq!(set(Value::Null).await, done);
    let input = json!({ "userId": id });
    let unset = api.mutate(&token, SET, "status", &input).await;
    assert_eq!(unset["status"], "SET");
    let told = |name: &str| json!({ "localpart": "alice", "displayname": name });
    let told_of = homeserver.told("set_displayname");
    assert_eq!(told_of, [told(&longest), told(" ")]);
    assert_eq!(
        homeserver.told("unset_displayname"),
        [
            json!({ "localpart": "alice" }),
            json!({ "localpart": "alice" })
        ]
    );
    let log = beside(&database).await;
    assert_eq!(count(&log, "user.display_name_set").await, 4);
    let (actor, _, by) = recorded(&log, "user.display_name_set").await;
    assert_eq!((actor, by), (id.clone(), Some(session)));

    homeserver.refuse("set_displayname");
    homeserver.refuse("unset_displayname");
    for (name, message) in [
        (json!("Alice"), "Failed to set display name"),
        (Value::Null, "Failed to unset display name"),
    ] {
        let input = json!({ "userId": id, "displayName": name });
        assert_eq!(api.mutation_error(Some(&token), SET, &input).await, message);
    }
    assert_eq!(count(&log, "user.display_name_set").await, 4);
}

async fn where_display_names_do_not_change_only_administrators_change_them(database: TestDatabase) {
    let api = Api::start_with(&database, "account: {displayname_change_allowed: false}\n").await;
    let alice = api.account("alice", &[]);
    let input = json!({ "userId": alice.id, "displayName": "Alice" });
    assert_eq!(
        api.mutation_error(Some(&alice.token), SET, &input).await,
        "Unauthorized"
    );
    let set = api.mutate(&api.admin, SET, "status", &input).await;
    assert_eq!(set["status"], "SET");
    let log = beside(&database).await;
    assert_recorded_by_admin(&log, "user.display_name_set").await;
}

async fn cross_signing_may_be_reset_where_the_homeserver_agrees(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let (token, session) = api.session_of(&id, GRAPHQL).await;
    let input = json!({ "userId": id });
    let allowed = api.mutate(&token, ALLOW, "user{id}", &input).await;
    assert_eq!(allowed, json!({ "user": { "id": id } }));
    assert_eq!(
        homeserver.told("allow_cross_signing_reset"),
        [json!({ "localpart": "alice" })]
    );
    let log = beside(&database).await;
    let event = "user.cross_signing_reset_allowed";
    let (actor, _, by) = recorded(&log, event).await;
    assert_eq!((actor, by), (id.clone(), Some(session)));
    homeserver.refuse("allow_cross_signing_reset");
    assert_eq!(
        api.mutation_error(Some(&token), ALLOW, &input).await,
        "Failed to allow cross-signing reset"
    );
    assert_eq!(count(&log, event).await, 1);
    let unknown = json!({ "userId": format!("user:{UNKNOWN}") });
    let nobody = api.mutate(&api.admin, ALLOW, "user{id}", &unknown).await;
    assert_eq!(nobody, json!({ "user": null }));
}

async fn those_of_others_are_not_touched(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    for user in [&alice.id, &format!("user:{UNKNOWN}")] {
        let input = json!({ "userId": user });
        for token in [None, Some(&*bob.token)] {
            for mutation in [SET, ALLOW] {
                let error = api.mutation_error(token, mutation, &input).await;
                assert_eq!(error, "Unauthorized", "{mutation}");
            }
        }
    }
    for mutation in [SET, ALLOW] {
        let junk = json!({ "userId": format!("user_email:{UNKNOWN}") });
        let error = api.mutation_error(None, mutation, &junk).await;
        assert_eq!(error, "invalid id", "{mutation}");
    }
    let unknown = json!({ "userId": format!("user:{UNKNOWN}"), "displayName": "" });
    assert_eq!(
        api.mutation_error(Some(&api.admin), SET, &unknown).await,
        "Failed to lookup user"
    );
}

async fn nobody_is_unlocked_without_the_homeserver(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let input = json!({ "userId": id });
    let locked = api.mutate(&api.admin, "lockUser", "status", &input).await;
    assert_eq!(locked["status"], "LOCKED");
    homeserver.refuse("reactivate_user");
    let error = api
        .mutation_error(Some(&api.admin), "unlockUser", &input)
        .await;
    assert!(error.starts_with("Internal error "), "{error}");
    let log = beside(&database).await;
    assert_eq!(count(&log, "user.unlocked").await, 0);
    homeserver.accept("reactivate_user");
    let fields = "status user{lockedAt}";
    let unlocked = api.mutate(&api.admin, "unlockUser", fields, &input).await;
    assert_eq!(
        unlocked,
        json!({ "status": "UNLOCKED", "user": { "lockedAt": null } })
    );
    assert_eq!(
        homeserver.told("reactivate_user"),
        [json!({ "localpart": "alice" })]
    );
    assert_recorded_by_admin(&log, "user.unlocked").await;
    homeserver
        .is_told("provision_user", |told| {
            // What came later, with all that is known.
            told["locked"] == false && told["unset_emails"] == true
        })
        .await;
}

/// D46
async fn locking_with_deactivation_erases_on_the_homeserver(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let (token, _) = api.session_of(&id, GRAPHQL).await;
    let input = json!({ "userId": id, "email": "alice@example.com" });
    api.mutate(&api.admin, "addEmail", "status", &input).await;
    let input = json!({ "userId": id, "deactivate": true });
    let fields = "status user{lockedAt emails(first: 1){totalCount}}";
    let locked = api.mutate(&api.admin, "lockUser", fields, &input).await;
    assert_eq!(locked["status"], "LOCKED");
    assert!(locked["user"]["lockedAt"].is_string());
    assert_eq!(locked["user"]["emails"]["totalCount"], 0);
    assert_eq!(alice.viewer().await, "Anonymous");
    assert!(!api.is_accepted(&token).await);
    let told = homeserver.is_told("delete_user", |_| true).await;
    assert_eq!(told, json!({ "localpart": "alice", "erase": true }));
}
