//! Whatever is sent, the server does not fail over it: it answers in JSON, and shows no internals.

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Api, answer};

each_backend!(
    no_value_makes_the_server_fail,
    no_document_makes_the_server_fail,
    no_query_string_makes_the_server_fail,
);

/// Text that has broken a server before, somewhere.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        "\u{0}",
        "a\u{0}b",
        "\u{7f}\u{1b}[31m",
        "\u{feff}\u{202e}\u{200d}",
        "ǅ\u{130}\u{df}\u{fb01}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{10ffff}",
        "' OR 1=1 --",
        "%",
        "_",
        "\\",
        "%s%n{0}${x}{{x}}",
        "-1",
        "99999999999999999999999999999999999999999",
        "user:ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "W10",
        "WyJVc2VyIl0",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(5_000));
    texts.push("e\u{301}".repeat(1_000));
    texts
}

#[track_caller]
fn executed_or_refused(answer: &Answer, what: &str) {
    let shown: String = what.chars().take(200).collect();
    assert!(
        answer.status < 500,
        "{} for {shown}: {}",
        answer.status,
        answer.text
    );
    let document = answer.json();
    if answer.status == 200 {
        assert!(document.get("data").is_some(), "{shown}: {document}");
    } else {
        assert!(document.get("data").is_none(), "{shown}: {document}");
    }
    for error in document["errors"].as_array().into_iter().flatten() {
        let message = error["message"].as_str().unwrap();
        assert!(!message.starts_with("Internal error"), "{shown}: {message}");
    }
}

async fn no_value_makes_the_server_fail(database: TestDatabase) {
    const OPERATIONS: [&str; 12] = [
        "query($x: String!){node(id:$x){id}}",
        "query($x: String!){user(id:$x){id}}",
        "query($x: String!){userEmail(id:$x){id}}",
        "query($x: String!){oauth2Client(id:$x){id}}",
        "query($x: String!){userByUsername(username:$x){id}}",
        "query($x: String!){users(first:1,after:$x){totalCount}}",
        "query($x: String!){users(last:1,before:$x){totalCount}}",
        "mutation($x: String!){addUser(input:{username:$x}){status}}",
        "mutation($x: String!){addEmail(input:{userId:$x,email:$x}){status}}",
        "mutation($x: String!, $u: ID!){addEmail(input:{userId:$u,email:$x}){status}}",
        "mutation($x: String!){lockUser(input:{userId:$x}){status}}",
        "mutation($x: String!, $u: ID!){setPassword(input:{userId:$u,newPassword:$x,\
            currentPassword:$x}){status}}",
    ];
    let api = Api::start(&database).await;
    let alice = api.account("alice", &[]);
    for text in hostile_texts() {
        for operation in OPERATIONS {
            let mut variables = json!({ "x": text });
            if operation.contains("$u:") {
                variables["u"] = json!(alice.id);
            }
            let body = json!({ "query": operation, "variables": variables }).to_string();
            let answer = answer(api.post(body).bearer_auth(&api.admin)).await;
            executed_or_refused(&answer, &format!("{operation} with {text:?}"));
        }
    }
    // Numbers and shapes that no argument has.
    for value in [
        "2147483647",
        "-2147483648",
        "2147483648",
        "1e400",
        "\"1\"",
        "[1]",
        "{a:1}",
        "null",
        "A",
    ] {
        let query = format!("{{users(first:{value}){{totalCount nodes{{id}}}}}}");
        let body = json!({ "query": query }).to_string();
        executed_or_refused(
            &answer(api.post(body).bearer_auth(&api.admin)).await,
            &query,
        );
        let query = "query($n: Int){users(first:$n){totalCount}}";
        let body = format!(
            "{{\"query\":{},\"variables\":{{\"n\":{}}}}}",
            json!(query),
            match value {
                "{a:1}" => "{\"a\":1}",
                "A" => "true",
                other => other,
            }
        );
        executed_or_refused(&answer(api.post(body).bearer_auth(&api.admin)).await, value);
    }
}

