//! People in browsers, and what the log says that they did.

use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase, TestLog, TestServer,
    browser::Browser,
    mailbox::Mailbox,
    server::{CLIENT_ID, configuration},
};
use serde_json::{Value, json};

use crate::{Api, STRONG, homeserver::FakeHomeserver, mutation_of};

/// Passwords as often as anybody likes; codes as often as the default says.
pub const PATIENT_LOGINS: &str =
    "rate_limiting:\n  login: {per_ip: {burst: 1000, per_second: 100}}\n";

impl Api {
    /// With pages, where people sign in, and mails.
    pub async fn with_pages(database: &TestDatabase, extra: &str) -> Self {
        let yaml = with_pages(database, extra);
        Self::of(TestServer::start_configured(database, &yaml).await).await
    }

    /// The same, with a homeserver.
    pub async fn with_homeserver(database: &TestDatabase, homeserver: &FakeHomeserver) -> Self {
        let yaml = with_pages(database, "").replacen("  kind: none\n", &homeserver.section(), 1);
        Self::of(TestServer::start_configured(database, &yaml).await).await
    }

    /// The global id of a new user who has a password.
    pub async fn person(&self, name: &str) -> String {
        let id = format!("user:{}", self.server.register(&self.admin, name).await);
        let set = json!({ "userId": id, "newPassword": STRONG });
        let set = self
            .mutate(&self.admin, "setPassword", "status", &set)
            .await;
        assert_eq!(set["status"], "ALLOWED");
        id
    }

    pub async fn signed_in(&self, name: &str) -> Person<'_> {
        let mut browser = Browser::new(&self.server);
        let answer = browser.sign_in("/login", name, STRONG).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let mut person = Person {
            browser,
            session: String::new(),
        };
        let id = "{viewerSession{... on BrowserSession{id}}}";
        let found = person.data(id, Value::Null).await;
        let id = found["viewerSession"]["id"].as_str();
        id.expect("they are signed in")
            .clone_into(&mut person.session);
        person
    }

    /// A token of the server's client that acts for a user, and the global id of its session.
    pub async fn session_of(&self, user: &str, scope: &str) -> (String, String) {
        let input = json!({ "userId": user, "scope": scope, "permanent": true });
        let fields = "accessToken oauth2Session{id}";
        let made = self
            .mutate(&self.admin, "createOauth2Session", fields, &input)
            .await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&made["accessToken"]),
            text(&made["oauth2Session"]["id"]),
        )
    }

    /// The global id of a session of the legacy Matrix login.
    pub async fn compat_session_of(&self, name: &str, device: &str) -> String {
        let arguments = ["users", "issue-compatibility-token", name, device];
        let issued = self.server.command(&arguments);
        assert!(issued.status.success(), "{issued:?}");
        let path = "/api/admin/v1/compat-sessions?page[last]=1";
        let found = self.server.get(path).bearer_auth(&self.admin);
        let found: Value = found.send().await.unwrap().json().await.unwrap();
        let id = found["data"][0]["id"].as_str().unwrap();
        format!("compat_session:{id}")
    }

    /// Whether a token is good.
    pub async fn is_accepted(&self, token: &str) -> bool {
        let request = self.post(r#"{"query":"{viewer{__typename}}"}"#);
        let status = crate::answer(request.bearer_auth(token)).await.status;
        assert!(status == 200 || status == 401, "{status}");
        status == 200
    }
}

fn with_pages(database: &TestDatabase, extra: &str) -> String {
    let extra = format!("{}{extra}", Mailbox::of(database).section());
    configuration(database.uri(), &extra).replacen(
        "        - name: oauth\n",
        "        - name: human\n        - name: compat\n        - name: oauth\n",
        1,
    )
}

/// Somebody at a browser.
pub struct Person<'s> {
    pub browser: Browser<'s>,
    /// The global id.
    pub session: String,
}

impl Person<'_> {
    /// What an operation that goes well answers.
    pub async fn data(&mut self, query: &str, variables: Value) -> Value {
        let answer = self.browser.graphql(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        answer["data"].clone()
    }

    /// What a mutation answers, when it goes well.
    pub async fn mutate(&mut self, mutation: &str, fields: &str, input: Value) -> Value {
        let (query, variables) = mutation_of(mutation, fields, &input);
        self.data(&query, variables).await[mutation].clone()
    }

    /// The status that a mutation answers.
    pub async fn status(&mut self, mutation: &str, input: Value) -> Value {
        self.mutate(mutation, "status", input).await["status"].clone()
    }

    /// The only error of a mutation.
    pub async fn error(&mut self, mutation: &str, input: Value) -> String {
        let (query, variables) = mutation_of(mutation, "__typename", &input);
        let answer = self.browser.graphql(&query, variables).await;
        assert_eq!(answer["data"], Value::Null, "{answer}");
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{answer}");
        errors[0]["message"].as_str().unwrap().to_owned()
    }

    /// `User` or `Anonymous`.
    pub async fn viewer(&mut self) -> Value {
        let found = self.data("{viewer{__typename}}", Value::Null).await;
        found["viewer"]["__typename"].clone()
    }
}

/// Who did the latest thing of this kind, through which client and which session.
pub async fn recorded(log: &TestLog, event_type: &str) -> (String, Option<String>, Option<String>) {
    let metadata = metadata(log, event_type).await;
    let text = |name: &str| metadata[name].as_str().map(ToOwned::to_owned);
    (text("actor").unwrap(), text("client"), text("session"))
}

/// The same, of an event whose request is known to be this person's in a browser.
pub async fn assert_recorded_by(log: &TestLog, event_type: &str, user: &str, session: &str) {
    let wanted = (user.to_owned(), None, Some(session.to_owned()));
    assert_eq!(recorded(log, event_type).await, wanted, "{event_type}");
}

/// The same, of one of the client that administrates.
pub async fn assert_recorded_by_admin(log: &TestLog, event_type: &str) {
    let (actor, client, session) = recorded(log, event_type).await;
    assert_eq!(actor, format!("client:{CLIENT_ID}"), "{event_type}");
    assert_eq!(client.as_deref(), Some(CLIENT_ID));
    assert!(session.unwrap().starts_with("oauth2_session:"));
}

/// What is kept of the latest event of this kind beside its payload.
pub async fn metadata(log: &TestLog, event_type: &str) -> Value {
    let found = query(
        "SELECT CAST(metadata AS TEXT) AS metadata FROM events \
         WHERE event_type = $1 ORDER BY position DESC LIMIT 1",
    );
    let row = log.database.fetch_optional(found.bind(event_type)).await;
    let row = row.unwrap();
    let row = row.unwrap_or_else(|| panic!("there is no {event_type}"));
    serde_json::from_str(&row.get::<String, _>("metadata").unwrap()).unwrap()
}

/// How many events of this kind there are.
pub async fn count(log: &TestLog, event_type: &str) -> i64 {
    let found = query("SELECT count(*) AS n FROM events WHERE event_type = $1");
    let row = log.database.fetch_one(found.bind(event_type)).await;
    row.unwrap().get("n").unwrap()
}
