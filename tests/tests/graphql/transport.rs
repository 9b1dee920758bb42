//! GraphQL over HTTP: methods, bodies, query strings and headers (contract/graphql.md 1, with the
//! differences of its README).

use std::collections::HashSet;

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Api, VIEWER, answer};

each_backend!(
    without_credentials_the_requester_is_anonymous,
    a_body_is_one_json_object_and_says_so,
    a_body_has_an_end,
    a_mutation_by_get_is_refused_and_changes_nothing,
    the_operation_of_a_document_is_chosen_by_name,
    an_answer_has_data_and_has_errors_only_where_there_are_some,
    any_page_may_call_but_never_with_cookies,
    introspection_is_for_everybody,
);

fn anonymous() -> Value {
    json!({ "data": { "viewer": { "__typename": "Anonymous" } } })
}

async fn without_credentials_the_requester_is_anonymous(database: TestDatabase) {
    let api = Api::start(&database).await;
    let by_post = api.post(json!({ "query": VIEWER }).to_string());
    let by_get = api.by_query_string(Method::GET, &[("query", VIEWER)]);
    // M1, M2
    for request in [by_get, by_post] {
        let answer = answer(request).await;
        assert_eq!((answer.status, answer.json()), (200, anonymous()));
        for header in ["cache-control", "deprecation", "link"] {
            assert_eq!(answer.header(header), None);
        }
        assert_eq!(answer.header("x-request-id").unwrap().len(), 36);
    }
    let head = answer(api.by_query_string(Method::HEAD, &[("query", VIEWER)])).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), Some("application/json"));
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let refused = answer(api.server.request(method, "/graphql")).await;
        assert_eq!(refused.status, 405);
        assert_eq!(refused.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
    }
}

async fn a_body_is_one_json_object_and_says_so(database: TestDatabase) {
    let api = Api::start(&database).await;
    let query = json!({ "query": VIEWER }).to_string();
    // D1
    let batch = answer(api.post(format!(" [{query}]"))).await;
    batch.refused(400, "Batch requests are not supported");
    // D2
    for body in [
        "nope",
        "",
        "{",
        "[]",
        "[",
        "null",
        "7",
        "{\"query\":7}",
        "{\"query\":\"\u{0}\"}",
    ] {
        let refused = answer(api.post(body)).await;
        let document = refused.json();
        assert_eq!(refused.status, 400, "{body}: {document}");
        assert_eq!(document.get("data"), None, "{body}: {document}");
        let message = document["errors"][0]["message"].as_str().unwrap();
        assert!(
            message.starts_with("Invalid request: "),
            "{body}: {message}"
        );
    }
    // D3, where ours differs: a form on another site can send these without asking.
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("text/json"),
        Some("application/graphql"),
    ] {
        let mut request = api.server.post("/graphql").body(query.clone());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let refused = answer(request).await;
        assert_eq!(refused.status, 415, "{content_type:?}: {refused:?}");
        assert_eq!(refused.json().get("data"), None);
    }
    for content_type in [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/x+json",
    ] {
        let request = api
            .server
            .post("/graphql")
            .header("content-type", content_type);
        assert_eq!(
            answer(request.body(query.clone())).await.json(),
            anonymous()
        );
    }
    let more = json!({ "query": VIEWER, "variables": null, "extensions": {}, "more": [1] });
    assert_eq!(answer(api.post(more.to_string())).await.json(), anonymous());
}

async fn a_body_has_an_end(database: TestDatabase) {
    let limit = 4_000;
    let lines = format!("http:\n  max_request_body: {limit}\n");
    let api = Api::start_replacing(&database, "http:\n", &lines).await;
    let query = json!({ "query": VIEWER }).to_string();
    let padded = |length: usize| " ".repeat(length - query.len()) + &query;
    assert_eq!(answer(api.post(padded(limit))).await.json(), anonymous());
    let refused = answer(api.post(padded(limit + 1))).await;
    refused.refused(
        413,
        &format!("The request must not be larger than {limit} bytes"),
    );
}

async fn a_mutation_by_get_is_refused_and_changes_nothing(database: TestDatabase) {
    const ADD: &str = "mutation{addUser(input:{username:\"alice\"}){status}}";
    const NAMED: &str = "query Q{viewer{__typename}} \
        mutation M{addUser(input:{username:\"alice\"}){status}}";
    let api = Api::start(&database).await;
    for parameters in [
        &[("query", ADD)][..],
        &[("query", NAMED), ("operation_name", "M")],
    ] {
        for method in [Method::GET, Method::HEAD] {
            let request = api
                .by_query_string(method, parameters)
                .bearer_auth(&api.admin);
            let refused = answer(request).await;
            assert_eq!(refused.status, 405);
            assert_eq!(refused.header("allow"), Some("POST"));
        }
    }
    let query = [("query", NAMED), ("operation_name", "Q")];
    let queried = api
        .by_query_string(Method::GET, &query)
        .bearer_auth(&api.admin);
    assert_eq!(answer(queried).await.json(), anonymous());

    let users = api
        .data(&api.admin, "{users(first:1){totalCount}}", Value::Null)
        .await;
    assert_eq!(users, json!({ "users": { "totalCount": 0 } }));
    let posted = json!({ "query": NAMED, "operationName": "M" }).to_string();
    let posted = answer(api.post(posted).bearer_auth(&api.admin)).await;
    assert_eq!(
        posted.json(),
        json!({ "data": { "addUser": { "status": "ADDED" } } })
    );
}

