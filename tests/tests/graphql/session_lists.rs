//! Sessions of every kind, as lists and alone (contract/graphql.md 5, 8.1, 8.2 and 9).

use muniment_domain::{CompatSession, CompatSessionCommand, SessionEnd, UserId};
use muniment_store::{
    activity::{self, SessionKind, Use},
    compat_sso::{fulfil_sso_login, put_sso_login},
};
use muniment_tests::{TestDatabase, beside::now, each_backend};
use serde_json::{Value, json};

use crate::{
    UNKNOWN,
    scene::{AGENT, PROVIDER, SWITCHED_OFF, Scene},
};

each_backend!(
    sessions_of_applications_are_one_list,
    sessions_of_applications_are_narrowed,
    a_browser_session_has_those_that_were_allowed_in_it,
    a_session_of_the_legacy_login_is_shown_with_all_that_is_known_of_it,
    a_session_of_a_client_is_shown_with_all_that_is_known_of_it,
    sign_ins_of_the_legacy_login_are_listed_before_and_after_their_session,
    the_newest_session_of_a_device_is_found,
    lists_of_each_kind_are_narrowed,
    accounts_elsewhere_are_listed_while_the_service_is_switched_on,
);

fn bob_has(scene: &Scene, list: &str) -> String {
    format!("{{user(id:\"user:{}\"){{list:{list}}}}}", scene.bob)
}

impl Scene {
    /// What an administrator is answered of a list of Bob's.
    async fn list(&self, list: &str) -> Value {
        let query = bob_has(self, list);
        self.api.data(&self.api.admin, &query, Value::Null).await["user"]["list"].clone()
    }

