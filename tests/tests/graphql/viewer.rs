//! Who is asking, and what they see of themselves and of others (contract/graphql.md 2, 9).

use muniment_tests::{TestDatabase, each_backend, server::CLIENT_ID};
use serde_json::{Value, json};

use crate::{Account, Api, UNKNOWN};

each_backend!(
    a_user_sees_their_own_account_and_no_other,
    an_administrator_sees_every_account,
    a_client_that_acts_for_itself_is_anonymous_in_a_session,
    the_configuration_is_public,
);

const BY_ID: &str = "query($id: ID){user(id:$id){id username}}";
const BY_NAME: &str = "query($name: String!){userByUsername(username:$name){id}}";

async fn a_user_sees_their_own_account_and_no_other(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let token = &alice.token;
    // M3
    let query = "{viewer{__typename ... on User{id username canRequestAdmin hasPassword lockedAt \
        matrix{mxid displayName avatarUrl deactivated}}} \
        viewerSession{__typename ... on Oauth2Session{scope state finishedAt user{id} \
        client{id clientId}}} currentUser{id}}";
    assert_eq!(
        api.data(token, query, Value::Null).await,
        json!({
            "viewer": {
                "__typename": "User",
                "id": alice.id,
                "username": "alice",
                "canRequestAdmin": false,
                "hasPassword": false,
                "lockedAt": null,
                "matrix": {
                    "mxid": "@alice:example.com",
                    "displayName": "alice",
                    "avatarUrl": null,
                    "deactivated": false,
                },
            },
            "viewerSession": {
                "__typename": "Oauth2Session",
                "scope": "urn:mas:graphql:*",
                "state": "ACTIVE",
                "finishedAt": null,
                "user": { "id": alice.id },
                "client": { "id": format!("oauth2_client:{CLIENT_ID}"), "clientId": CLIENT_ID },
            },
            "currentUser": { "id": alice.id },
        })
    );
    let own = json!({ "user": { "id": alice.id, "username": "alice" } });
    assert_eq!(api.data(token, BY_ID, json!({ "id": alice.id })).await, own);
    let lower = format!("user:{}", alice.ulid.to_lowercase());
    assert_eq!(api.data(token, BY_ID, json!({ "id": lower })).await, own);
    // M5: a variable that could be null is taken where none may be.
    for id in [&bob.id, &format!("user:{UNKNOWN}")] {
        let hidden = api.data(token, BY_ID, json!({ "id": id })).await;
        assert_eq!(hidden, json!({ "user": null }));
    }
    for (name, found) in [
        ("alice", json!({ "id": alice.id })),
        ("ALICE", json!({ "id": alice.id })),
        ("bob", Value::Null),
        ("", Value::Null),
    ] {
        let seen = api.data(token, BY_NAME, json!({ "name": name })).await;
        assert_eq!(seen, json!({ "userByUsername": found }), "{name}");
    }
    // Nor does the flag help: only the scope does.
    let input = json!({ "userId": alice.id, "canRequestAdmin": true });
    api.mutate(&api.admin, "setCanRequestAdmin", "user{id}", &input)
        .await;
    let hidden = api.data(token, BY_ID, json!({ "id": bob.id })).await;
    assert_eq!(hidden, json!({ "user": null }));
}

async fn an_administrator_sees_every_account(database: TestDatabase) {
    let api = Api::start(&database).await;
    let Account { token, .. } = api.account("alice", &["--admin"]);
    let bob = api.account("bob", &[]);
    // M6
    for token in [&token, &api.admin] {
        let seen = api.data(token, BY_ID, json!({ "id": bob.id })).await;
        assert_eq!(seen, json!({ "user": { "id": bob.id, "username": "bob" } }));
        let seen = api.data(token, BY_NAME, json!({ "name": "BOB" })).await;
        assert_eq!(seen, json!({ "userByUsername": { "id": bob.id } }));
        let unknown = json!({ "id": format!("user:{UNKNOWN}") });
        assert_eq!(
            api.data(token, BY_ID, unknown).await,
            json!({ "user": null })
        );
    }
    // Also one that is locked and gone.
    let input = json!({ "userId": bob.id, "deactivate": true });
    api.mutate(&api.admin, "lockUser", "status", &input).await;
    let seen = api.data(&token, BY_ID, json!({ "id": bob.id })).await;
    assert_eq!(seen["user"]["username"], "bob");
}

async fn a_client_that_acts_for_itself_is_anonymous_in_a_session(database: TestDatabase) {
    let api = Api::start(&database).await;
    let token = api.server.token("urn:mas:graphql:*").await;
    // M7
    let query = "{viewer{__typename} currentUser{id} \
        viewerSession{__typename ... on Oauth2Session{id user{id}}}}";
    let seen = api.data(&token, query, Value::Null).await;
    let session = seen["viewerSession"]["id"].as_str().unwrap();
    assert_eq!(
        seen,
        json!({
            "viewer": { "__typename": "Anonymous" },
            "viewerSession": { "__typename": "Oauth2Session", "id": session, "user": null },
            "currentUser": null,
        })
    );
    // It belongs to nobody, so only an administrator may look at it.
    let by_id = "query($id: ID!){oauth2Session(id:$id){id}}";
    let hidden = api.data(&token, by_id, json!({ "id": session })).await;
    assert_eq!(hidden, json!({ "oauth2Session": null }));
    let seen = api.data(&api.admin, by_id, json!({ "id": session })).await;
    assert_eq!(seen, json!({ "oauth2Session": { "id": session } }));
    // M8
    let input = json!({ "username": "alice" });
    assert_eq!(
        api.mutation_error(Some(&token), "addUser", &input).await,
        "Unauthorized"
    );
}

async fn the_configuration_is_public(database: TestDatabase) {
    let api = Api::start_with(
        &database,
        "passwords:\n  minimum_complexity: 2\n\
         account:\n  email_change_allowed: false\n  displayname_change_allowed: false\n\
         branding:\n  policy_uri: https://example.com\n  imprint: By us\n",
    )
    .await;
    let query = "{siteConfig{id serverName policyUri tosUri imprint emailChangeAllowed \
        displayNameChangeAllowed passwordLoginEnabled passwordChangeAllowed \
        passwordRegistrationEnabled accountDeactivationAllowed loginWithEmailAllowed \
        minimumPasswordComplexity planManagementIframeUri captchaConfig{id} sessionLimit{softLimit}}}";
    let told = api.server.graphql(None, query, Value::Null).await;
    assert_eq!(
        told,
        json!({ "data": { "siteConfig": {
            "id": "site_config",
            "serverName": "example.com",
            "policyUri": "https://example.com/",
            "tosUri": null,
            "imprint": "By us",
            "emailChangeAllowed": false,
            "displayNameChangeAllowed": false,
            "passwordLoginEnabled": true,
            "passwordChangeAllowed": true,
            "passwordRegistrationEnabled": false,
            "accountDeactivationAllowed": true,
            "loginWithEmailAllowed": false,
            "minimumPasswordComplexity": 2,
            "planManagementIframeUri": null,
            "captchaConfig": null,
            "sessionLimit": null,
        } } })
    );
}
