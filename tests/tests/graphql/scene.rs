//! A server with pages and other services, Alice with a password, and Bob with one of everything.

use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSession, BrowserSessionCommand,
    BrowserSessionId, Client, ClientCommand, ClientId, ClientMetadata, CompatLogin, CompatSession,
    CompatSessionCommand, CompatSessionId, CompatSsoLoginId, EmailId, GrantType, Oauth2Session,
    Oauth2SessionCommand, Oauth2SessionId, PasswordId, PersonalSession, PersonalSessionCommand,
    PersonalSessionId, PersonalSessionOwner, StartCompatSession, TokenId, UpstreamLinkId,
    UpstreamProviderId, UserCommand, UserId,
};
use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase, TestLog, TestServer,
    beside::{beside, now},
    browser::{Answer, Browser},
    client,
    server::{configuration, stdout},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Api, STRONG};

pub const PROVIDER: &str = "01FSHN9AG00000000000000AAA";
pub const SWITCHED_OFF: &str = "01FSHN9AG00000000000000CCC";
pub const TICKET: &str = "a-ticket-that-came-by-mail-12345";
pub const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";

pub struct Scene {
    pub api: Api,
    pub log: TestLog,
    pub alice: UserId,
    pub bob: UserId,
    /// Bob's.
    pub of_bob: Things,
}

/// One of everything that a user can have.
pub struct Things {
    pub email: EmailId,
    pub browser: BrowserSessionId,
    pub oauth2: Oauth2SessionId,
    pub compat: CompatSessionId,
    pub link: UpstreamLinkId,
    pub personal: PersonalSessionId,
    pub authentication: UserId,
    pub client: ClientId,
}

macro_rules! run {
    ($log:expr, $aggregate:ty, $id:expr, $command:expr) => {
        $log.journal
            .execute::<$aggregate>($id.as_uuid(), $command, $log.execution())
            .await
            .unwrap()
    };
}

impl Scene {
    pub async fn start(database: &TestDatabase) -> Self {
        let api = Api::of(server(database).await).await;
        let log = beside(database).await;
        let alice = person(&api, "alice").await;
        let bob = person(&api, "bob").await;
        let registered = client(3);
        let metadata = ClientMetadata {
            redirect_uris: vec!["https://app.example.org/back".to_owned()],
            application_type: Some("native".to_owned()),
            client_name: Some("App".to_owned()),
            client_uri: Some("https://app.example.org".to_owned()),
            ..ClientMetadata::default()
        };
        let register = ClientCommand::RegisterClient {
            client_id: registered,
            metadata: Box::new(metadata),
        };
        run!(log, Client, registered, register);
        let email = log.add_email(bob, "bob@example.com").await.unwrap();
        let mut scene = Self {
            api,
            log,
            alice,
            bob,
            of_bob: Things {
                email,
                browser: BrowserSessionId::default(),
                oauth2: Oauth2SessionId::default(),
                compat: CompatSessionId::default(),
                link: UpstreamLinkId::default(),
                personal: PersonalSessionId::default(),
                authentication: UserId::default(),
                client: registered,
            },
        };
        let browser = scene.browser_session(bob, Some(AGENT)).await;
        let oauth2 = scene
            .oauth2_session(bob, "openid urn:matrix:client:device:PHONE", Some(browser))
            .await;
        let compat = scene
            .compat_session(bob, Some("LAPTOP"), Some(browser), true)
            .await;
        scene.of_bob.browser = browser;
        scene.of_bob.oauth2 = oauth2;
        scene.of_bob.compat = compat;
        scene.of_bob.link = scene.link(bob, PROVIDER, "bob-there").await;
        scene.of_bob.personal = scene.personal_session(bob).await;
        scene.of_bob.authentication = scene.email_authentication(bob, browser).await;
        scene.ticket().await;
        scene
    }