    /// The ids in a list of Bob's, and how many there are in all.
    async fn ids(&self, list: &str) -> Vec<String> {
        let found = self
            .list(&format!("{list}{{totalCount nodes{{...on Node{{id}}}}}}"))
            .await;
        let ids: Vec<String> = found["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found["totalCount"], ids.len(), "{list}");
        ids
    }

    /// The only error of a list of Bob's.
    async fn list_error(&self, list: &str) -> String {
        let query = bob_has(self, &format!("{list}{{totalCount}}"));
        let admin = Some(self.api.admin.as_str());
        let answer = self.api.server.graphql(admin, &query, Value::Null).await;
        assert_eq!(answer["data"], json!({ "user": null }), "{answer}");
        answer["errors"][0]["message"].as_str().unwrap().to_owned()
    }

    async fn finish_compat(&self, id: muniment_domain::CompatSessionId) {
        let finish = CompatSessionCommand::FinishCompatSession {
            reason: SessionEnd::SignedOut,
        };
        self.log
            .journal
            .execute::<CompatSession>(id.as_uuid(), finish, self.log.execution())
            .await
            .unwrap();
    }

    async fn use_session(&self, kind: SessionKind, id: uuid::Uuid, user: UserId, at: i64) {
        let seen = Use {
            kind,
            session_id: id,
            user_id: Some(user),
            at,
            ip: Some("203.0.113.7".parse().unwrap()),
        };
        activity::record(&self.log.database, &[seen]).await.unwrap();
    }
}

async fn sessions_of_applications_are_one_list(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let third = scene.oauth2_session(scene.bob, "openid", None).await;
    let fourth = scene.compat_session(scene.bob, None, None, false).await;
    let all = [
        format!("oauth2_session:{}", bobs.oauth2),
        format!("compat_session:{}", bobs.compat),
        format!("oauth2_session:{third}"),
        format!("compat_session:{fourth}"),
    ];
    assert_eq!(scene.ids("appSessions(first:9)").await, all);
    let edges = scene
        .list("appSessions(first:9){edges{cursor node{__typename}}}")
        .await;
    let edges = edges["edges"].as_array().unwrap();
    let cursor = |n: usize| edges[n]["cursor"].as_str().unwrap().to_owned();
    let kinds: Vec<&str> = edges
        .iter()
        .map(|edge| edge["node"]["__typename"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "Oauth2Session",
            "CompatSession",
            "Oauth2Session",
            "CompatSession"
        ]
    );
    let fields = "{totalCount pageInfo{hasNextPage hasPreviousPage} nodes{...on Node{id}}}";
    for (page, range, next, previous) in [
        ("first:2".to_owned(), 0..2, true, false),
        ("last:3".to_owned(), 1..4, false, true),
        (
            format!("first:2,after:\"{}\"", cursor(0)),
            1..3,
            true,
            false,
        ),
        (
            format!("first:3,after:\"{}\"", cursor(1)),
            2..4,
            false,
            false,
        ),
        (
            format!("last:1,before:\"{}\"", cursor(3)),
            2..3,
            false,
            true,
        ),
        (
            format!("first:9,after:\"{}\",before:\"{}\"", cursor(0), cursor(3)),
            1..3,
            false,
            false,
        ),
    ] {
        let nodes: Vec<Value> = all[range].iter().map(|id| json!({ "id": id })).collect();
        assert_eq!(
            scene.list(&format!("appSessions({page}){fields}")).await,
            json!({
                "totalCount": 4,
                "pageInfo": { "hasNextPage": next, "hasPreviousPage": previous },
                "nodes": nodes,
            }),
            "{page}"
        );
    }
    let refused = scene
        .list_error(&format!("emails(first:1,after:\"{}\")", cursor(0)))
        .await;
    assert_eq!(refused, "invalid cursor");
}

async fn sessions_of_applications_are_narrowed(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let bare = scene.oauth2_session(scene.bob, "openid", None).await;
    let ended = scene
        .compat_session(scene.bob, Some("OLD"), None, false)
        .await;
    scene.finish_compat(ended).await;
    let unstable = "openid urn:matrix:org.matrix.msc2967.client:device:PHONE";
    let unstable = scene.oauth2_session(scene.bob, unstable, None).await;
    let of_alice = scene.browser_session(scene.alice, None).await;
    let time = now();
    let kind = SessionKind::Oauth2;
    scene
        .use_session(kind, bare.as_uuid(), scene.bob, time)
        .await;
    let oauth2 = |id| format!("oauth2_session:{id}");
    let compat = |id| format!("compat_session:{id}");
    let at = |micros: i64| {
        chrono::DateTime::from_timestamp_micros(micros)
            .unwrap()
            .to_rfc3339()
    };
    for (filter, wanted) in [
        (
            "state:ACTIVE".to_owned(),
            vec![
                oauth2(bobs.oauth2),
                compat(bobs.compat),
                oauth2(bare),
                oauth2(unstable),
            ],
        ),
        ("state:FINISHED".to_owned(), vec![compat(ended)]),
        (
            "device:\"PHONE\"".to_owned(),
            vec![oauth2(bobs.oauth2), oauth2(unstable)],
        ),
        ("device:\"LAPTOP\"".to_owned(), vec![compat(bobs.compat)]),
        ("device:\"PHON\"".to_owned(), vec![]),
        ("device:\"\"".to_owned(), vec![]),
        ("device:\"not a \\\"token\"".to_owned(), vec![]),
        (
            format!("browserSession:\"browser_session:{}\"", bobs.browser),
            vec![oauth2(bobs.oauth2), compat(bobs.compat)],
        ),
        (
            format!(
                "browserSession:\"browser_session:{}\",device:\"PHONE\"",
                bobs.browser
            ),
            vec![oauth2(bobs.oauth2)],
        ),
        (
            format!("browserSession:\"browser_session:{of_alice}\""),
            vec![],
        ),
        (
            format!("browserSession:\"browser_session:{UNKNOWN}\""),
            vec![],
        ),
        // Strictly, and never used sessions not at all.
        (
            format!("lastActive:{{after:\"{}\"}}", at(time - 1)),
            vec![oauth2(bare)],
        ),
        (format!("lastActive:{{after:\"{}\"}}", at(time)), vec![]),
        (format!("lastActive:{{before:\"{}\"}}", at(time)), vec![]),
        (
            format!("lastActive:{{before:\"{}\"}}", at(time + 1)),
            vec![oauth2(bare)],
        ),
    ] {
        let found = scene.ids(&format!("appSessions(first:9,{filter})")).await;
        assert_eq!(found, wanted, "{filter}");
    }
    for id in ["junk", &format!("user:{}", scene.bob)] {
        let refused = format!("appSessions(first:9,browserSession:\"{id}\")");
        assert_eq!(
            scene.list_error(&refused).await,
            "Invalid browser_session parameter"
        );
    }
}

async fn a_browser_session_has_those_that_were_allowed_in_it(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    scene.oauth2_session(scene.bob, "openid", None).await;
    // D48: what one may not see has no sessions.
    let token = scene.token(scene.alice, "urn:mas:graphql:*").await;
    let query = format!(
        "{{viewer{{...on User{{appSessions(first:5,browserSession:\"browser_session:{}\")\
         {{totalCount nodes{{__typename}}}}}}}}}}",
        bobs.browser
    );
    let found = scene.api.data(&token, &query, Value::Null).await;
    let nothing = json!({ "totalCount": 0, "nodes": [] });
    assert_eq!(found["viewer"]["appSessions"], nothing);

    let query = format!(
        "{{browserSession(id:\"browser_session:{}\"){{appSessions(first:9,state:ACTIVE)\
         {{totalCount nodes{{...on Node{{id}}}}}} none:appSessions(last:9,device:\"NO\")\
         {{totalCount}}}}}}",
        bobs.browser
    );
    let found = scene.api.data(&scene.api.admin, &query, Value::Null).await;
    assert_eq!(
        found["browserSession"],
        json!({
            "appSessions": {
                "totalCount": 2,
                "nodes": [{ "id": format!("oauth2_session:{}", bobs.oauth2) }, { "id": format!("compat_session:{}", bobs.compat) }],
            },
            "none": { "totalCount": 0 },
        })
    );
}

async fn a_session_of_the_legacy_login_is_shown_with_all_that_is_known_of_it(
    database: TestDatabase,
) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let time = now();
    let kind = SessionKind::Compat;
    scene
        .use_session(kind, bobs.compat.as_uuid(), scene.bob, time)
        .await;
    let query = "query($id:ID!){compatSession(id:$id){user{username} deviceId finishedAt \
        userAgent{raw} state humanName lastActiveIp lastActiveAt browserSession{id} \
        ssoLogin{createdAt redirectUri fulfilledAt session{id}}}}";
    let id = format!("compat_session:{}", bobs.compat);
    let api = &scene.api;
    let mut found = api.data(&api.admin, query, json!({ "id": id })).await["compatSession"].clone();
    let last = found["lastActiveAt"].take();
    assert!(last.as_str().unwrap().ends_with("+00:00"), "{last}");
    assert_eq!(
        found,
        json!({
            "user": { "username": "bob" },
            "deviceId": "LAPTOP",
            "finishedAt": null,
            "userAgent": null,
            "state": "ACTIVE",
            "humanName": "on the desk",
            "lastActiveIp": "203.0.113.7",
            "lastActiveAt": null,
            "browserSession": { "id": format!("browser_session:{}", bobs.browser) },
            "ssoLogin": {
                "createdAt": "2023-11-14T22:13:20+00:00",
                "redirectUri": "https://chat.example.org/",
                "fulfilledAt": "2023-11-14T22:13:21+00:00",
                "session": { "id": id },
            },
        })
    );
    scene.finish_compat(bobs.compat).await;
    let ended = api.data(&api.admin, query, json!({ "id": id })).await;
    assert_eq!(ended["compatSession"]["state"], "FINISHED");
    assert!(ended["compatSession"]["finishedAt"].is_string());
}

