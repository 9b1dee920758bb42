//! What happened to an account, on the graph: ours alone.

use muniment_tests::{TestDatabase, each_backend, within};
use serde_json::{Value, json};

use crate::{Api, UNKNOWN, scene::Scene};

each_backend!(
    an_account_tells_what_happened_to_it_by_whom_and_through_what,
    it_speaks_the_readers_language,
    it_is_narrowed_by_category_type_and_time,
    it_is_narrowed_to_what_deserves_a_second_look,
    it_is_paged_both_ways,
    an_event_is_a_node,
    what_was_erased_is_told_without_it,
    auditors_read_everything_but_what_is_personal,
    auditors_find_events_by_what_they_are_about,
    auditors_need_their_scope,
    a_session_list_of_any_length_costs_the_same,
    personal_tokens_are_listed_for_their_owner,
);

const HISTORY: &str = "query($id:ID!,$categories:[HistoryCategory!],$types:[String!],\
    $notable:Boolean,$time:DateFilter,$after:String,$before:String,$first:Int,$last:Int){user(id:$id){\
    history(categories:$categories,types:$types,notable:$notable,time:$time,after:$after,before:$before,\
    first:$first,last:$last){pageInfo{hasPreviousPage hasNextPage} edges{cursor node{id type \
    category title details isNotable createdAt actor{kind user{username}} client{clientName} \
    session{__typename ...on Node{id}} target{__typename ...on Node{id}} ipAddress \
    userAgent{name} user{id}}}}}}";

impl Api {
    /// A page of somebody's history.
    async fn history(&self, token: &str, mut variables: Value, of: &str) -> Value {
        variables["id"] = json!(of);
        self.data(token, HISTORY, variables).await["user"]["history"].take()
    }

