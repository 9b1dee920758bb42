//! The history over REST: pages of it, all of it, and what is new.

use muniment_tests::{TestDatabase, each_backend, server::CLIENT_ID, sse::SseStream, within};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Admin, Answer, NIL, UNKNOWN, answer};

each_backend!(
    an_event_says_who_did_what_to_whom_through_what,
    pages_go_both_ways_and_in_both_orders,
    events_are_found_by_what_they_are_about,
    what_cannot_be_asked_for_is_refused,
    the_page_comes_as_cloud_events_too,
    the_whole_history_comes_line_by_line,
    what_is_new_comes_as_it_happens,
    a_stream_ends_with_its_token,
    personal_data_is_shown_for_a_record_of_it,
    the_history_of_others_on_the_graph_leaves_a_record_too,
    an_auditor_reads_and_does_nothing_else,
);

const AUDIT: &str = "urn:muniment:audit";

impl Admin {
    fn asking(&self, path: &str, accept: &str) -> RequestBuilder {
        self.request(Method::GET, path).header("accept", accept)
    }

    /// The resources on a page.
    async fn events(&self, query: &str) -> Vec<Value> {
        let page = self.get(&format!("/events{query}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.json()["data"].as_array().unwrap().clone()
    }

    /// The types of the events on a page.
    async fn event_types(&self, query: &str) -> Vec<String> {
        types(&self.events(query).await)
    }

    async fn follow(&self, token: &str, path: &str) -> SseStream {
        let request = self.asking(path, "text/event-stream").bearer_auth(token);
        SseStream::of(request.send().await.unwrap())
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

fn types(events: &[Value]) -> Vec<String> {
    let types = events
        .iter()
        .map(|event| &event["attributes"]["event_type"]);
    types.map(text).collect()
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines = answer.text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn an_event_says_who_did_what_to_whom_through_what(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let locked = admin.act(&format!("/users/{alice}/lock")).await;
    let found = admin
        .events(&format!("?filter[user]={alice}&filter[type]=user.locked"))
        .await;
    let [event] = &found[..] else {
        panic!("{found:?}")
    };
    let attributes = &event["attributes"];
    let id = text(&event["id"]);
    let path = format!("/api/admin/v1/events/{id}");
    assert_eq!(event["type"], "event");
    assert_eq!(event["links"], json!({ "self": path }));
    assert_eq!(event["meta"], json!({ "page": { "cursor": id } }));
    assert_eq!(attributes["aggregate_type"], "user");
    assert_eq!(attributes["aggregate_id"], alice.as_str());
    assert_eq!(attributes["user_id"], alice.as_str());
    assert_eq!(attributes["sequence"], 2);
    assert_eq!(attributes["event_version"], "1");
    assert_eq!(attributes["actor"], format!("client:{CLIENT_ID}"));
    assert_eq!(attributes["client_id"], CLIENT_ID);
    assert!(text(&attributes["session"]).starts_with("oauth2_session:"));
    let request = locked.header("x-request-id").unwrap();
    assert_eq!(attributes["correlation_id"], request);
    assert_eq!(attributes["causation_id"], Value::Null);
    assert_eq!(attributes["data"], json!({ "user_id": alice }));
    assert_eq!(text(&attributes["leaf_hash"]).len(), 64);

    let alone = admin.get(&format!("/events/{id}")).await.json();
    assert_eq!(alone["data"]["attributes"], *attributes);
    assert_eq!(alone["links"], json!({ "self": path }));
    let as_cloud_event = admin.asking(&format!("/events/{id}"), "application/cloudevents+json");
    let as_cloud_event = admin.send(as_cloud_event).await;
    assert_eq!(
        as_cloud_event.header("content-type"),
        Some("application/cloudevents+json")
    );
    let cloud_event: Value = serde_json::from_str(&as_cloud_event.text).unwrap();
    assert_eq!(cloud_event["type"], "muniment.user.locked");
    let unknown = admin.get(&format!("/events/{UNKNOWN}")).await;
    unknown.refused(404, &[&format!("Event ID {UNKNOWN} not found")]);
}

async fn pages_go_both_ways_and_in_both_orders(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for n in 0..6 {
        admin.user(&format!("user{n}")).await;
    }
    let positions = async |path: String| -> (Vec<u64>, Value) {
        let page = admin
            .get(path.strip_prefix(crate::ROOT).unwrap_or(&path))
            .await;
        let page = page.json();
        let events = page["data"].as_array().unwrap().iter();
        let positions = events.map(|event| event["attributes"]["position"].as_u64().unwrap());
        assert!(page.get("meta").is_none(), "nothing is counted");
        (positions.collect(), page["links"].clone())
    };
    let (all, _) = positions("/events?page[first]=1000".to_owned()).await;
    assert!(all.len() >= 6);
    let dense: Vec<u64> = (1..=all.len() as u64).collect();
    assert_eq!(all, dense);
    let follow = async |from: &str, link: &str| -> Vec<Vec<u64>> {
        let mut pages = Vec::new();
        let mut path = Some(from.to_owned());
        while let Some(at) = path {
            let (page, links) = positions(at).await;
            pages.push(page);
            path = links.get(link).map(text);
        }
        pages
    };
    let newest_first: Vec<u64> = all.iter().rev().copied().collect();
    for (from, link, expected) in [
        ("/events?page[first]=4", "next", &all),
        (
            "/events?sort=-position&page[first]=4",
            "next",
            &newest_first,
        ),
    ] {
        assert_eq!(follow(from, link).await.concat(), *expected, "{from}");
    }
    for (from, link, expected) in [
        ("/events?page[last]=4", "prev", &all),
        ("/events?sort=-position&page[last]=4", "prev", &newest_first),
    ] {
        let mut pages = follow(from, link).await;
        pages.reverse();
        assert_eq!(pages.concat(), *expected, "{from}");
    }
    let (between, _) =
        positions("/events?filter[after-position]=2&filter[before-position]=5".to_owned()).await;
    assert_eq!(between, [3, 4]);
}

async fn events_are_found_by_what_they_are_about(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, token) = admin.user_with_token("alice", &[]);
    let bob = admin.user("bob").await;
    admin.act(&format!("/users/{bob}/lock")).await;
    let all = admin.event_types(&format!("?filter[user]={bob}")).await;
    assert_eq!(all, ["user.registered", "user.locked"]);
    let one = format!("?filter[user]={bob}&filter[type]=user.locked&filter[type]=user.unlocked");
    assert_eq!(admin.event_types(&one).await, ["user.locked"]);
    let by_client = format!("?filter[client]={CLIENT_ID}&filter[type]=user.locked");
    assert_eq!(admin.event_types(&by_client).await, ["user.locked"]);
    let operator = admin.events("?filter[actor]=operator:tester").await;
    assert!(!operator.is_empty());
    let about_alice = |event: &Value| event["attributes"]["user_id"] == alice.as_str();
    assert!(operator.iter().all(about_alice), "{operator:?}");

    // What was done in a session, and what happened to it.
    let session = admin
        .ids(&format!("/oauth2-sessions?filter[user]={alice}"))
        .await
        .remove(0);
    let name = json!({ "query": "mutation($id:ID!){setDisplayName(input:{userId:$id,displayName:\"A\"}){status}}",
        "variables": { "id": format!("user:{alice}") } });
    let named = answer(
        admin
            .server
            .post("/graphql")
            .bearer_auth(&token)
            .json(&name),
    )
    .await;
    assert!(named.text.contains("SET"), "{named:?}");
    admin
        .act(&format!("/oauth2-sessions/{session}/finish"))
        .await;
    let of_session = admin
        .event_types(&format!("?filter[oauth2-session]={session}"))
        .await;
    assert_eq!(
        of_session,
        [
            "oauth2_session.started",
            "user.display_name_set",
            "oauth2_session.finished"
        ]
    );

    let first = &admin.events("?page[first]=1").await[0]["attributes"];
    let since = text(&first["created_at"]);
    let before = admin
        .events(&format!("?filter[created-before]={since}"))
        .await;
    assert!(before.is_empty(), "{before:?}");
    let after = admin
        .events(&format!("?filter[created-after]={since}&page[first]=1"))
        .await;
    assert_eq!(after[0]["attributes"], *first);
    assert!(
        admin
            .events(&format!("?filter[user]={NIL}"))
            .await
            .is_empty()
    );
}

async fn what_cannot_be_asked_for_is_refused(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let refusal = async |query: &str| {
        let refused = admin.get(&format!("/events{query}")).await;
        (refused.status, refused.titles().remove(0))
    };
    let title = |title: &str| (400, title.to_owned());
    for (query, expected) in [
        ("?filter[type]=user.liked", "Invalid filter parameters"),
        ("?filter[after-position]=-1", "Invalid filter parameters"),
        ("?filter[created-after]=now", "Invalid filter parameters"),
        ("?personal-data=perhaps", "Invalid filter parameters"),
        ("?format=xml", "Invalid filter parameters"),
        ("?page[after]=junk", "Invalid pagination parameters"),
        ("?sort=id", "Invalid pagination parameters"),
        ("?count=only", "The items are not counted"),
        (
            "?page[first]=1001",
            "A page has at most 1000 events; application/x-ndjson has any number",
        ),
    ] {
        assert_eq!(refusal(query).await, title(expected), "{query}");
    }
    let cursor = format!("?page[after]={UNKNOWN}");
    let expected = format!("Event ID {UNKNOWN} of the cursor not found");
    assert_eq!(refusal(&cursor).await, title(&expected));
    let two = format!("?filter[user-session]={NIL}&filter[compat-session]={NIL}");
    let expected = title("Only one session can be given in filter parameters");
    assert_eq!(refusal(&two).await, expected);
    let far = admin
        .events(&format!("?filter[after-position]={}", u64::MAX))
        .await;
    assert!(far.is_empty());
    let seen = admin
        .asking("/events", "text/event-stream")
        .header("last-event-id", "junk");
    admin
        .send(seen)
        .await
        .refused(400, &["Invalid Last-Event-ID header"]);
    let many = admin.asking("/events?page[last]=2000", "application/x-ndjson");
    let expected = "Counted from the other end there are at most 1000 events";
    admin.send(many).await.refused(400, &[expected]);
}

async fn the_page_comes_as_cloud_events_too(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let path = format!("/events?filter[user]={alice}");
    let batch = admin
        .send(admin.asking(&path, "application/cloudevents-batch+json"))
        .await;
    assert_eq!(
        batch.header("content-type"),
        Some("application/cloudevents-batch+json")
    );
    let batch: Vec<Value> = serde_json::from_str(&batch.text).unwrap();
    let discovered = answer(admin.server.get("/.well-known/openid-configuration")).await;
    let discovered: Value = serde_json::from_str(&discovered.text).unwrap();
    let issuer = discovered["issuer"].clone();
    let event = &admin.events(&format!("?filter[user]={alice}")).await[0];
    let attributes = &event["attributes"];
    let expected = json!({
        "specversion": "1.0",
        "id": event["id"],
        "source": issuer,
        "type": "muniment.user.registered",
        "subject": format!("user/{alice}"),
        "time": attributes["created_at"],
        "datacontenttype": "application/json",
        "sequence": format!("{:019}", attributes["position"].as_u64().unwrap()),
        "dataversion": attributes["event_version"],
        "userid": alice,
        "actor": attributes["actor"],
        "clientid": CLIENT_ID,
        "session": attributes["session"],
        "correlationid": attributes["correlation_id"],
        "leafhash": attributes["leaf_hash"],
        "data": attributes["data"],
    });
    assert_eq!(batch, [expected]);
    // Names of attributes are lower-case letters and digits.
    for name in batch[0].as_object().unwrap().keys() {
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()),
            "{name}"
        );
    }
}

async fn the_whole_history_comes_line_by_line(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = muniment_tests::beside::beside(&database).await;
    for n in 0..1_200 {
        log.register(&format!("user{n}")).await;
    }
    let ask = async |query: &str| {
        lines(
            &admin
                .send(admin.asking(&format!("/events{query}"), "application/x-ndjson"))
                .await,
        )
    };
    let positions = |events: &[Value]| -> Vec<u64> {
        let events = events.iter().map(|event| &event["attributes"]["position"]);
        events.map(|position| position.as_u64().unwrap()).collect()
    };
    let all = ask("?filter[type]=user.registered").await;
    assert_eq!(all.len(), 1_200);
    assert!(positions(&all).is_sorted());
    assert_eq!(all[0]["type"], "event");
    let newest_first = ask("?filter[type]=user.registered&sort=-position&page[first]=1100").await;
    let mut expected = positions(&all).split_off(100);
    expected.reverse();
    assert_eq!(positions(&newest_first), expected);
    let last = ask("?filter[type]=user.registered&page[last]=3").await;
    assert_eq!(positions(&last), positions(&all)[1_197..]);
    let cloud_events = ask("?filter[type]=user.registered&page[first]=2&format=cloudevent").await;
    assert_eq!(cloud_events.len(), 2);
    assert_eq!(cloud_events[1]["specversion"], "1.0");
    assert!(ask(&format!("?filter[user]={NIL}")).await.is_empty());
}

async fn what_is_new_comes_as_it_happens(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let bob = admin.user("bob").await;
    let mut all = admin.follow(&admin.token, "/events").await;
    assert_eq!(all.response.headers()["cache-control"], "no-store");
    let of_bob = format!("/events?filter[user]={bob}&format=cloudevent");
    let mut of_bob = admin.follow(&admin.token, &of_bob).await;
    admin.act(&format!("/users/{alice}/lock")).await;
    admin.act(&format!("/users/{bob}/lock")).await;
    let next = async |stream: &mut SseStream| -> (u64, Value) {
        let event = stream.event().await.expect("it goes on");
        let id = event.id.expect("a position").parse().unwrap();
        (id, serde_json::from_str(&event.data).unwrap())
    };
    let (first, locked) = next(&mut all).await;
    assert_eq!(locked["attributes"]["user_id"], alice.as_str());
    assert_eq!(locked["attributes"]["position"], first);
    let (second, locked) = next(&mut all).await;
    assert_eq!(
        (second, &locked["attributes"]["user_id"]),
        (first + 1, &json!(bob))
    );
    let (only, locked) = next(&mut of_bob).await;
    assert_eq!((only, &locked["userid"]), (second, &json!(bob)));
    drop(all);

    // Who comes again has missed nothing.
    admin.act(&format!("/users/{alice}/unlock")).await;
    let again = admin
        .asking("/events", "text/event-stream")
        .header("last-event-id", first.to_string())
        .bearer_auth(&admin.token);
    let mut again = SseStream::of(again.send().await.unwrap());
    assert_eq!(next(&mut again).await.0, second);
    assert_eq!(
        next(&mut again).await.1["attributes"]["event_type"],
        "user.unlocked"
    );
    let from = format!("/events?filter[after-position]={first}&filter[type]=user.unlocked");
    let mut from = admin.follow(&admin.token, &from).await;
    assert_eq!(
        next(&mut from).await.1["attributes"]["event_type"],
        "user.unlocked"
    );
}

async fn a_stream_ends_with_its_token(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (mallory, token) = admin.user_with_token("mallory", &["--admin"]);
    let mut stream = admin.follow(&token, "/events").await;
    admin.act(&format!("/users/{mallory}/lock")).await;
    let event = stream.event().await;
    assert_eq!(event, None, "what happens afterwards is not told");
    // Nor is anybody who follows too much.
    let mut streams = Vec::new();
    for _ in 0..16 {
        streams.push(admin.follow(&admin.token, "/events").await);
    }
    let refused = admin
        .send(admin.asking("/events", "text/event-stream"))
        .await;
    assert_eq!(refused.status, 429, "{refused:?}");
}

async fn personal_data_is_shown_for_a_record_of_it(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    admin.email(&alice, "alice@example.com").await;
    let registered = "?filter[type]=user.registered&filter[type]=user.email_added";
    let withheld = admin.get(&format!("/events{registered}")).await;
    assert!(!withheld.text.contains("alice"), "{withheld:?}");
    let event = &withheld.json()["data"][0]["attributes"]["data"]["username"];
    assert_eq!(*event, json!({ "personal": "withheld" }));
    let disclosed = "?filter[type]=personal_data.disclosed";
    assert!(admin.events(disclosed).await.is_empty());

    let path = format!("/events{registered}&personal-data=true");
    let shown = admin.get(&path).await;
    let events = shown.json()["data"].clone();
    let username = &events[0]["attributes"]["data"]["username"];
    assert_eq!(*username, json!({ "personal": "shown", "value": "alice" }));
    let records = admin.events(disclosed).await;
    let told: Vec<(String, u64)> = records
        .iter()
        .map(|record| {
            let attributes = &record["attributes"];
            assert_eq!(attributes["actor"], format!("client:{CLIENT_ID}"));
            let request = shown.header("x-request-id").unwrap();
            assert_eq!(attributes["correlation_id"], request);
            let entries = attributes["data"]["entries"].as_u64().unwrap();
            (text(&attributes["user_id"]), entries)
        })
        .collect();
    let mut expected = [(alice.clone(), 2), (bob, 1)];
    expected.sort();
    let mut told = told;
    told.sort();
    assert_eq!(told, expected);

    // What is erased is shown to nobody, and nobody is said to have seen it.
    let body = json!({ "skip_erase": false });
    admin
        .post(&format!("/users/{alice}/deactivate"), body)
        .await;
    let erase = admin.server.command(&["users", "erase", &alice, "--yes"]);
    assert!(erase.status.success(), "{erase:?}");
    let of_alice =
        format!("/events?filter[user]={alice}&personal-data=true&filter[type]=user.registered");
    let username = within("the server hears of it from the command", async {
        loop {
            let told = admin.get(&of_alice).await.json();
            let username = told["data"][0]["attributes"]["data"]["username"].clone();
            if username["personal"] != "shown" {
                return username;
            }
        }
    })
    .await;
    assert_eq!(username, json!({ "personal": "erased" }));
    let of_alice_disclosed = format!("{disclosed}&filter[user]={alice}");
    let before = admin.events(&of_alice_disclosed).await;
    admin.get(&of_alice).await;
    assert_eq!(admin.events(&of_alice_disclosed).await, before);
}

async fn the_history_of_others_on_the_graph_leaves_a_record_too(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, token) = admin.user_with_token("alice", &[]);
    let (root, root_token) = admin.user_with_token("root", &["--admin"]);
    let query = "query($id:ID!){user(id:$id){history(first:10){nodes{id details}}}}";
    let ask = async |token: &str| {
        let variables = json!({ "id": format!("user:{alice}") });
        let told = admin.server.graphql(Some(token), query, variables).await;
        told["data"]["user"]["history"]["nodes"][0].clone()
    };
    let disclosed = format!("?filter[type]=personal_data.disclosed&filter[user]={alice}");
    assert!(text(&ask(&token).await["details"]).contains("alice"));
    assert!(admin.events(&disclosed).await.is_empty(), "it is her own");
    let node = ask(&root_token).await;
    let records = admin.events(&disclosed).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["attributes"]["actor"], format!("user:{root}"));
    let query = "query($id:ID!){node(id:$id){...on HistoryEvent{details}}}";
    let by_id = admin
        .server
        .graphql(Some(&root_token), query, json!({ "id": node["id"] }))
        .await;
    assert_eq!(by_id["data"]["node"]["details"], node["details"]);
    assert_eq!(admin.events(&disclosed).await.len(), 2);
}

async fn an_auditor_reads_and_does_nothing_else(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let token = admin.server.token(AUDIT).await;
    let ask =
        async |method, path: &str| answer(admin.request(method, path).bearer_auth(&token)).await;
    let events = ask(Method::GET, "/events?filter[type]=user.registered").await;
    assert_eq!(
        events.json()["data"][0]["attributes"]["user_id"],
        alice.as_str()
    );
    let mut stream = admin.follow(&token, "/events").await;
    admin.act(&format!("/users/{alice}/lock")).await;
    assert!(stream.event().await.is_some());
    for (method, path) in [
        (Method::GET, format!("/users/{alice}")),
        (Method::POST, format!("/users/{alice}/unlock")),
    ] {
        assert_eq!(ask(method, &path).await.status, 403);
    }
    let narrower = admin.server.token("urn:muniment:admin:read").await;
    let refused = answer(admin.request(Method::GET, "/events").bearer_auth(narrower)).await;
    let missing = "Missing scope: urn:mas:admin or urn:muniment:audit";
    refused.refused(403, &[missing]);
}