async fn a_session_of_a_client_is_shown_with_all_that_is_known_of_it(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let query = "query($id:ID!){oauth2Session(id:$id){scope state humanName lastActiveIp \
        lastActiveAt userAgent{raw name version os osVersion model deviceType} \
        client{clientName clientUri logoUri redirectUris applicationType} \
        browserSession{id userAgent{name version os osVersion model deviceType raw}}}}";
    let id = json!({ "id": format!("oauth2_session:{}", bobs.oauth2) });
    let api = &scene.api;
    let found = api.data(&api.admin, query, id).await;
    assert_eq!(
        found["oauth2Session"],
        json!({
            "scope": "openid urn:matrix:client:device:PHONE",
            "state": "ACTIVE",
            "humanName": null,
            "lastActiveIp": null,
            "lastActiveAt": null,
            "userAgent": {
                "raw": "Element X/1.2.3 (Pixel 8; Android 14; Sdk 34)",
                "name": "Element X",
                "version": "1.2.3",
                "os": "Android",
                "osVersion": "14",
                "model": "Pixel 8",
                "deviceType": "MOBILE",
            },
            "client": {
                "clientName": "App",
                "clientUri": "https://app.example.org/",
                "logoUri": null,
                "redirectUris": ["https://app.example.org/back"],
                "applicationType": "NATIVE",
            },
            "browserSession": {
                "id": format!("browser_session:{}", bobs.browser),
                "userAgent": {
                    "name": "Firefox",
                    "version": "120.0",
                    "os": "Linux",
                    "osVersion": null,
                    "model": null,
                    "deviceType": "PC",
                    "raw": AGENT,
                },
            },
        })
    );
}

