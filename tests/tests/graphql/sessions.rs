//! Sessions ended and named one by one (contract/graphql.md 10.4).

use muniment_tests::{TestDatabase, beside::beside, each_backend};
use serde_json::{Value, json};

use crate::{
    Api, UNKNOWN,
    homeserver::FakeHomeserver,
    mutation_of,
    people::{assert_recorded_by, assert_recorded_by_admin, count, recorded},
};

each_backend!(
    signing_out_rewrites_the_cookie,
    a_browser_session_ends_again,
    a_clients_session_ends_once_and_its_token_with_it,
    a_compat_session_ends_once,
    sessions_of_others_do_not_exist,
    an_administrator_ends_and_names_those_of_anybody,
    the_homeserver_names_the_device_or_nothing_is_named,
    a_client_of_its_own_is_not_named,
);

const END_BROWSER: &str = "endBrowserSession";
const END_OAUTH2: &str = "endOauth2Session";
const END_COMPAT: &str = "endCompatSession";
const NAME_OAUTH2: &str = "setOauth2SessionName";
const NAME_COMPAT: &str = "setCompatSessionName";
const GRAPHQL: &str = "urn:mas:graphql:*";

/// D40
async fn signing_out_rewrites_the_cookie(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let mut elsewhere = api.signed_in("alice").await;
    let before = alice.browser.cookies.clone();
    let fields = "status browserSession{id state finishedAt}";
    // Another one of the user's: the cookie stays.
    let other = json!({ "browserSessionId": elsewhere.session });
    let ended = alice.mutate(END_BROWSER, fields, other).await;
    assert_eq!(ended["status"], "ENDED");
    assert_eq!(elsewhere.viewer().await, "Anonymous");
    assert_eq!(alice.viewer().await, "User");
    let log = beside(&database).await;
    assert_recorded_by(&log, "browser_session.finished", &id, &alice.session).await;

    let own = json!({ "browserSessionId": alice.session });
    let ended = alice.mutate(END_BROWSER, fields, own).await;
    assert_eq!(
        ended,
        json!({
            "status": "ENDED",
            "browserSession": {
                "id": alice.session,
                "state": "FINISHED",
                "finishedAt": ended["browserSession"]["finishedAt"],
            },
        })
    );
    assert!(ended["browserSession"]["finishedAt"].is_string());
    assert_ne!(alice.browser.cookies.get("session"), before.get("session"));
    assert_eq!(alice.viewer().await, "Anonymous");
    // The old cookie is worth as little.
    alice.browser.cookies = before;
    assert_eq!(alice.viewer().await, "Anonymous");
}

/// D41
async fn a_browser_session_ends_again(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let alice = api.signed_in("alice").await;
    let mut elsewhere = api.signed_in("alice").await;
    let mut at = Vec::new();
    for _ in 0..2 {
        let input = json!({ "browserSessionId": alice.session });
        let fields = "status browserSession{state finishedAt}";
        let ended = elsewhere.mutate(END_BROWSER, fields, input).await;
        assert_eq!(ended["status"], "ENDED");
        assert_eq!(ended["browserSession"]["state"], "FINISHED");
        at.push(ended["browserSession"]["finishedAt"].clone());
    }
    assert_ne!(at[0], at[1]);
    let log = beside(&database).await;
    assert_eq!(count(&log, "browser_session.finished").await, 2);
}

/// D42 and D43
async fn a_clients_session_ends_once_and_its_token_with_it(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let device = "urn:matrix:client:device:ABCDEFGHIJ";
    let scope = format!("{GRAPHQL} urn:matrix:client:api:* {device}");
    let (token, session) = api.session_of(&id, &scope).await;
    let (_, kept) = api.session_of(&id, GRAPHQL).await;
    homeserver.is_told("upsert_device", |_| true).await;
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "oauth2SessionId": session });
    let (query, variables) = mutation_of(
        END_OAUTH2,
        "status oauth2Session{id state finishedAt}",
        &input,
    );
    assert!(homeserver.told("sync_devices").is_empty());
    let ended = alice.data(&query, variables.clone()).await[END_OAUTH2].clone();
    assert_eq!(ended["status"], "ENDED");
    assert_eq!(ended["oauth2Session"]["id"], *session);
    assert_eq!(ended["oauth2Session"]["state"], "FINISHED");
    assert!(ended["oauth2Session"]["finishedAt"].is_string());
    assert!(!api.is_accepted(&token).await);
    let log = beside(&database).await;
    assert_recorded_by(&log, "oauth2_session.finished", &id, &alice.session).await;
    homeserver
        .is_told("sync_devices", |told| told["devices"] == json!([]))
        .await;
    let again = alice.browser.graphql(&query, variables).await;
    assert_eq!(again["data"], Value::Null);
    assert_eq!(again["errors"][0]["message"], "Invalid database operation");
    assert_eq!(count(&log, "oauth2_session.finished").await, 1);

    // A session may end itself.
    let (token, session) = api.session_of(&id, GRAPHQL).await;
    let input = json!({ "oauth2SessionId": session });
    let ended = api.mutate(&token, END_OAUTH2, "status", &input).await;
    assert_eq!(ended["status"], "ENDED");
    assert!(!api.is_accepted(&token).await);
    assert_ne!(kept, session);
}