    pub async fn browser_session(&self, user: UserId, agent: Option<&str>) -> BrowserSessionId {
        let log = &self.log;
        let id = BrowserSessionId::from_uuid(log.ids.ulid());
        let start = BrowserSessionCommand::StartBrowserSession {
            session_id: id,
            user_id: user,
            user_agent: agent.map(str::to_owned),
            ip: None,
        };
        run!(log, BrowserSession, id, start);
        let authenticate = BrowserSessionCommand::Authenticate {
            authentication_id: AuthenticationId::from_uuid(log.ids.ulid()),
            method: AuthenticationMethod::Password {
                password_id: PasswordId::default(),
            },
        };
        run!(log, BrowserSession, id, authenticate);
        id
    }

    pub async fn oauth2_session(
        &self,
        user: UserId,
        scope: &str,
        browser: Option<BrowserSessionId>,
    ) -> Oauth2SessionId {
        let log = &self.log;
        let id = Oauth2SessionId::from_uuid(log.ids.ulid());
        let start = Oauth2SessionCommand::StartOauth2Session {
            session_id: id,
            client_id: client(3),
            user_id: Some(user),
            scope: scope.parse().unwrap(),
            grant: GrantType::Issued,
            browser_session_id: browser,
            user_agent: Some("Element X/1.2.3 (Pixel 8; Android 14; Sdk 34)".to_owned()),
            ip: None,
        };
        run!(log, Oauth2Session, id, start);
        id
    }

    pub async fn compat_session(
        &self,
        user: UserId,
        device: Option<&str>,
        browser: Option<BrowserSessionId>,
        sso: bool,
    ) -> CompatSessionId {
        let log = &self.log;
        let id = CompatSessionId::from_uuid(log.ids.ulid());
        let login = if sso {
            CompatLogin::Sso {
                login_id: CompatSsoLoginId::from_uuid(log.ids.ulid()),
                redirect_uri: "https://chat.example.org/".to_owned(),
                requested_at: 1_700_000_000_000_000,
                confirmed_at: 1_700_000_001_000_000,
            }
        } else {
            CompatLogin::Password
        };
        let start = CompatSessionCommand::StartCompatSession(StartCompatSession {
            session_id: id,
            user_id: user,
            device_id: device.map(str::to_owned),
            login,
            browser_session_id: browser,
            is_synapse_admin: false,
            name: Some("on the desk".to_owned()),
            user_agent: None,
            ip: None,
        });
        run!(log, CompatSession, id, start);
        id
    }

    pub async fn link(&self, user: UserId, provider: &str, subject: &str) -> UpstreamLinkId {
        let link_id = UpstreamLinkId::from_uuid(self.log.ids.ulid());
        let command = UserCommand::LinkUpstream {
            link_id,
            provider_id: provider.parse::<UpstreamProviderId>().unwrap(),
            subject: subject.to_owned(),
            account_name: Some("@there".to_owned()),
        };
        self.log.execute(user, command).await.unwrap();
        link_id
    }

    async fn personal_session(&self, user: UserId) -> PersonalSessionId {
        let log = &self.log;
        let id = PersonalSessionId::from_uuid(log.ids.ulid());
        let create = PersonalSessionCommand::CreatePersonalSession {
            session_id: id,
            owner: PersonalSessionOwner::User(user),
            actor_user_id: user,
            name: "robot".to_owned(),
            scope: "openid".parse().unwrap(),
            token_id: TokenId::from_uuid(log.ids.ulid()),
            expires_at: None,
        };
        run!(log, PersonalSession, id, create);
        id
    }