    async fn types(&self, token: &str, variables: Value, of: &str) -> Vec<String> {
        let history = self.history(token, variables, of).await;
        let edges = history["edges"].as_array().unwrap().iter();
        edges
            .map(|edge| edge["node"]["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn an_account_tells_what_happened_to_it_by_whom_and_through_what(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let app = api.session_of(&id, "urn:mas:graphql:*").await;
    let input = json!({ "displayName": "Alice", "userId": id });
    alice.mutate("setDisplayName", "status", input).await;
    let end = json!({ "oauth2SessionId": app.1 });
    alice.mutate("endOauth2Session", "status", end).await;
    let answer = alice.data(HISTORY, json!({ "id": id, "first": 50 })).await;
    let events: Vec<&Value> = answer["user"]["history"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| &edge["node"])
        .collect();
    let find = |wanted: &str| *events.iter().find(|event| event["type"] == wanted).unwrap();
    let registered = find("user.registered");
    assert_eq!(registered["title"], "Account created");
    assert_eq!(registered["actor"]["kind"], "APPLICATION");
    assert_eq!(registered["user"]["id"], id.as_str());
    // Who administrates is nobody's business, though not through what.
    assert_eq!(registered["session"], Value::Null);
    let signed_in = find("browser_session.started");
    let own = json!({ "__typename": "BrowserSession", "id": alice.session });
    assert_eq!(signed_in["target"], own);
    assert_eq!(signed_in["isNotable"], true);
    assert_eq!(signed_in["ipAddress"], "127.0.0.1");
    assert_eq!(signed_in["category"], "SIGN_IN");
    let named = find("user.display_name_set");
    assert_eq!(
        (&named["details"], &named["isNotable"]),
        (&json!("Alice"), &json!(false))
    );
    assert_eq!(
        named["actor"],
        json!({ "kind": "SELF", "user": { "username": "alice" } })
    );
    assert_eq!(named["session"], own);
    let ended = find("oauth2_session.finished");
    assert_eq!(ended["details"], "Ended from another session.");
    let target = json!({ "__typename": "Oauth2Session", "id": app.1 });
    assert_eq!((&ended["target"], &ended["session"]), (&target, &own));
    let times: Vec<&str> = events
        .iter()
        .map(|e| e["createdAt"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted());
}

async fn it_speaks_the_readers_language(database: TestDatabase) {
    let api = Api::start(&database).await;
    let account = api.account("alice", &[]);
    let query = "{viewer{...on User{history(first:1){nodes{asked:title title(language:\"en-GB\") \
        unknown:title(language:\"tlh\")}}}}}";
    let answer = async |languages: &str| -> Value {
        let request = api
            .server
            .post("/graphql")
            .bearer_auth(&account.token)
            .header("accept-language", languages)
            .json(&json!({ "query": query }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["data"]["viewer"]["history"]["nodes"][0].clone()
    };
    let english = "Account created";
    let german = "Konto angelegt";
    assert_eq!(
        answer("de-AT, en;q=0.5").await,
        json!({ "asked": german, "title": english, "unknown": german })
    );
    assert_eq!(
        answer("fr").await,
        json!({ "asked": english, "title": english, "unknown": english })
    );
}

async fn it_is_narrowed_by_category_type_and_time(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let api = &scene.api;
    let bob = format!("user:{}", scene.bob);
    // Others' reading would add to it.
    let own = &scene.token(scene.bob, "urn:mas:graphql:*").await;
    let types = async |mut variables: Value| {
        variables["first"] = json!(50);
        api.types(own, variables, &bob).await
    };
    assert_eq!(
        types(json!({ "categories": ["EMAIL", "TOKEN"] })).await,
        [
            "user.email_added",
            "personal_session.created",
            "personal_session.token_issued"
        ]
    );
    let wanted = json!({ "categories": ["EMAIL"], "types": ["user.email_added", "user.locked"] });
    assert_eq!(types(wanted).await, ["user.email_added"]);
    assert!(types(json!({ "types": ["user.locked"] })).await.is_empty());
    assert!(types(json!({ "types": ["no.such_type"] })).await.is_empty());
    assert!(types(json!({ "categories": ["SERVER"] })).await.is_empty());
    let all = types(json!({})).await;
    assert_eq!(types(json!({ "types": [], "categories": [] })).await, all);
    let page = api.history(own, json!({ "first": 3 }), &bob).await;
    let time = |n: usize| page["edges"][n]["node"]["createdAt"].clone();
    let later = types(json!({ "time": { "after": time(1) } })).await;
    assert!(later.len() < all.len() - 1 && all.ends_with(&later));
    let earlier = types(json!({ "time": { "before": time(1) } })).await;
    assert!(!earlier.is_empty() && all.starts_with(&earlier));
    assert!(earlier.len() + later.len() < all.len());
}

async fn it_is_narrowed_to_what_deserves_a_second_look(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let api = &scene.api;
    let bob = format!("user:{}", scene.bob);
    // Others' reading would add to it.
    let own = &scene.token(scene.bob, "urn:mas:graphql:*").await;
    let ids = async |mut variables: Value| -> Vec<(Value, Value)> {
        variables["first"] = json!(50);
        let page = api.history(own, variables, &bob).await;
        let edges = page["edges"].as_array().unwrap().iter();
        let nodes = edges.map(|edge| &edge["node"]);
        nodes
            .map(|node| (node["id"].clone(), node["isNotable"].clone()))
            .collect()
    };
    let all = ids(json!({})).await;
    for notable in [true, false] {
        let wanted = |(_, is): &&(Value, Value)| *is == json!(notable);
        let expected: Vec<_> = all.iter().filter(wanted).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len());
        assert_eq!(ids(json!({ "notable": notable })).await, expected);
    }
    let emails = ids(json!({ "categories": ["EMAIL"] })).await;
    assert!(!emails.is_empty());
    let both = json!({ "categories": ["EMAIL"], "notable": true });
    assert_eq!(ids(both).await, emails);
    let neither = json!({ "categories": ["SESSION"], "notable": true });
    assert!(ids(neither).await.is_empty());
    let walked = api
        .history(own, json!({ "notable": true, "last": 1 }), &bob)
        .await;
    let newest = all.iter().rfind(|(_, is)| *is == json!(true)).unwrap();
    assert_eq!(walked["edges"][0]["node"]["id"], newest.0);
    assert_eq!(walked["pageInfo"]["hasPreviousPage"], true);
}

async fn it_is_paged_both_ways(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let api = &scene.api;
    let bob = format!("user:{}", scene.bob);
    // Others' reading would add to it.
    let own = &scene.token(scene.bob, "urn:mas:graphql:*").await;
    let all = api.history(own, json!({ "first": 50 }), &bob).await;
    let all = all["edges"].as_array().unwrap();
    let ends = json!({ "hasPreviousPage": false, "hasNextPage": false });
    let walk = async |backward: bool| {
        let (mut walked, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = if backward {
                json!({ "last": 4, "before": cursor })
            } else {
                json!({ "first": 4, "after": cursor })
            };
            let page = api.history(own, page, &bob).await;
            let edges = page["edges"].as_array().unwrap().clone();
            if backward {
                cursor = edges[0]["cursor"].clone();
                walked.splice(0..0, edges);
            } else {
                cursor = edges.last().unwrap()["cursor"].clone();
                walked.extend(edges);
            }
            if page["pageInfo"] == ends {
                return walked;
            }
        }
    };
    assert_eq!(&walk(false).await, all);
    assert_eq!(&walk(true).await, all);
    let unknown = {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.encode(format!("[\"HistoryEvent\",\"{UNKNOWN}\"]"))
    };
    for (cursor, message) in [
        (unknown.as_str(), "invalid cursor"),
        ("junk", "expected value"),
    ] {
        let variables = json!({ "id": bob, "first": 1, "after": cursor });
        let answer = api.server.graphql(Some(own), HISTORY, variables).await;
        let told = answer["errors"][0]["message"].as_str().unwrap();
        assert!(told.starts_with(message), "{told}");
    }
}

async fn an_event_is_a_node(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let api = &scene.api;
    let bob = format!("user:{}", scene.bob);
    let page = api.history(&api.admin, json!({ "first": 1 }), &bob).await;
    let id = page["edges"][0]["node"]["id"].as_str().unwrap().to_owned();
    let query = "query($id:ID!){node(id:$id){id ...on HistoryEvent{type} ...on AuditEvent{type}}}";
    let audit = id.replace("history_event", "audit_event");
    let alice = scene.token(scene.alice, "urn:mas:graphql:*").await;
    let own = scene.token(scene.bob, "urn:mas:graphql:*").await;
    for (id, token, may) in [
        (&id, &own, true),
        (&id, &api.admin, true),
        (&id, &alice, false),
        (&audit, &api.admin, true),
        (&audit, &own, false),
    ] {
        let found = api.data(token, query, json!({ "id": id })).await;
        let wanted = json!({ "id": id, "type": "user.registered" });
        assert_eq!(found["node"], if may { wanted } else { Value::Null });
    }
    let unknown = json!({ "id": format!("history_event:{UNKNOWN}") });
    assert_eq!(
        api.data(&api.admin, query, unknown).await["node"],
        Value::Null
    );
}

async fn what_was_erased_is_told_without_it(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let api = &scene.api;
    let bob = format!("user:{}", scene.bob);
    let page = json!({ "first": 50, "types": ["user.email_added", "browser_session.started"] });
    let before = api
        .history(&api.admin, page.clone(), &bob)
        .await
        .to_string();
    assert!(before.contains("bob@example.com") && before.contains("Firefox"));
    let erased = api.server.command(&["users", "erase", "bob", "--yes"]);
    assert!(erased.status.success(), "{erased:?}");
    // The server forgets the keys when it learns of it from the log.
    let forgotten = async {
        loop {
            let after = api.history(&api.admin, page.clone(), &bob).await;
            if !after.to_string().contains("bob@example.com") {
                return after;
            }
        }
    };
    let after = within("the keys to be forgotten", forgotten).await;
    assert_eq!(after["edges"].as_array().unwrap().len(), 2);
    for edge in after["edges"].as_array().unwrap() {
        let node = &edge["node"];
        assert_eq!(
            (&node["details"], &node["userAgent"]),
            (&Value::Null, &Value::Null)
        );
        assert_ne!(node["title"], "");
    }
}

const AUDIT: &str = "query($user:ID,$actor:String,$client:ID,$session:ID,$types:[String!],\
    $categories:[HistoryCategory!],$time:DateFilter,$first:Int,$last:Int,$after:String){\
    auditEvents(user:$user,actor:$actor,client:$client,session:$session,types:$types,\
    categories:$categories,time:$time,first:$first,last:$last,after:$after){edges{cursor \
    node{id position type version aggregateType aggregateId sequence createdAt actor clientId \
    sessionId correlationId causationId data leafHash user{id}}}}}";

impl Api {
    async fn audit(&self, variables: Value) -> Vec<Value> {
        let found = self.data(&self.admin, AUDIT, variables).await;
        let edges = found["auditEvents"]["edges"].as_array().unwrap().clone();
        edges
            .into_iter()
            .map(|mut edge| edge["node"].take())
            .collect()
    }
}

async fn auditors_read_everything_but_what_is_personal(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let events = scene.api.audit(json!({ "first": 500 })).await;
    let log = scene.log.events().await;
    assert_eq!(events.len(), log.len());
    for (event, record) in events.iter().zip(&log) {
        assert_eq!(event["position"], record.position);
        assert_eq!(event["type"], record.event_type.as_str());
        assert_eq!(event["version"], record.event_version.as_str());
        assert_eq!(event["sequence"], record.sequence);
        assert_eq!(event["leafHash"], hex::encode(record.leaf_hash));
        assert!(!event["data"].to_string().contains("$sealed"));
    }
    let added = events
        .iter()
        .find(|event| event["type"] == "user.email_added")
        .unwrap();
    let said = &added["data"]["UserEmailAdded"];
    assert_eq!(said["email"], "(personal)");
    let email = scene.of_bob.email.as_uuid().to_string();
    assert_eq!(said["email_id"], email.as_str());
    assert_eq!(added["user"]["id"], format!("user:{}", scene.bob));
}

async fn auditors_find_events_by_what_they_are_about(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let bob = api.person("bob").await;
    let mut alice = api.signed_in("alice").await;
    let lock = json!({ "userId": bob });
    api.mutate(&api.admin, "lockUser", "status", &lock).await;
    alice
        .mutate(
            "setDisplayName",
            "status",
            json!({ "displayName": "A", "userId": id }),
        )
        .await;
    let types = async |filter: Value| -> Vec<String> {
        let mut filter = filter;
        filter["first"] = json!(50);
        let events = api.audit(filter).await;
        let types = events
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned());
        types.collect()
    };
    assert_eq!(
        types(json!({ "user": bob })).await,
        ["user.registered", "user.password_set", "user.locked"]
    );
    let by_alice = types(json!({ "actor": id })).await;
    assert!(
        by_alice.contains(&"user.display_name_set".to_owned()),
        "{by_alice:?}"
    );
    assert!(!by_alice.contains(&"user.locked".to_owned()));
    let in_session = types(json!({ "session": alice.session })).await;
    assert_eq!(
        in_session,
        [
            "browser_session.started",
            "browser_session.authenticated",
            "user.display_name_set"
        ]
    );
    let client = format!("oauth2_client:{}", muniment_tests::server::CLIENT_ID);
    let through = types(json!({ "client": client, "types": ["user.locked"] })).await;
    assert_eq!(through, ["user.locked"]);
    let both = types(json!({ "client": client, "user": id, "categories": ["PASSWORD"] })).await;
    assert_eq!(both, ["user.password_set"]);
    assert!(
        types(json!({ "actor": "operator:nobody" }))
            .await
            .is_empty()
    );
    for (name, junk) in [("user", "junk"), ("client", &id), ("session", &id)] {
        let error = api
            .error(Some(&api.admin), AUDIT, json!({ name: junk, "first": 1 }))
            .await;
        assert_eq!(error, "invalid id");
    }
}

async fn auditors_need_their_scope(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let api = &scene.api;
    let query = "{auditEvents(last:1){nodes{user{id} actor}}}";
    let auditor = scene
        .token(scene.alice, "urn:mas:graphql:* urn:muniment:audit")
        .await;
    let answer = api.data(&auditor, query, json!({})).await;
    assert_eq!(answer["auditEvents"]["nodes"].as_array().unwrap().len(), 1);
    // Nothing else is theirs.
    let others = json!({ "id": format!("user:{}", scene.bob) });
    let found = api
        .data(&auditor, "query($id:ID!){user(id:$id){id}}", others)
        .await;
    assert_eq!(found["user"], Value::Null);
    assert_eq!(
        api.error(Some(&auditor), "{users(first:1){nodes{id}}}", json!({}))
            .await,
        "Unauthorized"
    );
    let alice = scene.token(scene.alice, "urn:mas:graphql:*").await;
    for token in [None, Some(alice.as_str())] {
        assert_eq!(api.error(token, query, json!({})).await, "Unauthorized");
    }
}

async fn a_session_list_of_any_length_costs_the_same(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let token = scene.token(scene.bob, "urn:mas:graphql:*").await;
    for _ in 0..12 {
        let browser = scene.browser_session(scene.bob, Some("a browser")).await;
        scene
            .oauth2_session(scene.bob, "openid", Some(browser))
            .await;
    }
    let cost = async |first: u32| {
        let id = format!("user:{}", scene.bob);
        let variables = json!({ "id": id, "first": first });
        let ask = async || {
            scene.api.data(&token, HISTORY, variables.clone()).await;
        };
        scene.statements(ask).await
    };
    // The token's session and user, the events, then all sessions of each kind, and all clients.
    assert!(cost(12).await <= 9, "{}", cost(12).await);
    assert!(cost(40).await <= 9, "{}", cost(40).await);
}

async fn personal_tokens_are_listed_for_their_owner(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let mut made = Vec::new();
    for name in ["one", "two"] {
        let input = json!({ "humanName": name, "scope": "openid", "password": crate::STRONG });
        let fields = "status personalSession{id}";
        let session = alice.mutate("createPersonalSession", fields, input).await;
        made.push(
            session["personalSession"]["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    let revoke = json!({ "personalSessionId": made[0] });
    alice
        .mutate("revokePersonalSession", "status", revoke)
        .await;
    let query = "query($state:SessionState){viewer{...on User{personalSessions(first:9,state:$state)\
        {totalCount nodes{id humanName}}}}}";
    let mut listed = async |state: Value| {
        let found = alice.data(query, json!({ "state": state })).await;
        found["viewer"]["personalSessions"].clone()
    };
    let (one, two) = (
        json!({ "id": made[0], "humanName": "one" }),
        json!({ "id": made[1], "humanName": "two" }),
    );
    assert_eq!(
        listed(Value::Null).await,
        json!({ "totalCount": 2, "nodes": [one, two] })
    );
    assert_eq!(
        listed(json!("ACTIVE")).await,
        json!({ "totalCount": 1, "nodes": [two] })
    );
    assert_eq!(
        listed(json!("FINISHED")).await,
        json!({ "totalCount": 1, "nodes": [one] })
    );
}