async fn a_compat_session_ends_once(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let session = api.compat_session_of("alice", "ABCDEFGHIJ").await;
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "compatSessionId": session });
    let fields = "status compatSession{id state deviceId user{id} finishedAt}";
    let ended = alice.mutate(END_COMPAT, fields, input.clone()).await;
    assert_eq!(
        ended,
        json!({
            "status": "ENDED",
            "compatSession": {
                "id": session,
                "state": "FINISHED",
                "deviceId": "ABCDEFGHIJ",
                "user": { "id": id },
                "finishedAt": ended["compatSession"]["finishedAt"],
            },
        })
    );
    let log = beside(&database).await;
    assert_recorded_by(&log, "compat_session.finished", &id, &alice.session).await;
    let error = alice.error(END_COMPAT, input).await;
    assert_eq!(error, "Invalid database operation");
    assert_eq!(count(&log, "compat_session.finished").await, 1);
}

async fn sessions_of_others_do_not_exist(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let alice = api.person("alice").await;
    let bob = api.person("bob").await;
    let browser = api.signed_in("alice").await.session;
    let compat = api.compat_session_of("alice", "ABCDEFGHIJ").await;
    let (_, oauth2) = api.session_of(&alice, GRAPHQL).await;
    let (token, _) = api.session_of(&bob, GRAPHQL).await;
    let unknown = |kind: &str| format!("{kind}:{UNKNOWN}");
    for (browser, oauth2, compat) in [
        (browser, oauth2, compat),
        (
            unknown("browser_session"),
            unknown("oauth2_session"),
            unknown("compat_session"),
        ),
    ] {
        let not_found = |field: &str| json!({ "status": "NOT_FOUND", field: null });
        let input = json!({ "browserSessionId": browser });
        let fields = "status browserSession{id}";
        assert_eq!(
            api.mutate(&token, END_BROWSER, fields, &input).await,
            not_found("browserSession")
        );
        let mut input = json!({ "oauth2SessionId": oauth2 });
        let fields = "status oauth2Session{id}";
        assert_eq!(
            api.mutate(&token, END_OAUTH2, fields, &input).await,
            not_found("oauth2Session")
        );
        input["humanName"] = json!("mine");
        assert_eq!(
            api.mutate(&token, NAME_OAUTH2, fields, &input).await,
            not_found("oauth2Session")
        );
        let mut input = json!({ "compatSessionId": compat });
        assert_eq!(
            api.mutate(&token, END_COMPAT, "status compatSession{id}", &input)
                .await,
            not_found("compatSession")
        );
        input["humanName"] = json!("mine");
        assert_eq!(
            api.mutate(&token, NAME_COMPAT, fields, &input).await,
            not_found("oauth2Session")
        );
    }
    // An id of another kind is none.
    let input = json!({ "oauth2SessionId": unknown("compat_session") });
    assert_eq!(
        api.mutation_error(Some(&token), END_OAUTH2, &input).await,
        "invalid id"
    );
    let log = beside(&database).await;
    for kind in ["browser_session", "oauth2_session", "compat_session"] {
        assert_eq!(count(&log, &format!("{kind}.finished")).await, 0);
    }
}