async fn sign_ins_of_the_legacy_login_are_listed_before_and_after_their_session(
    database: TestDatabase,
) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let (database, ids) = (&scene.log.database, &scene.log.ids);
    let waiting = muniment_domain::CompatSsoLoginId::from_uuid(ids.ulid());
    let nobodys = muniment_domain::CompatSsoLoginId::from_uuid(ids.ulid());
    for id in [waiting, nobodys] {
        put_sso_login(database, id, "https://chat.example.org/", now())
            .await
            .unwrap();
    }
    let fulfilled = fulfil_sso_login(database, waiting, &[1; 32], bobs.browser, now()).await;
    assert!(fulfilled.unwrap());
    let list = "compatSsoLogins(first:9){totalCount nodes{id fulfilledAt exchangedAt session{id}}}";
    let found = scene.list(list).await;
    assert_eq!(found["totalCount"], 2);
    let (done, open) = (&found["nodes"][0], &found["nodes"][1]);
    let compat = format!("compat_session:{}", bobs.compat);
    assert_eq!(done["session"], json!({ "id": compat }));
    assert!(done["exchangedAt"].is_string() && done["fulfilledAt"].is_string());
    assert_eq!(open["id"], format!("compat_sso_login:{waiting}"));
    assert!(open["fulfilledAt"].is_string());
    assert_eq!(
        (&open["exchangedAt"], &open["session"]),
        (&Value::Null, &Value::Null)
    );
    // Its id is good for nothing else.
    let node = "query($id:ID!){node(id:$id){id}}";
    let id = json!({ "id": open["id"] });
    let found = scene.api.data(&scene.api.admin, node, id).await;
    assert_eq!(found, json!({ "node": null }));
}

async fn the_newest_session_of_a_device_is_found(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let api = &scene.api;
    let find = async |token: &str, user: UserId, device: &str| {
        let query = "query($user:ID!,$device:String!)\
            {session(userId:$user,deviceId:$device){...on Node{id}}}";
        let variables = json!({ "user": format!("user:{user}"), "device": device });
        api.data(token, query, variables).await["session"]["id"].clone()
    };
    let admin = api.admin.as_str();
    let oauth2 = |id| json!(format!("oauth2_session:{id}"));
    let compat = |id| json!(format!("compat_session:{id}"));
    assert_eq!(find(admin, scene.bob, "PHONE").await, oauth2(bobs.oauth2));
    assert_eq!(find(admin, scene.bob, "LAPTOP").await, compat(bobs.compat));
    let token = "openid urn:matrix:client:device:PHONE";
    let newer = scene.oauth2_session(scene.bob, token, None).await;
    assert_eq!(find(admin, scene.bob, "PHONE").await, oauth2(newer));
    // One of the legacy login goes first, while it goes on.
    let legacy = scene
        .compat_session(scene.bob, Some("PHONE"), None, false)
        .await;
    assert_eq!(find(admin, scene.bob, "PHONE").await, compat(legacy));
    scene.finish_compat(legacy).await;
    assert_eq!(find(admin, scene.bob, "PHONE").await, oauth2(newer));
    for device in ["NONE", "", "a b", "\0"] {
        assert_eq!(find(admin, scene.bob, device).await, Value::Null);
    }
    assert_eq!(find(admin, scene.alice, "PHONE").await, Value::Null);
    let unknown = UNKNOWN.parse().unwrap();
    assert_eq!(find(admin, unknown, "PHONE").await, Value::Null);
    let alice = scene.token(scene.alice, "urn:mas:graphql:*").await;
    assert_eq!(find(&alice, scene.bob, "PHONE").await, Value::Null);
    let bob = scene.token(scene.bob, "urn:mas:graphql:*").await;
    assert_eq!(find(&bob, scene.bob, "PHONE").await, oauth2(newer));
}

