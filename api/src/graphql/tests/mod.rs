//! The API in process, over a database of its own.

mod mutations;
mod queries;
mod transport;

use std::{collections::HashSet, sync::Arc};

use muniment_domain::{ClientId, ClientMetadata, GrantType, Scope, UserId};
use muniment_store::{Entropy, MasterSecret, sql::DatabaseOptions};
use poem::{Endpoint, Request, Response, Route, http::header};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

use super::{GraphqlOptions, routes};
use crate::{
    accounts::{self, TokenRequest},
    ambient::{SystemClock, SystemEntropy},
    app::{App, Parts},
    auth::{Actor, Client, Clients, clients::AuthMethod},
    config,
    homeserver::NoHomeserver,
    mail::Mailer,
    passwords::{PasswordSettings, Scheme},
    site::Site,
};

const CLIENT: ClientId = ClientId::from_uuid(Uuid::from_u128(7));
const STRONG: &str = "correct horse battery staple";
const UNKNOWN: &str = "01040G2081040G2081040G2081";

struct Server {
    app: Arc<App>,
    routes: Route,
    _data: TempDir,
}

impl Server {
    async fn start() -> Self {
        Self::configured(|_| {}, |_| {}).await
    }

    async fn configured(
        site: impl FnOnce(&mut Site),
        options: impl FnOnce(&mut GraphqlOptions),
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut parts = parts(&data);
        site(&mut parts.site);
        let app = App::start(parts).await.unwrap();
        let mut graphql = GraphqlOptions {
            playground: true,
            bearer_access: true,
            prefix: String::new(),
            max_body: 10_000,
            limits: config::Graphql::default(),
        };
        options(&mut graphql);
        Self {
            routes: routes(app.clone(), graphql).done().0,
            app,
            _data: data,
        }
    }

    async fn call(&self, request: Request) -> Response {
        self.routes.get_response(request).await
    }

    async fn user(&self, name: &str) -> UserId {
        let actor = Actor::operator("test", Uuid::nil());
        let user = accounts::register(&self.app, &actor, name).await;
        user.unwrap().id
    }

    /// A token of `user`, or of the client itself.
    async fn token(&self, user: Option<UserId>, scope: &str) -> String {
        let request = TokenRequest {
            client: CLIENT,
            user,
            scope: Scope::try_from(scope.to_owned()).unwrap(),
            grant: GrantType::Issued,
            browser_session: None,
            lifetime: Some(300),
            refreshable: false,
            visitor: accounts::Visitor::default(),
        };
        let actor = Actor::operator("test", Uuid::nil());
        let issued = accounts::issue_tokens(&self.app, &actor, request).await;
        issued.unwrap().access_token
    }

    async fn admin(&self) -> String {
        self.token(None, "urn:mas:graphql:* urn:mas:admin").await
    }

    /// The answer to a query or mutation that reaches the engine.
    async fn run(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let response = self.call(post(token, query, &variables)).await;
        assert_eq!(response.status(), 200);
        body(response).await
    }

    /// The message of the only error.
    async fn error(&self, token: Option<&str>, query: &str) -> String {
        let answer = self.run(token, query, Value::Null).await;
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{answer}");
        errors[0]["message"].as_str().unwrap().to_owned()
    }
}

fn post(token: Option<&str>, query: &str, variables: &Value) -> Request {
    let mut request = Request::builder()
        .method(poem::http::Method::POST)
        .uri_str("/graphql")
        .content_type("application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(json!({"query": query, "variables": variables}).to_string())
}

fn get(query: &str) -> Request {
    let query = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
    Request::builder()
        .uri_str(format!("/graphql?query={query}"))
        .finish()
}

async fn body(response: Response) -> Value {
    let text = response.into_body().into_string().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn parts(data: &TempDir) -> Parts {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new().unwrap());
    let file = data.path().join("muniment.db");
    Parts {
        site: site(),
        clients: Clients::new(
            vec![Client::configured(
                CLIENT,
                AuthMethod::None,
                None,
                ClientMetadata::default(),
            )],
            HashSet::from([CLIENT]),
        ),
        upstream: Vec::new(),
        passwords: PasswordSettings {
            enabled: true,
            minimum_complexity: 3,
            schemes: vec![Scheme::argon2id(1)],
        },
        oauth: config::OAuth::default(),
        policy: crate::policy::Settings::default(),
        rate_limiting: crate::config::RateLimiting::default(),
        captcha: None,
        max_subscriptions: 10,
        trusted_proxies: Vec::new(),
        signing_keys: Vec::new(),
        audit: crate::audit::Settings {
            origin: None,
            default_origin: "example.com/muniment".to_owned(),
            signing_key: None,
            checkpoint_interval: std::time::Duration::from_secs(10),
        },
        session_cookie_lifetime: 3600,
        database: DatabaseOptions::new(format!("sqlite://{}?mode=rwc", file.display())),
        #[cfg(feature = "eventstoredb")]
        event_store: None,
        mailer: Mailer::new(&config::Email::default(), "Example").unwrap(),
        homeserver: Arc::new(NoHomeserver),
        master: MasterSecret::new([7; 32]),
        clock: Arc::new(SystemClock),
        entropy,
    }
}

fn site() -> Site {
    let base = Url::parse("https://example.com/").unwrap();
    Site {
        public_base: base.clone(),
        issuer: base,
        server_name: "example.com".to_owned(),
        service_name: None,
        policy_uri: None,
        tos_uri: None,
        imprint: None,
        logo_uri: None,
        accent: None,
        accent_dark: None,
        email_change_allowed: true,
        displayname_change_allowed: true,
        password_login_enabled: true,
        password_change_allowed: true,
        password_registration_enabled: false,
        password_registration_email_required: false,
        password_registration_token_required: false,
        account_recovery_allowed: false,
        account_deactivation_allowed: true,
        login_with_email_allowed: false,
        minimum_password_complexity: 3,
        captcha: None,
        plan_management_iframe_uri: None,
        session_limit: None,
        disuse: None,
        access_token_ttl: 300,
        compat_token_ttl: 300,
    }
}