async fn an_administrator_ends_and_names_those_of_anybody(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let alice = api.person("alice").await;
    let browser = api.signed_in("alice").await.session;
    let compat = api.compat_session_of("alice", "ABCDEFGHIJ").await;
    let (token, oauth2) = api.session_of(&alice, GRAPHQL).await;
    let log = beside(&database).await;
    let fields = "status oauth2Session{humanName}";
    // No trimming, no limit of length, and after the end as well.
    for name in ["", " kitchen ", &"x".repeat(10_000)] {
        let input = json!({ "oauth2SessionId": oauth2, "humanName": name });
        let named = api.mutate(&api.admin, NAME_OAUTH2, fields, &input).await;
        let wanted = json!({ "status": "UPDATED", "oauth2Session": { "humanName": name } });
        assert_eq!(named, wanted);
        let input = json!({ "compatSessionId": compat, "humanName": name });
        let named = api.mutate(&api.admin, NAME_COMPAT, fields, &input).await;
        assert_eq!(named, wanted);
    }
    assert_recorded_by_admin(&log, "oauth2_session.named").await;
    assert_recorded_by_admin(&log, "compat_session.named").await;
    let input = json!({ "oauth2SessionId": oauth2, "humanName": "a\u{0}b" });
    assert_eq!(
        api.mutation_error(Some(&api.admin), NAME_OAUTH2, &input)
            .await,
        "`humanName` must not contain the character NUL"
    );

    let input = json!({ "browserSessionId": browser });
    api.mutate(&api.admin, END_BROWSER, "status", &input).await;
    let input = json!({ "compatSessionId": compat });
    api.mutate(&api.admin, END_COMPAT, "status", &input).await;
    let input = json!({ "oauth2SessionId": oauth2 });
    api.mutate(&api.admin, END_OAUTH2, "status", &input).await;
    for kind in ["browser_session", "oauth2_session", "compat_session"] {
        assert_recorded_by_admin(&log, &format!("{kind}.finished")).await;
    }
    assert!(!api.is_accepted(&token).await);
    let input = json!({ "oauth2SessionId": oauth2, "humanName": "late" });
    let named = api.mutate(&api.admin, NAME_OAUTH2, "status", &input).await;
    assert_eq!(named["status"], "UPDATED");
}

/// D44
async fn the_homeserver_names_the_device_or_nothing_is_named(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let scope = format!("{GRAPHQL} urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ");
    let (token, oauth2) = api.session_of(&id, &scope).await;
    let compat = api.compat_session_of("alice", "KLMNOPQRST").await;
    let input = json!({ "oauth2SessionId": oauth2, "humanName": "My laptop" });
    let named = api.mutate(&token, NAME_OAUTH2, "status", &input).await;
    assert_eq!(named["status"], "UPDATED");
    let log = beside(&database).await;
    let (actor, _, session) = recorded(&log, "oauth2_session.named").await;
    assert_eq!((actor, session), (id.clone(), Some(oauth2.clone())));
    let input = json!({ "compatSessionId": compat, "humanName": "My phone" });
    let named = api
        .mutate(
            &token,
            NAME_COMPAT,
            "status oauth2Session{id humanName}",
            &input,
        )
        .await;
    assert_eq!(
        named,
        json!({
            "status": "UPDATED",
            "oauth2Session": { "id": compat, "humanName": "My phone" },
        })
    );
    let told = |device: &str, name: &str| json!({ "localpart": "alice", "device_id": device, "display_name": name });
    assert_eq!(
        homeserver.told("update_device_display_name"),
        [
            told("ABCDEFGHIJ", "My laptop"),
            told("KLMNOPQRST", "My phone")
        ]
    );

    homeserver.refuse("update_device_display_name");
    let input = json!({ "oauth2SessionId": oauth2, "humanName": "Another" });
    let error = api.mutation_error(Some(&token), NAME_OAUTH2, &input).await;
    assert_eq!(error, "Failed to provision device");
    let input = json!({ "compatSessionId": compat, "humanName": "Another" });
    let error = api.mutation_error(Some(&token), NAME_COMPAT, &input).await;
    assert_eq!(error, "Failed to provision device");
    assert_eq!(count(&log, "oauth2_session.named").await, 1);
    assert_eq!(count(&log, "compat_session.named").await, 1);
    // Nor does a session start whose device is refused.
    homeserver.refuse("upsert_device");
    let input = json!({ "userId": id, "scope": scope });
    assert_eq!(
        api.mutation_error(Some(&api.admin), "createOauth2Session", &input)
            .await,
        "Failed to provision device"
    );
}

async fn a_client_of_its_own_is_not_named(database: TestDatabase) {
    let api = Api::start(&database).await;
    let own = "{viewerSession{... on Oauth2Session{id}}}";
    let own = api.data(&api.admin, own, Value::Null).await["viewerSession"]["id"].clone();
    let input = json!({ "oauth2SessionId": own, "humanName": "the tool" });
    assert_eq!(
        api.mutation_error(Some(&api.admin), NAME_OAUTH2, &input)
            .await,
        "Session has no user"
    );
}
