//! Subscriptions: what happens to an account, as it happens. Ours alone.

use std::{path::Path, time::Duration};

use muniment_tests::{TestDatabase, browser::Answer, each_backend, node};
use serde_json::{Value, json};

use crate::{Api, scene::Scene};

each_backend!(
    what_happens_is_told_as_it_happens,
    nothing_is_missed_between_two_streams,
    what_another_process_does_is_told_too,
    a_stream_ends_with_its_session,
    a_stream_ends_when_the_server_stops,
    there_are_only_so_many_streams,
    whoever_takes_no_stream_is_told,
    another_site_follows_nobody,
    a_widespread_client_library_follows,
);

const FOLLOW: &str = "subscription($after:ID,$categories:[HistoryCategory!]){history(after:$after,\
    categories:$categories){id type title target{__typename ...on BrowserSession{state}}}}";

/// The type of what was told.
fn told(answer: &Value) -> &str {
    answer["data"]["history"]["type"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
}

async fn what_happens_is_told_as_it_happens(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let mut other = api.signed_in("alice").await;
    let mut all = alice.browser.subscribe(FOLLOW, json!({})).await;
    assert_eq!(all.response.headers()["cache-control"], "no-store");
    let emails = json!({ "categories": ["EMAIL"] });
    let mut emails = alice.browser.subscribe(FOLLOW, emails).await;
    other
        .mutate(
            "setDisplayName",
            "status",
            json!({ "displayName": "A", "userId": id }),
        )
        .await;
    assert_eq!(told(&all.next().await.unwrap()), "user.display_name_set");
    let end = json!({ "browserSessionId": other.session });
    alice.mutate("endBrowserSession", "status", end).await;
    let ended = all.next().await.unwrap();
    assert_eq!(told(&ended), "browser_session.finished");
    // As it is now.
    let target = json!({ "__typename": "BrowserSession", "state": "FINISHED" });
    assert_eq!(ended["data"]["history"]["target"], target);
    let add = json!({ "userId": id, "email": "alice@example.com" });
    api.mutate(&api.admin, "addEmail", "status", &add).await;
    assert_eq!(told(&all.next().await.unwrap()), "user.email_added");
    assert_eq!(told(&emails.next().await.unwrap()), "user.email_added");
    let metrics = Answer::to(api.server.get("/metrics")).await.text;
    assert!(
        metrics.contains("muniment_graphql_subscriptions 2"),
        "{metrics}"
    );
}

async fn nothing_is_missed_between_two_streams(database: TestDatabase) {
    let api = Api::start(&database).await;
    let account = api.account("alice", &[]);
    let token = Some(account.token.as_str());
    let mut first = api.server.subscribe(token, FOLLOW, json!({})).await;
    api.email(&account, "one@example.com").await;
    let seen = first.next().await.unwrap()["data"]["history"]["id"].clone();
    drop(first);
    api.email(&account, "two@example.com").await;
    api.email(&account, "three@example.com").await;
    let mut second = api
        .server
        .subscribe(token, FOLLOW, json!({ "after": seen }))
        .await;
    for _ in 0..2 {
        assert_eq!(told(&second.next().await.unwrap()), "user.email_added");
    }
    api.email(&account, "four@example.com").await;
    assert_eq!(told(&second.next().await.unwrap()), "user.email_added");
    for (after, message) in [
        (format!("history_event:{}", crate::UNKNOWN), "invalid id"),
        (account.id.clone(), "invalid id"),
    ] {
        let mut refused = api
            .server
            .subscribe(token, FOLLOW, json!({ "after": after }))
            .await;
        let answer = refused.next().await.unwrap();
        assert_eq!(answer["errors"][0]["message"], message);
        assert_eq!(refused.next().await, None);
    }
}

async fn what_another_process_does_is_told_too(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut alice = scene.signed_in("alice").await;
    let mut stream = alice.subscribe(FOLLOW, json!({})).await;
    let email = scene.log.add_email(scene.alice, "alice@example.com").await;
    email.unwrap();
    assert_eq!(told(&stream.next().await.unwrap()), "user.email_added");
}

async fn a_stream_ends_with_its_session(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let mut other = api.signed_in("alice").await;
    let mut stream = other.browser.subscribe(FOLLOW, json!({})).await;
    let end = json!({ "browserSessionId": other.session });
    alice.mutate("endBrowserSession", "status", end).await;
    assert_eq!(stream.next().await, None);
    // Nor does it go on for somebody who is locked out.
    let mut stream = alice.browser.subscribe(FOLLOW, json!({})).await;
    api.mutate(&api.admin, "lockUser", "status", &json!({ "userId": id }))
        .await;
    assert_eq!(stream.next().await, None);
}

async fn a_stream_ends_when_the_server_stops(database: TestDatabase) {
    let mut api = Api::start(&database).await;
    let account = api.account("alice", &[]);
    let token = Some(account.token.as_str());
    let mut stream = api.server.subscribe(token, FOLLOW, json!({})).await;
    let stopped = tokio::task::spawn_blocking(move || api.server.stop());
    assert_eq!(stream.next().await, None);
    let stopped = tokio::time::timeout(Duration::from_secs(20), stopped).await;
    stopped.expect("it does not wait for followers").unwrap();
}

async fn there_are_only_so_many_streams(database: TestDatabase) {
    let api = Api::start_with(&database, "graphql:\n  max_subscriptions: 2\n").await;
    let account = api.account("alice", &[]);
    let token = Some(account.token.as_str());
    let first = api.server.subscribe(token, FOLLOW, json!({})).await;
    let _second = api.server.subscribe(token, FOLLOW, json!({})).await;
    let mut third = api.server.subscribe(token, FOLLOW, json!({})).await;
    let refused = third.next().await.unwrap();
    let message = "too many subscriptions are open; close others, or try again later";
    assert_eq!(refused["errors"][0]["message"], message);
    assert_eq!(third.next().await, None);
    drop(first);
    // The server learns of it when it next has something to say.
    let mut addresses = (0..).map(|n| format!("{n}@example.com"));
    let mut again = async || {
        let mut again = api.server.subscribe(token, FOLLOW, json!({})).await;
        api.email(&account, &addresses.next().unwrap()).await;
        again.next().await.unwrap().get("errors").is_none()
    };
    while !again().await {}
}

async fn whoever_takes_no_stream_is_told(database: TestDatabase) {
    let api = Api::start(&database).await;
    let account = api.account("alice", &[]);
    let body = json!({ "query": FOLLOW }).to_string();
    for accept in ["application/json", "*/*"] {
        let request = api.post(body.clone()).bearer_auth(&account.token);
        let answer = crate::answer(request.header("accept", accept)).await;
        let message = "Subscriptions are answered by a stream of events: set the header \
            `Accept: text/event-stream`";
        answer.refused(406, message);
    }
    // What is no subscription is answered as ever.
    let request = api.post(json!({ "query": crate::VIEWER }).to_string());
    let answer = crate::answer(request.header("accept", "text/event-stream")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

async fn another_site_follows_nobody(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let alice = api.signed_in("alice").await;
    let request = api
        .by_query_string(reqwest::Method::GET, &[("query", FOLLOW)])
        .header("accept", "text/event-stream");
    for (header, value) in [
        ("origin", "https://evil.example.com"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = request.try_clone().unwrap().header(header, value);
        let request = alice.browser.with_cookies(request);
        let response = request.send().await.unwrap();
        let mut stream = muniment_tests::sse::SseStream::of(response);
        let refused = stream.next().await.unwrap();
        assert_eq!(refused["errors"][0]["message"], "Unauthorized");
    }
}

async fn a_widespread_client_library_follows(database: TestDatabase) {
    let api = Api::start(&database).await;
    let id = api.person("alice").await;
    let (token, _) = api.session_of(&id, "urn:mas:graphql:*").await;
    let variables = [
        ("URL", api.server.url("/graphql")),
        ("TOKEN", token),
        ("USER_ID", id),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let printed = node::run(target, "graphql-sse.mjs", &variables).await;
    assert_eq!(printed, "told: user.display_name_set\nended\n");
}