async fn no_document_makes_the_server_fail(database: TestDatabase) {
    let api = Api::start(&database).await;
    let circle = "{viewer{...A}} fragment A on User{id ...B} fragment B on User{id ...A}";
    let aliases: Vec<String> = (0..2_000)
        .map(|n| format!("a{n}:viewer{{__typename}}"))
        .collect();
    let aliases = aliases.join(" ");
    let nested = |depth: usize| format!("{}a{}", "{a".repeat(depth), "}".repeat(depth));
    let list = |depth: usize| {
        format!(
            "{{node(id:{}{}){{id}}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    let mut documents: Vec<String> = hostile_texts();
    documents.extend([
        circle.to_owned(),
        format!("{{{aliases}}}"),
        nested(33),
        nested(50_000),
        list(50),
        list(50_000),
        format!("query {}{{viewer{{__typename}}}}", "q".repeat(50_000)),
        format!(
            "{{viewer{{__typename {}}}}}",
            "@include(if:true)".repeat(1_000)
        ),
        "subscription{a}".to_owned(),
        "{__typename".to_owned() + &" ".repeat(100_000) + "}",
        "#".repeat(100_000),
        "\"\"\"".to_owned(),
        "{viewer{__typename}} {viewer{__typename}}".to_owned(),
        "fragment A on User{id}".to_owned(),
        "query($x: Nothing!){viewer{__typename}}".to_owned(),
        "query($x: ID! = 7){node(id:$x){id}}".to_owned(),
        "mutation{__typename}".to_owned(),
    ]);
    for document in documents {
        let body = json!({ "query": document, "operationName": null }).to_string();
        executed_or_refused(&answer(api.post(body)).await, &document);
    }
    let deep = |open: &str| open.repeat(100_000).into_bytes();
    for body in [
        deep("["),
        deep("{\"query\":"),
        b"{\"query\":\"\xff\"}".to_vec(),
        b"{\"query\":\"\\ud800\"}".to_vec(),
        b"{\"query\":\"{viewer{__typename}}\",\"variables\":[]}".to_vec(),
        b"{\"query\":\"{viewer{__typename}}\",\"operationName\":7}".to_vec(),
        b"{\"query\":\"a\",\"query\":\"b\"}".to_vec(),
        vec![0; 1_000],
    ] {
        let shown = String::from_utf8_lossy(&body).into_owned();
        executed_or_refused(&answer(api.post(body)).await, &shown);
    }
}

async fn no_query_string_makes_the_server_fail(database: TestDatabase) {
    let api = Api::start(&database).await;
    for text in hostile_texts() {
        for parameter in [
            "query",
            "variables",
            "operation_name",
            "extensions",
            "nothing",
        ] {
            let parameters = [
                ("query", "{viewer{__typename}}"),
                (parameter, text.as_str()),
            ];
            let request = api.by_query_string(
                Method::GET,
                &parameters[usize::from(parameter == "query")..],
            );
            executed_or_refused(&answer(request).await, &format!("{parameter}={text}"));
        }
    }
    for raw in [
        "%",
        "query=%zz",
        "query=%ff",
        "&&&",
        "=",
        "query",
        "query=%7Ba%7D&query=%7Bb%7D",
    ] {
        let request = api.server.get(&format!("/graphql?{raw}"));
        executed_or_refused(&answer(request).await, raw);
    }
    let anonymous = api.by_query_string(
        Method::GET,
        &[
            ("query", "{viewer{__typename}}"),
            ("x", &"x".repeat(30_000)),
        ],
    );
    let told = answer(anonymous).await;
    assert_eq!(
        told.json(),
        json!({ "data": { "viewer": { "__typename": "Anonymous" } } })
    );
    let users = api
        .data(&api.admin, "{users(first:0){totalCount}}", Value::Null)
        .await;
    assert_eq!(users, json!({ "users": { "totalCount": 0 } }));
}
