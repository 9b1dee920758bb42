use poem::http::Method;

use super::*;

const VIEWER: &str = "{viewer{__typename}}";

async fn refused(server: &Server, request: Request, status: u16) -> String {
    let response = server.call(request).await;
    assert_eq!(response.status(), status);
    let body = body(response).await;
    assert!(body.get("data").is_none());
    body["errors"][0]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_credentials_the_requester_is_anonymous() {
    let server = Server::start().await;
    for request in [get(VIEWER), post(None, VIEWER, &Value::Null)] {
        let response = server.call(request).await;
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers().get(name).cloned();
        assert_eq!(header("content-type").unwrap(), "application/json");
        assert_eq!(header("access-control-allow-origin").unwrap(), "*");
        assert!(header("deprecation").is_none() && header("cache-control").is_none());
        let wanted = json!({"data": {"viewer": {"__typename": "Anonymous"}}});
        assert_eq!(body(response).await, wanted);
    }
}

#[tokio::test]
async fn bearer_access_works_and_is_said_to_be_deprecated() {
    let server = Server::configured(|_| {}, |options| options.prefix = "/auth/".to_owned()).await;
    let token = server.token(None, "urn:mas:graphql:*").await;
    let query = "{viewer{__typename} viewerSession{__typename}}";
    let response = server.call(post(Some(&token), query, &Value::Null)).await;
    let header = |name: &str| response.headers().get(name).cloned();
    assert_eq!(header("deprecation").unwrap(), "@1767225600");
    assert_eq!(
        header("link").unwrap(),
        "</auth/api/doc/>; rel=\"successor-version\""
    );
    let wanted = json!({"data": {
        "viewer": {"__typename": "Anonymous"},
        "viewerSession": {"__typename": "Oauth2Session"},
    }});
    assert_eq!(body(response).await, wanted);
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_before_the_body_is_looked_at() {
    let server = Server::start().await;
    let other_scope = server.token(None, "openid").await;
    for (token, message) in [
        ("mat_unknown", "Invalid token"),
        (&other_scope, "Missing urn:mas:graphql:* scope"),
    ] {
        for method in [Method::POST, Method::GET] {
            let request = Request::builder()
                .method(method)
                .uri_str("/graphql?variables=junk")
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body("junk");
            assert_eq!(refused(&server, request, 401).await, message);
        }
    }
}

#[tokio::test]
async fn a_token_of_a_locked_user_is_refused() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    let token = server.token(Some(alice), "urn:mas:graphql:*").await;
    let actor = Actor::operator("test", Uuid::nil());
    accounts::lock(&server.app, &actor, alice, false)
        .await
        .unwrap();
    let request = post(Some(&token), VIEWER, &Value::Null);
    assert_eq!(refused(&server, request, 401).await, "Invalid token");
}

#[tokio::test]
async fn a_listener_may_refuse_all_tokens() {
    let server = Server::configured(|_| {}, |options| options.bearer_access = false).await;
    let token = server.admin().await;
    let request = post(Some(&token), VIEWER, &Value::Null);
    assert_eq!(refused(&server, request, 401).await, "Invalid token");
}

#[tokio::test]
async fn another_scheme_than_bearer_is_a_bad_header() {
    let server = Server::start().await;
    let mut request = post(None, VIEWER, &Value::Null);
    let basic = poem::http::HeaderValue::from_static("Basic Zm9vOmJhcg==");
    request.headers_mut().insert(header::AUTHORIZATION, basic);
    let response = server.call(request).await;
    assert_eq!(response.status(), 400);
    let text = response.into_body().into_string().await.unwrap();
    assert_eq!(text, "invalid HTTP header (authorization)");
}

#[tokio::test]
async fn what_is_not_json_batched_or_too_large_is_refused() {
    let server = Server::start().await;
    let send = |content_type: Option<&str>, body: String| {
        let mut request = Request::builder().method(Method::POST).uri_str("/graphql");
        if let Some(content_type) = content_type {
            request = request.content_type(content_type);
        }
        request.body(body)
    };
    let query = json!({"query": VIEWER}).to_string();
    for content_type in [None, Some("text/plain"), Some("multipart/form-data")] {
        refused(&server, send(content_type, query.clone()), 415).await;
    }
    let json = Some("application/json");
    let batch = format!("[{query}]");
    assert_eq!(
        refused(&server, send(json, batch), 400).await,
        "Batch requests are not supported"
    );
    let junk = refused(&server, send(json, "nope".to_owned()), 400).await;
    assert!(junk.starts_with("Invalid request: "), "{junk}");
    refused(&server, send(json, " ".repeat(10_001)), 413).await;
}

#[tokio::test]
async fn a_mutation_over_get_changes_nothing() {
    let server = Server::start().await;
    let token = server.admin().await;
    let mutation = "mutation{addUser(input:{username:\"alice\"}){status}}";
    for method in [Method::GET, Method::HEAD] {
        let mut request = get(mutation);
        request.set_method(method);
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        let response = server.call(request).await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()[header::ALLOW], "POST");
    }
    let answer = server
        .run(
            Some(&token),
            "{userByUsername(username:\"alice\"){id}}",
            Value::Null,
        )
        .await;
    assert_eq!(answer, json!({"data": {"userByUsername": null}}));
}

#[tokio::test]
async fn other_methods_are_not_allowed_and_a_preflight_is_answered() {
    let server = Server::start().await;
    let send = |method| {
        Request::builder()
            .method(method)
            .uri_str("/graphql")
            .finish()
    };
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let response = server.call(send(method)).await;
        assert_eq!(response.status(), 405);
        assert_eq!(
            response.headers()[header::ALLOW],
            "GET, HEAD, POST, OPTIONS"
        );
    }
    let response = server.call(send(Method::OPTIONS)).await;
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(headers["access-control-allow-methods"], "*");
    assert!(headers.get("access-control-allow-credentials").is_none());
    assert!(headers.get("access-control-max-age").is_none());
}

#[tokio::test]
async fn the_playground_is_there_only_where_it_is_wanted() {
    let page = || Request::builder().uri_str("/graphql/playground").finish();
    let server = Server::start().await;
    let response = server.call(page()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );
    let server = Server::configured(|_| {}, |options| options.playground = false).await;
    assert_eq!(server.call(page()).await.status(), 404);
}

#[tokio::test]
async fn nesting_is_limited() {
    let server = Server::start().await;
    let deep = "{ofType".repeat(30);
    let query = format!(
        "{{__schema{{types{{fields{{type{deep}{{name}}{}}}}}}}}}",
        "}".repeat(30)
    );
    let message = server.error(None, &query).await;
    assert_eq!(
        message,
        "The recursion depth of the query cannot be greater than `32`"
    );
}

#[tokio::test]
async fn an_internal_failure_is_told_by_its_id_alone() {
    let server = Server::start().await;
    let token = server.admin().await;
    server.app.stop().await;
    let internal = format!("Internal error {}", Uuid::nil());
    let request = post(Some(&token), VIEWER, &Value::Null);
    assert_eq!(refused(&server, request, 503).await, internal);
    let query = format!("{{oauth2Session(id:\"oauth2_session:{UNKNOWN}\"){{id}}}}");
    assert_eq!(server.error(None, &query).await, internal);
}
