//! Several sessions ended at once, and all others: ours alone.

use muniment_tests::{TestDatabase, beside::beside, each_backend};
use serde_json::{Value, json};

use crate::{
    Api, UNKNOWN,
    homeserver::FakeHomeserver,
    people::{assert_recorded_by, assert_recorded_by_admin, count, recorded},
};

each_backend!(
    sessions_of_every_kind_end_at_once,
    those_of_others_are_not_found_and_stay,
    what_is_no_session_or_too_many_ends_nothing,
    all_others_end_and_the_own_goes_on,
    personal_tokens_are_revoked_when_they_are_meant,
    whoever_has_no_account_has_no_others,
);

const GRAPHQL: &str = "urn:mas:graphql:*";
const END: &str = "endSessions";
const END_OTHERS: &str = "endOtherSessions";

impl Api {
    /// A personal token of a user's own, and the global id of its session.
    async fn personal_token_of(&self, person: &mut crate::people::Person<'_>) -> (String, String) {
        let input = json!({ "humanName": "bot", "scope": "openid", "password": crate::STRONG });
        let fields = "status accessToken personalSession{id}";
        let made = person.mutate("createPersonalSession", fields, input).await;
        assert_eq!(made["status"], "CREATED");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&made["accessToken"]),
            text(&made["personalSession"]["id"]),
        )
    }

    async fn is_active(&self, token: &str) -> bool {
        let path = "/oauth2/introspect";
        let request = self.server.post(path).form(&[("token", token)]);
        let request = request.basic_auth(
            muniment_tests::server::CLIENT_ID,
            Some(muniment_tests::server::CLIENT_SECRET),
        );
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["active"] == true
    }
}