async fn lists_of_each_kind_are_narrowed(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let plain = scene.compat_session(scene.bob, None, None, false).await;
    let compat = |id| format!("compat_session:{id}");
    let all = vec![compat(bobs.compat), compat(plain)];
    for (filter, wanted) in [
        ("", all.clone()),
        ("type:SSO_LOGIN,", vec![compat(bobs.compat)]),
        ("type:UNKNOWN,", vec![compat(plain)]),
        ("state:ACTIVE,", all),
        ("state:FINISHED,", vec![]),
        ("lastActive:{before:\"2999-01-01T00:00:00Z\"},", vec![]),
    ] {
        let found = scene.ids(&format!("compatSessions({filter}first:9)")).await;
        assert_eq!(found, wanted, "{filter}");
    }
    let browser = format!("browser_session:{}", bobs.browser);
    for (filter, wanted) in [
        ("", vec![browser.clone()]),
        ("state:ACTIVE,", vec![browser]),
        ("state:FINISHED,", vec![]),
        ("lastActive:{after:\"2000-01-01T00:00:00+02:00\"},", vec![]),
    ] {
        let found = scene
            .ids(&format!("browserSessions({filter}first:9)"))
            .await;
        assert_eq!(found, wanted, "{filter}");
    }
    let oauth2 = format!("oauth2_session:{}", bobs.oauth2);
    let own = format!("client:\"oauth2_client:{}\",", bobs.client);
    let other = format!(
        "client:\"oauth2_client:{}\",",
        muniment_tests::server::CLIENT_ID
    );
    for (filter, wanted) in [
        ("", vec![oauth2.clone()]),
        ("state:ACTIVE,", vec![oauth2.clone()]),
        ("state:FINISHED,", vec![]),
        (own.as_str(), vec![oauth2]),
        (other.as_str(), vec![]),
    ] {
        let found = scene.ids(&format!("oauth2Sessions({filter}first:9)")).await;
        assert_eq!(found, wanted, "{filter}");
    }
    for (client, message) in [
        (format!("oauth2_client:{UNKNOWN}"), "Unknown client ID"),
        (format!("user:{UNKNOWN}"), "invalid id"),
        ("junk".to_owned(), "invalid id"),
    ] {
        let refused = format!("oauth2Sessions(first:9,client:\"{client}\")");
        assert_eq!(scene.list_error(&refused).await, message);
    }
    for list in [
        "compatSsoLogins",
        "compatSessions",
        "browserSessions",
        "oauth2Sessions",
        "upstreamOauth2Links",
        "appSessions",
    ] {
        assert_eq!(
            scene.list_error(list).await,
            "Either 'first' or 'last' must be specified"
        );
    }
}

async fn accounts_elsewhere_are_listed_while_the_service_is_switched_on(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let hidden = scene.link(scene.bob, SWITCHED_OFF, "bob-old").await;
    let link = format!("upstream_oauth2_link:{}", bobs.link);
    assert_eq!(
        scene
            .list(
                "upstreamOauth2Links(first:9){totalCount nodes{id subject humanAccountName \
                 provider{humanName} user{username}}}"
            )
            .await,
        json!({
            "totalCount": 1,
            "nodes": [{
                "id": link,
                "subject": "bob-there",
                "humanAccountName": "@there",
                "provider": { "humanName": "ACME" },
                "user": { "username": "bob" },
            }],
        })
    );
    // Alone it is shown all the same.
    let one = "query($id:ID!){upstreamOauth2Link(id:$id){subject}}";
    let id = json!({ "id": format!("upstream_oauth2_link:{hidden}") });
    let api = &scene.api;
    let found = api.data(&api.admin, one, id).await;
    assert_eq!(found["upstreamOauth2Link"]["subject"], "bob-old");
    // D50
    let provider = "query($id:ID!){upstreamOauth2Provider(id:$id){id issuer clientId humanName \
        brandName linkUrl} node(id:$id){id}}";
    let id = |ulid: &str| json!({ "id": format!("upstream_oauth2_provider:{ulid}") });
    let off = api.data(&api.admin, provider, id(SWITCHED_OFF)).await;
    assert_eq!(off, json!({ "upstreamOauth2Provider": null, "node": null }));
    let on = api.server.graphql(None, provider, id(PROVIDER)).await;
    assert_eq!(
        on["data"]["upstreamOauth2Provider"],
        json!({
            "id": format!("upstream_oauth2_provider:{PROVIDER}"),
            "issuer": "https://acme.example.com/",
            "clientId": "us",
            "humanName": "ACME",
            "brandName": "acme",
            "linkUrl": format!("http://127.0.0.1/upstream/authorize/{PROVIDER}"),
        })
    );
    let all = "{upstreamOauth2Providers(first:9){totalCount pageInfo{hasNextPage} \
        nodes{brandName}}}";
    let all = api.server.graphql(None, all, Value::Null).await;
    assert_eq!(
        all["data"]["upstreamOauth2Providers"],
        json!({
            "totalCount": 1,
            "pageInfo": { "hasNextPage": false },
            "nodes": [{ "brandName": "acme" }],
        })
    );
}