    /// That this user is about to prove an address.
    pub async fn email_authentication(&self, user: UserId, session: BrowserSessionId) -> UserId {
        let id = self.log.ids.ulid();
        let put = query(
            "INSERT INTO email_authentications \
             (id, email, user_id, browser_session_id, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind("new@example.com")
        .bind(user.as_uuid())
        .bind(session.as_uuid())
        .bind(now());
        self.log.database.execute(put).await.unwrap();
        UserId::from_uuid(id)
    }

    /// The ticket of a mail to Bob.
    async fn ticket(&self) {
        let (session, id) = (self.log.ids.ulid(), self.log.ids.ulid());
        let hash: [u8; 32] = Sha256::digest(TICKET).into();
        let put = query(
            "INSERT INTO recovery_sessions (id, email, locale, created_at) \
             VALUES ($1, 'bob@example.com', 'en', $2)",
        )
        .bind(session)
        .bind(now());
        self.log.database.execute(put).await.unwrap();
        let put = query(
            "INSERT INTO recovery_tickets \
             (ticket_hash, id, session_id, user_id, email_id, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(hash.as_slice())
        .bind(id)
        .bind(session)
        .bind(self.bob.as_uuid())
        .bind(self.of_bob.email.as_uuid())
        .bind(now())
        .bind(now() + 600_000_000);
        self.log.database.execute(put).await.unwrap();
    }

    /// A token of a user's, with this scope.
    pub async fn token(&self, user: UserId, scope: &str) -> String {
        let input = json!({ "userId": format!("user:{user}"), "scope": scope, "permanent": true });
        let api = &self.api;
        let made = "mutation($input: CreateOAuth2SessionInput!)\
            {createOauth2Session(input:$input){accessToken}}";
        let made = api.data(&api.admin, made, json!({ "input": input })).await;
        let token = made["createOauth2Session"]["accessToken"].as_str();
        token.unwrap().to_owned()
    }

    /// Something that happens to a user.
    pub async fn add_some_email(&self, user: UserId) {
        let address = format!("{}@example.com", self.log.ids.ulid().simple());
        self.log.add_email(user, &address).await.unwrap();
    }

    /// The browser of somebody who has signed in.
    pub async fn signed_in(&self, name: &str) -> Browser<'_> {
        let mut browser = Browser::new(&self.api.server);
        let answer = browser.sign_in("/login", name, STRONG).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    /// How many statements the server sends to its database for a request, in the best of a few runs:
    /// what runs beside it may send some, too.
    pub async fn statements(&self, request: impl AsyncFn()) -> u64 {
        let (mut idle, mut took) = (u64::MAX, u64::MAX);
        for _ in 0..8 {
            let before = self.sent().await;
            let between = self.sent().await;
            request().await;
            let after = self.sent().await;
            // Each look at the counter costs some, too.
            idle = idle.min(between - before);
            took = took.min(after - between);
        }
        took - idle
    }

    async fn sent(&self) -> u64 {
        let metrics = Answer::to(self.api.server.get("/metrics")).await.text;
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("muniment_database_statements_total "));
        line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
    }
}

async fn server(database: &TestDatabase) -> TestServer {
    let extra = format!(
        "captcha:
  service: hcaptcha
  site_key: a-site-key
  secret_key: a-secret-key
experimental:
  session_limit: {{soft_limit: 12, hard_limit: 20}}
upstream_oauth2:
  providers:
    - id: {PROVIDER}
      issuer: https://acme.example.com/
      human_name: ACME
      brand_name: acme
      client_id: us
      scope: openid
      token_endpoint_auth_method: none
    - id: {SWITCHED_OFF}
      issuer: https://old.example.com/
      enabled: false
      client_id: us
      scope: openid
      token_endpoint_auth_method: none
"
    );
    let yaml = configuration(database.uri(), &extra).replacen(
        "        - name: oauth\n",
        "        - name: human\n        - name: oauth\n",
        1,
    );
    TestServer::start_configured(database, &yaml).await
}

/// An account with the password.
async fn person(api: &Api, name: &str) -> UserId {
    let output = api.server.command(&["users", "register", name, "--json"]);
    assert!(output.status.success());
    let user: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let id = user["id"].as_str().unwrap();
    let input = json!({ "userId": format!("user:{id}"), "newPassword": STRONG });
    let set = api
        .mutate(&api.admin, "setPassword", "status", &input)
        .await;
    assert_eq!(set["status"], "ALLOWED");
    id.parse().unwrap()
}