async fn sessions_of_every_kind_end_at_once(database: TestDatabase) {
    let homeserver = FakeHomeserver::start().await;
    let api = Api::with_homeserver(&database, &homeserver).await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let mut elsewhere = api.signed_in("alice").await;
    let (token, oauth2) = api.session_of(&id, GRAPHQL).await;
    let compat = api.compat_session_of("alice", "ABCDEFGHIJ").await;
    let (_, personal) = api.personal_token_of(&mut alice).await;
    let log = beside(&database).await;
    let ids = json!([
        oauth2,
        compat,
        elsewhere.session,
        personal,
        oauth2,
        alice.session
    ]);
    let ended = alice
        .mutate(END, "ended notFound", json!({ "ids": ids }))
        .await;
    let mut wanted = [
        oauth2.as_str(),
        &compat,
        &elsewhere.session,
        &personal,
        &alice.session,
    ];
    wanted.sort_unstable();
    let mut answered: Vec<&str> = ended["ended"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    answered.sort_unstable();
    assert_eq!(answered, wanted);
    assert_eq!(ended["notFound"], json!([]));
    for kind in ["oauth2_session.finished", "compat_session.finished"] {
        assert_recorded_by(&log, kind, &id, &alice.session).await;
    }
    assert_recorded_by(&log, "personal_session.revoked", &id, &alice.session).await;
    assert_eq!(count(&log, "browser_session.finished").await, 2);
    assert!(!api.is_accepted(&token).await);
    assert_eq!(elsewhere.viewer().await, "Anonymous");
    // The own one is among them, and its cookie knows.
    assert_eq!(alice.viewer().await, "Anonymous");
    assert_eq!(alice.browser.get("/login").await.status, 200);
    homeserver
        .is_told("sync_devices", |told| told["devices"] == json!([]))
        .await;
    // Once more changes nothing.
    let again = api
        .mutate(&api.admin, END, "ended notFound", &json!({ "ids": ids }))
        .await;
    assert_eq!(again["ended"].as_array().unwrap().len(), 5);
    assert_eq!(count(&log, "browser_session.finished").await, 2);
    assert_eq!(count(&log, "personal_session.revoked").await, 1);
}

async fn those_of_others_are_not_found_and_stay(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let alice = api.person("alice").await;
    let bob = api.person("bob").await;
    let mut browser = api.signed_in("alice").await;
    let (token, oauth2) = api.session_of(&alice, GRAPHQL).await;
    let (bobs, own) = api.session_of(&bob, GRAPHQL).await;
    let unknown = format!("compat_session:{UNKNOWN}");
    let input = json!({ "ids": [browser.session, oauth2, unknown, own] });
    let ended = api.mutate(&bobs, END, "ended notFound", &input).await;
    assert_eq!(ended["ended"], json!([own]));
    assert_eq!(ended["notFound"].as_array().unwrap().len(), 3);
    assert_eq!(browser.viewer().await, "User");
    assert!(api.is_accepted(&token).await);
    assert!(!api.is_accepted(&bobs).await);
    // Nobody has none.
    let query = "mutation($i: EndSessionsInput!){endSessions(input: $i){ended notFound}}";
    let input = json!({ "i": { "ids": [oauth2] } });
    let answer = api.server.graphql(None, query, input).await;
    assert_eq!(
        answer["data"]["endSessions"],
        json!({ "ended": [], "notFound": [oauth2] })
    );
    // An administrator ends those of anybody.
    let input = json!({ "ids": [oauth2] });
    let ended = api.mutate(&api.admin, END, "ended", &input).await;
    assert_eq!(ended["ended"], json!([oauth2]));
    let log = beside(&database).await;
    assert_recorded_by_admin(&log, "oauth2_session.finished").await;
}

async fn what_is_no_session_or_too_many_ends_nothing(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let alice = api.person("alice").await;
    let (token, own) = api.session_of(&alice, GRAPHQL).await;
    for junk in [&*alice, "junk", "oauth2_session:junk"] {
        let input = json!({ "ids": [own, junk] });
        let error = api.mutation_error(Some(&token), END, &input).await;
        assert_eq!(error, "invalid id");
    }
    let input = json!({ "ids": vec![&own; 101] });
    assert_eq!(
        api.mutation_error(Some(&token), END, &input).await,
        "At most 100 sessions can be ended at once"
    );
    let none = api
        .mutate(&token, END, "ended notFound", &json!({ "ids": [] }))
        .await;
    assert_eq!(none, json!({ "ended": [], "notFound": [] }));
    assert!(api.is_accepted(&token).await);
}

async fn all_others_end_and_the_own_goes_on(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let bob = api.person("bob").await;
    let (bobs, _) = api.session_of(&bob, GRAPHQL).await;
    let mut alice = api.signed_in("alice").await;
    let mut elsewhere = api.signed_in("alice").await;
    let (token, _) = api.session_of(&id, GRAPHQL).await;
    api.compat_session_of("alice", "ABCDEFGHIJ").await;
    let (personal, _) = api.personal_token_of(&mut alice).await;
    let ended = alice.mutate(END_OTHERS, "count", json!({})).await;
    assert_eq!(ended, json!({ "count": 3 }));
    let log = beside(&database).await;
    for kind in ["browser_session", "oauth2_session", "compat_session"] {
        let event = format!("{kind}.finished");
        assert_recorded_by(&log, &event, &id, &alice.session).await;
        assert_eq!(count(&log, &event).await, 1, "{kind}");
    }
    assert_eq!(alice.viewer().await, "User");
    assert_eq!(elsewhere.viewer().await, "Anonymous");
    assert!(!api.is_accepted(&token).await);
    assert!(api.is_accepted(&bobs).await);
    assert!(api.is_active(&personal).await);
    let again = alice.mutate(END_OTHERS, "count", json!({})).await;
    assert_eq!(again, json!({ "count": 0 }));

    // A client's session is one to stay, too.
    let (token, own) = api.session_of(&id, GRAPHQL).await;
    let ended = api.mutate(&token, END_OTHERS, "count", &json!({})).await;
    assert_eq!(ended, json!({ "count": 1 }));
    assert_eq!(alice.viewer().await, "Anonymous");
    assert!(api.is_accepted(&token).await);
    let (actor, _, session) = recorded(&log, "browser_session.finished").await;
    assert_eq!((actor, session), (id, Some(own)));
}

async fn personal_tokens_are_revoked_when_they_are_meant(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let (token, _) = api.personal_token_of(&mut alice).await;
    assert!(api.is_active(&token).await);
    let input = json!({ "personalSessions": true });
    let ended = alice.mutate(END_OTHERS, "count", input).await;
    assert_eq!(ended, json!({ "count": 1 }));
    assert!(!api.is_active(&token).await);
    assert_eq!(alice.viewer().await, "User");
}

async fn whoever_has_no_account_has_no_others(database: TestDatabase) {
    let api = Api::start(&database).await;
    for token in [None, Some(&*api.admin)] {
        let error = api.mutation_error(token, END_OTHERS, &json!({})).await;
        assert_eq!(error, "Unauthorized");
    }
}