async fn the_operation_of_a_document_is_chosen_by_name(database: TestDatabase) {
    const TWO: &str = "query A{a:viewer{__typename}} query B{b:viewer{__typename}}";
    let api = Api::start(&database).await;
    let message = async |parameters: &[(&str, &str)]| {
        let told = answer(api.by_query_string(Method::GET, parameters)).await;
        assert_eq!(told.status, 200);
        told.json()["errors"][0]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    // D9
    let b = json!({ "data": { "b": { "__typename": "Anonymous" } } });
    let named = [("query", TWO), ("operation_name", "B")];
    assert_eq!(
        answer(api.by_query_string(Method::GET, &named))
            .await
            .json(),
        b
    );
    let camel = message(&[("query", TWO), ("operationName", "B")]).await;
    assert_eq!(camel, "Operation name required in request.");
    let unknown = message(&[("query", TWO), ("operation_name", "C")]).await;
    assert_eq!(unknown, "Unknown operation named \"C\"");
    let single = message(&[("query", VIEWER), ("operation_name", "A")]).await;
    assert_eq!(single, "Unknown operation named \"A\"");

    let posted = json!({ "query": TWO, "operationName": "B" }).to_string();
    assert_eq!(answer(api.post(posted)).await.json(), b);

    // Variables come as JSON text.
    let query = "query($id:ID!){viewer:node(id:$id){__typename}}";
    let with = [("query", query), ("variables", "{\"id\":\"anonymous\"}")];
    assert_eq!(
        answer(api.by_query_string(Method::GET, &with)).await.json(),
        anonymous()
    );
    let junk = [("query", query), ("variables", "junk")];
    let refused = answer(api.by_query_string(Method::GET, &junk)).await;
    assert_eq!(refused.status, 400);
    let message = refused.json()["errors"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.starts_with("Invalid request: invalid variables: "),
        "{message}"
    );
}

async fn an_answer_has_data_and_has_errors_only_where_there_are_some(database: TestDatabase) {
    let api = Api::start(&database).await;
    // D10
    for (query, line, column) in [
        ("", 1, 1),
        ("{viewer", 1, 8),
        ("{nothing}", 1, 2),
        ("{viewer{__typename} nothing}", 1, 21),
        ("{viewer{__typename nothing}}", 1, 20),
    ] {
        let answer = answer(api.post(json!({ "query": query }).to_string())).await;
        assert_eq!(answer.status, 200);
        let document = answer.json();
        let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["data", "errors"], "{query}");
        assert_eq!(document["data"], Value::Null, "{query}");
        assert_eq!(
            document["errors"][0]["locations"],
            json!([{ "line": line, "column": column }]),
            "{query}"
        );
        assert_eq!(document["errors"][0].get("extensions"), None, "{query}");
    }
    let answer = api
        .server
        .graphql(None, "{\n  node(id: \"junk\") { id }\n}", Value::Null)
        .await;
    assert_eq!(
        answer,
        json!({ "data": null, "errors": [{
            "message": "invalid id",
            "locations": [{ "line": 2, "column": 3 }],
            "path": ["node"],
        }] })
    );
}

async fn any_page_may_call_but_never_with_cookies(database: TestDatabase) {
    let api = Api::start(&database).await;
    let preflight = api
        .server
        .request(Method::OPTIONS, "/graphql")
        .header("origin", "https://app.example.org")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        );
    let preflight = answer(preflight).await;
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("*"));
    let allowed: HashSet<&str> = preflight
        .header("access-control-allow-headers")
        .unwrap()
        .split(',')
        .map(str::trim)
        .collect();
    for header in [
        "authorization",
        "accept",
        "accept-language",
        "content-language",
        "content-type",
    ] {
        assert!(allowed.contains(header), "{header}");
    }
    for header in ["access-control-allow-credentials", "access-control-max-age"] {
        assert_eq!(preflight.header(header), None);
    }
    for request in [
        api.post(json!({ "query": VIEWER }).to_string()),
        api.post("junk"),
        api.post("junk").bearer_auth("junk"),
        api.server.request(Method::PUT, "/graphql"),
    ] {
        let answer = answer(request).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("set-cookie"), None);
    }
}

async fn introspection_is_for_everybody(database: TestDatabase) {
    let api = Api::start(&database).await;
    // D51
    let query = "{__schema{queryType{name} mutationType{name} subscriptionType{name} \
        types{name fields(includeDeprecated:true){name isDeprecated}}}}";
    let schema = api.server.graphql(None, query, Value::Null).await["data"]["__schema"].clone();
    assert_eq!(schema["queryType"]["name"], "Query");
    assert_eq!(schema["mutationType"]["name"], "Mutation");
    // Ours alone.
    assert_eq!(schema["subscriptionType"]["name"], "Subscription");
    let fields = |name: &str| {
        let types = schema["types"].as_array().unwrap();
        let found = types.iter().find(|known| known["name"] == name).unwrap();
        found["fields"].as_array().unwrap().clone()
    };
    let is_deprecated = |type_: &str, field: &str| {
        let fields = fields(type_);
        let field = fields.iter().find(|known| known["name"] == field).unwrap();
        field["isDeprecated"].as_bool().unwrap()
    };
    for (type_, field, deprecated) in [
        ("Query", "viewer", false),
        ("Query", "currentUser", true),
        ("Mutation", "addUser", false),
        ("Mutation", "addEmail", true),
        ("Mutation", "setPrimaryEmail", true),
        ("UserEmail", "confirmedAt", true),
    ] {
        assert_eq!(is_deprecated(type_, field), deprecated, "{type_}.{field}");
    }
}
