//! The API in process, over a database of its own: what holds for every operation.

use std::sync::Arc;

use muniment_domain::{ClientId, GrantType, Scope, UserId};
use poem::{Endpoint, Request, Response, Route, http::Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::{openapi_document, routes};
use crate::{
    accounts::{self, TokenRequest},
    ambient::{SystemClock, SystemEntropy},
    app::App,
    auth::Actor,
    config::Config,
    settings,
};

const UNKNOWN: &str = "/api/admin/v1/users/01040G2081040G2081040G2081";

struct Server {
    app: Arc<App>,
    routes: Route,
    _data: TempDir,
}

impl Server {
    async fn start(yaml: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let config = Config::from_yaml(yaml, data.path()).unwrap().config;
        let entropy = Arc::new(SystemEntropy::new().unwrap());
        let parts = settings::parts(&config, Arc::new(SystemClock), entropy).unwrap();
        let app = App::start(parts).await.unwrap();
        Self {
            routes: routes(app.clone()).done().0,
            app,
            _data: data,
        }
    }

    async fn token(&self, user: Option<UserId>, scope: &str) -> String {
        let request = TokenRequest {
            client: ClientId::from_uuid(Uuid::from_u128(7)),
            user,
            scope: Scope::try_from(scope.to_owned()).unwrap(),
            grant: GrantType::Issued,
            browser_session: None,
            lifetime: Some(300),
            refreshable: false,
            visitor: accounts::Visitor::default(),
        };
        let issued = accounts::issue_tokens(&self.app, &operator(), request).await;
        issued.unwrap().access_token
    }

    async fn admin(&self) -> String {
        self.token(None, "urn:mas:admin").await
    }

    async fn call(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> Response {
        let mut request = Request::builder()
            .method(method)
            .uri_str(path)
            .content_type("application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.routes
            .get_response(request.body(body.to_owned()))
            .await
    }

    /// The status and the titles of a refusal.
    async fn refusal(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> (u16, Vec<String>) {
        let response = self.call(method, path, token, body).await;
        let status = response.status().as_u16();
        let body: Value =
            serde_json::from_str(&response.into_body().into_string().await.unwrap()).unwrap();
        let titles = body["errors"].as_array().unwrap().iter();
        let titles = titles.map(|error| error["title"].as_str().unwrap().to_owned());
        (status, titles.collect())
    }
}

fn operator() -> Actor {
    Actor::operator("test", Uuid::nil())
}

/// Every operation of the document, its path filled in with something that is not an id.
fn operations() -> Vec<(Method, String)> {
    let document = openapi_document(None);
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, methods)| {
        let path = path.replace("{id}", "x").replace("{username}", "x");
        methods.as_object().unwrap().keys().map(move |method| {
            let method = method.to_uppercase().parse().unwrap();
            (method, path.clone())
        })
    });
    operations.collect()
}

#[tokio::test]
async fn every_operation_asks_for_a_token_before_anything_else() {
    let server = Server::start("").await;
    let other = server.token(None, "urn:mas:graphql:*").await;
    for (method, path) in operations() {
        let answer = server.refusal(method.clone(), &path, None, "{").await;
        let missing = vec!["Missing authorization header".to_owned()];
        assert_eq!(answer, (400, missing), "{method} {path}");
        let answer = server
            .refusal(method.clone(), &path, Some(&other), "{")
            .await;
        let scope = vec!["Missing urn:mas:admin scope".to_owned()];
        assert_eq!(answer, (401, scope), "{method} {path}");
    }
}

#[tokio::test]
async fn every_path_may_be_called_from_any_page() {
    let server = Server::start("").await;
    for (_, path) in operations() {
        let response = server.call(Method::OPTIONS, &path, None, "").await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    }
}

#[tokio::test]
async fn a_path_parameter_is_looked_at_before_the_body_and_the_body_before_the_account() {
    let server = Server::start("").await;
    let token = server.admin().await;
    let path = "/api/admin/v1/users/x/set-admin";
    let (status, titles) = server.refusal(Method::POST, path, Some(&token), "{").await;
    assert_eq!(status, 400);
    assert_eq!(titles, ["Invalid ULID in path", "invalid length"]);
    let path = format!("{UNKNOWN}/set-admin");
    let (status, _) = server
        .refusal(Method::POST, &path, Some(&token), "{}")
        .await;
    assert_eq!(status, 422);
    let body = r#"{"admin":true}"#;
    let (status, _) = server
        .refusal(Method::POST, &path, Some(&token), body)
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn where_passwords_are_disabled_no_user_is_looked_up() {
    let server = Server::start("passwords: {enabled: false}").await;
    let token = server.admin().await;
    let path = format!("{UNKNOWN}/set-password");
    let body = r#"{"password":"correct horse battery staple"}"#;
    let answer = server
        .refusal(Method::POST, &path, Some(&token), body)
        .await;
    assert_eq!(answer, (403, vec!["Password auth is disabled".to_owned()]));
}

#[tokio::test]
async fn a_locked_administrator_is_refused_until_unlocked() {
    let server = Server::start("").await;
    let row = accounts::register(&server.app, &operator(), "alice").await;
    let user = row.unwrap().id;
    let token = server.token(Some(user), "urn:mas:admin").await;
    let path = format!("/api/admin/v1/users/{user}/lock");
    let response = server.call(Method::POST, &path, Some(&token), "").await;
    assert_eq!(response.status(), 200);
    let answer = server.refusal(Method::POST, &path, Some(&token), "").await;
    assert_eq!(answer, (401, vec!["User locked".to_owned()]));
}

#[tokio::test]
async fn the_served_document_knows_where_it_is_served() {
    let server = Server::start("http: {public_base: 'https://example.com/auth/'}").await;
    let response = server.call(Method::GET, "/api/spec.json", None, "").await;
    let text = response.into_body().into_string().await.unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        document["servers"],
        json!([{ "url": "https://example.com/auth" }])
    );
    let flow = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "https://example.com/auth/oauth2/token");
}
