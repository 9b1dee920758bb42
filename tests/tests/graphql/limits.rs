//! How much may be asked for at once, and whether the schema may be (contract/graphql.md 1.4, with
//! our limits).

use std::fmt::Write;

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Answer, Api, answer};

each_backend!(
    what_asks_for_too_much_is_refused,
    a_page_is_no_longer_than_the_longest,
    the_schema_is_for_everybody_unless_it_is_hidden,
    limits_are_configured,
);

async fn post(api: &Api, query: &str) -> Answer {
    answer(api.post(json!({ "query": query }).to_string())).await
}

async fn what_asks_for_too_much_is_refused(database: TestDatabase) {
    let api = Api::start(&database).await;
    // A few lines of fragments that would be followed for years.
    let mut bomb = "query{...F0}".to_owned();
    for n in 0..40 {
        let next = n + 1;
        write!(bomb, " fragment F{n} on Query{{...F{next} ...F{next}}}").unwrap();
    }
    bomb += " fragment F40 on Query{viewer{__typename}}";
    post(&api, &bomb)
        .await
        .refused(400, "The operation must not have more than 10000 fields");
    let many = |count: usize| {
        let fields: Vec<String> = (0..count)
            .map(|n| format!("a{n}:siteConfig{{id}}"))
            .collect();
        format!("{{{}}}", fields.join(" "))
    };
    assert_eq!(post(&api, &many(100)).await.json().get("errors"), None);
    post(&api, &many(101)).await.refused(
        400,
        "The operation must not give more than 100 fields another name",
    );
    // Lists within lists cost their product.
    let page = |outer: u32, inner: u32| {
        format!(
            "{{viewer{{...on User{{browserSessions(first:{outer}){{nodes{{\
             appSessions(first:{inner}){{nodes{{__typename}}}}}}}}}}}}}}"
        )
    };
    assert_eq!(post(&api, &page(50, 50)).await.json().get("errors"), None);
    let refused = post(&api, &page(500, 500)).await.json();
    assert_eq!(refused["data"], Value::Null);
    assert_eq!(refused["errors"][0]["message"], "Query is too complex.");
    let deep = format!(
        "{{viewerSession{{...on BrowserSession{{{}id{}}}}}}}",
        "user{browserSessions(first:1){nodes{".repeat(7),
        "}}}".repeat(7)
    );
    let refused = post(&api, &deep).await.json();
    assert_eq!(refused["errors"][0]["message"], "Query is nested too deep.");
}

async fn a_page_is_no_longer_than_the_longest(database: TestDatabase) {
    let api = Api::start(&database).await;
    let alice = api.account("alice", &[]);
    let log = muniment_tests::beside::beside(&database).await;
    let user = alice.ulid.parse().unwrap();
    for n in 0..501 {
        let added = log.add_email(user, &format!("a{n}@example.com")).await;
        added.unwrap();
    }
    let query = "{viewer{...on User{emails(first:1000){totalCount pageInfo{hasNextPage} \
        nodes{id}}}}}";
    let found = api.data(&alice.token, query, Value::Null).await;
    let emails = &found["viewer"]["emails"];
    assert_eq!(emails["totalCount"], 501);
    assert_eq!(emails["pageInfo"]["hasNextPage"], true);
    assert_eq!(emails["nodes"].as_array().unwrap().len(), 500);
}

const SCHEMA: &str = "{__schema{queryType{name} types{name}}}";

async fn the_schema_is_for_everybody_unless_it_is_hidden(database: TestDatabase) {
    let api = Api::start(&database).await;
    // D51
    let found = post(&api, SCHEMA).await.json();
    assert_eq!(found.get("errors"), None);
    assert_eq!(found["data"]["__schema"]["queryType"]["name"], "Query");
    drop(api);
    let api = Api::start_with(&database, "graphql: {introspection: false}\n").await;
    let found = post(&api, SCHEMA).await.json();
    assert!(!found.to_string().contains("UserEmail"), "{found}");
    assert_eq!(found["data"]["__schema"], Value::Null);
    let found = post(&api, "{viewer{__typename}}").await.json();
    assert_eq!(found["data"]["viewer"]["__typename"], "Anonymous");
    // A guess is not helped on either.
    let found = post(&api, "{viewe}").await.json();
    assert_eq!(
        found["errors"][0]["message"],
        "Unknown field \"viewe\" on type \"Query\"."
    );
}

async fn limits_are_configured(database: TestDatabase) {
    let limits = "graphql: {max_depth: 2, max_complexity: 5, max_aliases: 1}\n";
    let api = Api::start_with(&database, limits).await;
    for (query, message) in [
        (
            "{viewer{...on User{matrix{mxid}}}}",
            "Query is too complex.",
        ),
        (
            "{siteConfig{id serverName imprint tosUri policyUri}}",
            "Query is too complex.",
        ),
    ] {
        let found = post(&api, query).await.json();
        assert_eq!(found["errors"][0]["message"], message, "{query}");
    }
    let deep = "{viewerSession{...on Oauth2Session{client{id}}}}";
    let found = post(&api, deep).await.json();
    assert_eq!(found["errors"][0]["message"], "Query is nested too deep.");
    post(&api, "{a:siteConfig{id} b:siteConfig{id}}")
        .await
        .refused(
            400,
            "The operation must not give more than 1 fields another name",
        );
    let found = post(&api, "{a:siteConfig{id}}").await.json();
    assert_eq!(found.get("errors"), None);
}
