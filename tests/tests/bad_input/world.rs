//! A server with everything switched on, and people who are in the middle of things.

use std::sync::atomic::{AtomicUsize, Ordering};

use muniment_tests::{
    LIMIT, TestDatabase, TestServer,
    browser::{Answer, Browser},
    server::{CLIENT_ID, CLIENT_SECRET, ENCRYPTION, configuration},
};
use serde_json::{Value, json};

use crate::{idp::Idp, judge::Judge};

pub const PASSWORD: &str = "correct horse battery staple 9";
pub const PUBLIC_ID: &str = "01JZZZZZZZZZZZZZZZZZZZN0NE";
pub const REDIRECT: &str = "https://example.com/callback";
pub const PROVIDER: &str = "01HV3JZ6Y0000000000000000A";
/// Where a client of the legacy login waits.
pub const APP: &str = "app.example:/done";
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Everything that a listener can serve.
const RESOURCES: &str = "        - name: oauth\n        - name: human\n        - name: assets\n        \
    - name: compat\n        - name: connection-info\n";

pub struct World {
    pub server: TestServer,
    /// A connection for each request: the server closes those whose bodies it did not read.
    pub client: reqwest::Client,
    pub idp: Idp,
    pub judge: Judge,
    pub admin_token: String,
    people: AtomicUsize,
}

/// Somebody with an account.
pub struct Person {
    pub name: String,
    pub id: String,
}

impl World {
    pub async fn start(database: &TestDatabase) -> Self {
        let idp = Idp::start().await;
        let entry = idp.entry(
            PROVIDER,
            "on_backchannel_logout: logout_browser_only\nclaims_imports: {localpart: {action: \
             suggest}, displayname: {action: suggest}, email: {action: suggest}}",
        );
        let extra = format!(
            "audit: {{checkpoint_interval: 1}}\n\
             account: {{password_registration_enabled: true, password_recovery_enabled: true}}\n\
             upstream_oauth2:\n  providers:\n{entry}"
        );
        let client = format!(
            "clients:\n  - client_id: {PUBLIC_ID}\n    client_auth_method: none\n    \
             redirect_uris: [{REDIRECT}]\n"
        );
        let yaml = configuration(database.uri(), &extra)
            .replacen("clients:\n", &client, 1)
            .replacen("        - name: oauth\n", RESOURCES, 1);
        let server = TestServer::start_configured(database, &yaml).await;
        let admin_token = server.admin_token().await;
        let judge = Judge {
            origin: "http://127.0.0.1/".parse().unwrap(),
            registered: vec![
                REDIRECT.to_owned(),
                APP.to_owned(),
                format!("{}/authorize", idp.base),
            ],
            secrets: [ENCRYPTION, CLIENT_SECRET, PASSWORD, crate::idp::SECRET]
                .map(str::to_owned)
                .into(),
        };
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .timeout(LIMIT)
            .build()
            .unwrap();
        Self {
            server,
            client,
            idp,
            judge,
            admin_token,
            people: AtomicUsize::new(0),
        }
    }

    /// A name that nobody has yet.
    pub fn name(&self) -> String {
        format!("person{}", self.people.fetch_add(1, Ordering::Relaxed))
    }

    /// Does something to the Admin API; the answer's body.
    pub async fn admin(&self, path: &str, body: &Value) -> Value {
        let request = self.server.post(&format!("/api/admin/v1{path}"));
        let request = request.bearer_auth(&self.admin_token).json(body);
        let answer = Answer::to(request).await;
        assert!(answer.status < 300, "{path}: {answer:?}");
        if answer.text.is_empty() {
            return Value::Null;
        }
        answer.json()["data"].clone()
    }

    /// Somebody new, with a password and an address.
    pub async fn person(&self) -> Person {
        let name = self.name();
        let id = self.server.register(&self.admin_token, &name).await;
        let path = format!("/users/{id}/set-password");
        self.admin(&path, &json!({ "password": PASSWORD })).await;
        let email = json!({"user_id": id, "email": format!("{name}@example.com")});
        self.admin("/user-emails", &email).await;
        Person { name, id }
    }

    pub async fn signed_in(&self, person: &Person) -> Browser<'_> {
        let mut browser = Browser::new(&self.server);
        let answer = browser.sign_in("/login", &person.name, PASSWORD).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    /// The page on which somebody is asked whether a client may go on.
    pub async fn consent(&self, browser: &mut Browser<'_>) -> String {
        let url = reqwest::Url::parse_with_params("http://x/authorize", request());
        let path = format!("/authorize?{}", url.unwrap().query().unwrap());
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.location().to_owned()
    }

    /// A code that serves once.
    pub async fn code(&self, browser: &mut Browser<'_>) -> String {
        let consent = self.consent(browser).await;
        let answer = browser.fill(&consent, &[("action", "consent")]).await;
        parameter(answer.location(), "code")
    }

    /// The tokens of a new session.
    pub async fn tokens(&self, browser: &mut Browser<'_>) -> Value {
        let code = self.code(browser).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", PUBLIC_ID),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        Answer::to(self.server.post("/oauth2/token").form(&fields))
            .await
            .json()
    }

    /// A device that waits for its user.
    pub async fn device(&self) -> Value {
        let fields = [("client_id", PUBLIC_ID), ("scope", "openid")];
        Answer::to(self.server.post("/oauth2/device").form(&fields))
            .await
            .json()
    }

    /// A legacy session.
    pub async fn compat(&self, person: &Person) -> Value {
        let body = json!({"type": "m.login.password", "password": PASSWORD, "refresh_token": true,
            "identifier": {"type": "m.id.user", "user": person.name}});
        let request = self.server.post("/_matrix/client/v3/login").json(&body);
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The path of the page on which a legacy sign-in is confirmed.
    pub async fn sso(&self) -> String {
        let path = format!("/_matrix/client/v3/login/sso/redirect?redirectUrl={APP}");
        let answer = Answer::to(self.server.get(&path)).await;
        let location = answer.location().strip_prefix("http://127.0.0.1");
        location.expect("an address of this server").to_owned()
    }

    /// On the way to the provider: the `state`, and the nonce that it will be told.
    pub async fn upstream(&self, browser: &mut Browser<'_>) -> (String, String) {
        let path = format!("/upstream/authorize/{PROVIDER}");
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 307, "{answer:?}");
        let location = answer.location();
        (parameter(location, "state"), parameter(location, "nonce"))
    }
}

/// A client's request that nothing is wrong with.
pub fn request() -> [(&'static str, &'static str); 7] {
    [
        ("response_type", "code"),
        ("client_id", PUBLIC_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "openid"),
        ("state", "test-state-value"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

pub fn parameter(location: &str, name: &str) -> String {
    let url: reqwest::Url = location.parse().unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {location}"))
        .1
        .into_owned()
}

pub fn text(value: &Value, name: &str) -> String {
    let found = value[name].as_str();
    found
        .unwrap_or_else(|| panic!("no {name} in {value}"))
        .to_owned()
}

/// `a=b; c=d`
pub fn cookies(browser: &Browser<'_>) -> String {
    let all = browser.cookies.iter();
    let all = all.map(|(name, value)| format!("{name}={value}"));
    all.collect::<Vec<_>>().join("; ")
}

pub fn basic() -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!(
        "Basic {}",
        STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"))
    )
}
