//! The server with a real homeserver, Synapse: it asks us of every token, and we tell it of users and
//! their devices. What is looked at is what Synapse answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod homeserver;

use std::path::Path;

use muniment_tests::{
    Backend, TestDatabase, TestServer,
    browser::{Answer, Browser},
    python, run,
    server::{configuration, stdout},
};
use reqwest::Method;
use serde_json::{Value, json};

use homeserver::{Homeserver, NAME, SECRET, free_port, until};

const PASSWORD: &str = "correct horse battery staple 9";
const CLIENT: &str = "01JZZZZZZZZZZZZZZZZZZZN0NE";
const REDIRECT: &str = "https://app.example.com/callback";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const LOGIN: &str = "/_matrix/client/v3/login";

mod a_matrix_account_works_from_registration_to_deactivation {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        on(Backend::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        on(Backend::Postgres).await;
    }
}

async fn on(backend: Backend) {
    // Before the clock of the test runs.
    let python = python::installed(Path::new(env!("CARGO_TARGET_TMPDIR")), "synapse");
    run(backend, async |database| {
        let mut pair = Pair::start(&python, &database).await;
        let alice = pair.registers("alice", "Alice A.").await;
        pair.writes_and_reads(&alice).await;
        pair.refreshes(&alice).await;
        pair.signs_out(&alice).await;
        pair.locks(&alice).await;
        pair.deactivates(&alice).await;
        pair.does_without().await;
    })
    .await;
}

/// The server under test and its homeserver.
struct Pair {
    ours: TestServer,
    synapse: Homeserver,
    /// May administrate our server.
    admin: String,
    /// May administrate Synapse.
    synapse_admin: String,
}

/// A user, signed in by OAuth 2.0.
struct Account {
    id: String,
    access: String,
    refresh: String,
}

impl Pair {
    async fn start(python: &std::path::Path, database: &TestDatabase) -> Self {
        let port = free_port();
        let clients = format!(
            "clients:\n  - client_id: {CLIENT}\n    client_auth_method: none\n    \
             client_name: {}\n    redirect_uris: ['{REDIRECT}']\n",
            // Longer than what Synapse takes for a device's name.
            "x".repeat(150)
        );
        let account = "account: {password_registration_enabled: true, \
            password_registration_email_required: false}\n";
        let yaml = configuration(database.uri(), account)
            .replacen("clients:\n", &clients, 1)
            .replacen(
                "        - name: oauth\n",
                "        - name: oauth\n        - name: human\n        - name: compat\n",
                1,
            )
            .replacen(
                "  kind: none\n  homeserver: example.com\n",
                &format!(
                    "  kind: synapse\n  homeserver: {NAME}\n  secret: {SECRET}\n  \
                     endpoint: http://127.0.0.1:{port}/\n"
                ),
                1,
            );
        let ours = TestServer::start_configured(database, &yaml).await;
        let accounts = ours.url("/");
        let synapse = Homeserver::start(python, database.folder(), port, &accounts).await;
        let admin = ours.admin_token().await;
        ours.register(&admin, "operator").await;
        // At once: Synapse may not have been told of the user by then.
        let flag = "--yes-i-want-to-grant-synapse-admin-privileges";
        let issued = ours.command(&["users", "issue-compatibility-token", "operator", flag]);
        assert!(issued.status.success(), "{issued:?}");
        let pair = Self {
            ours,
            synapse,
            admin,
            synapse_admin: stdout(&issued).trim().to_owned(),
        };
        // The server may have synchronised devices while the command was about to write its session.
        pair.has_told_all().await;
        pair
    }

    /// That Synapse was told of all that happened, and took it.
    async fn has_told_all(&self) {
        until("the outbox is empty", async || {
            let metrics = Answer::to(self.ours.get("/metrics")).await.text;
            let failed = "muniment_outbox_items{state=\"Failed\"} 0\n";
            assert!(metrics.contains(failed), "{metrics}");
            let waiting = "muniment_outbox_items{state=\"Waiting\"} 0\n";
            metrics.contains(waiting).then_some(())
        })
        .await;
    }

    /// What Synapse's administrators see of a user.
    async fn seen(&self, name: &str) -> Value {
        let path = format!("/_synapse/admin/v2/users/@{name}:{NAME}");
        self.synapse.read(&path, &self.synapse_admin).await
    }

    async fn change(&self, user: &str, change: &str) {
        let path = format!("/api/admin/v1/users/{user}/{change}");
        let answer = Answer::to(self.ours.post(&path).bearer_auth(&self.admin)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    async fn login(&self, name: &str, device: &str) -> Answer {
        let body = json!({
            "type": "m.login.password",
            "identifier": { "type": "m.id.user", "user": name },
            "password": PASSWORD,
            "device_id": device,
            "initial_device_display_name": "the device of a test ".repeat(10),
        });
        Answer::to(self.ours.post(LOGIN).json(&body)).await
    }

    /// The access token of a new session of the legacy login.
    async fn signs_in(&self, name: &str, device: &str) -> String {
        let answer = self.login(name, device).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        assert_eq!(body["device_id"], device);
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// A person registers on the pages and lets a client in.
    async fn registers(&self, name: &str, display_name: &str) -> Account {
        let mut browser = Browser::new(&self.ours);
        let fields = |name| {
            [
                ("username", name),
                ("password", PASSWORD),
                ("password_confirm", PASSWORD),
            ]
        };
        // Synapse keeps such names for other servers' bridges and for guests.
        let reserved = browser.fill("/register/password", &fields("_")).await;
        assert_eq!(
            reserved.status, 200,
            "Synapse does not let it: {reserved:?}"
        );
        let begun = browser.fill("/register/password", &fields(name)).await;
        assert_eq!(begun.status, 303, "{begun:?}");
        let step = browser.get(begun.location()).await;
        let step = step.location().to_owned();
        let named = browser.fill(&step, &[("display_name", display_name)]).await;
        let finish = named.location().to_owned();
        browser.get(&finish).await.leads_to("/");
        let account = self.lets_in(&mut browser, "OAUTHDEVICE1").await;
        // Not before the outbox has got that far.
        until("Synapse knows the display name", async || {
            (self.seen(name).await["displayname"] == display_name).then_some(())
        })
        .await;
        let whoami = self.synapse.whoami(&account.access).await;
        assert_eq!(
            whoami,
            (format!("@{name}:{NAME}"), "OAUTHDEVICE1".to_owned())
        );
        account
    }

    async fn lets_in(&self, browser: &mut Browser<'_>, device: &str) -> Account {
        let scope = format!("openid urn:matrix:client:api:* urn:matrix:client:device:{device}");
        let pairs = [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT),
            ("scope", &scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let url = reqwest::Url::parse_with_params("http://x/authorize", pairs).unwrap();
        let asked = browser
            .get(&format!("/authorize?{}", url.query().unwrap()))
            .await;
        let consent = asked.location().to_owned();
        let given = browser.fill(&consent, &[("action", "consent")]).await;
        assert_eq!(given.status, 303, "{given:?}");
        let callback: reqwest::Url = given.location().parse().unwrap();
        let code = callback.query_pairs().find(|(name, _)| name == "code");
        let code = code.expect("a code").1.into_owned();
        let tokens = self
            .tokens(&[
                ("grant_type", "authorization_code"),
                ("client_id", CLIENT),
                ("code", &code),
                ("code_verifier", VERIFIER),
            ])
            .await;
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        let userinfo = self.ours.get("/oauth2/userinfo").bearer_auth(&access);
        let userinfo = Answer::to(userinfo).await.json();
        Account {
            id: userinfo["sub"].as_str().unwrap().to_owned(),
            access,
            refresh: tokens["refresh_token"].as_str().unwrap().to_owned(),
        }
    }

    async fn tokens(&self, fields: &[(&str, &str)]) -> Value {
        let answer = Answer::to(self.ours.post("/oauth2/token").form(fields)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// A message that one device sends is read on another, of the other login.
    async fn writes_and_reads(&self, alice: &Account) {
        let room = json!({ "name": "a room of the tests" });
        let path = "/_matrix/client/v3/createRoom";
        let room = self
            .synapse
            .write(Method::POST, path, &alice.access, &room)
            .await;
        let room = room["room_id"].as_str().unwrap().replace('!', "%21");
        let path = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/1");
        let message = json!({ "msgtype": "m.text", "body": "is anybody there?" });
        let sent = self
            .synapse
            .write(Method::PUT, &path, &alice.access, &message)
            .await;
        let legacy = self.signs_in("alice", "LEGACY").await;
        let whoami = self.synapse.whoami(&legacy).await;
        assert_eq!(whoami, (format!("@alice:{NAME}"), "LEGACY".to_owned()));
        let path = format!("/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=10");
        let found = self.synapse.read(&path, &legacy).await;
        let events = found["chunk"].as_array().unwrap();
        let read = events
            .iter()
            .find(|event| event["event_id"] == sent["event_id"]);
        assert_eq!(read.expect("the message")["content"], message);
    }

    async fn refreshes(&self, alice: &Account) {
        let tokens = self
            .tokens(&[
                ("grant_type", "refresh_token"),
                ("client_id", CLIENT),
                ("refresh_token", &alice.refresh),
            ])
            .await;
        let access = tokens["access_token"].as_str().unwrap();
        let whoami = self.synapse.whoami(access).await;
        assert_eq!(whoami.1, "OAUTHDEVICE1");
    }

    async fn devices(&self, token: &str) -> Vec<String> {
        let found = self.synapse.read("/_matrix/client/v3/devices", token).await;
        let devices = found["devices"].as_array().unwrap();
        let id = |device: &Value| device["device_id"].as_str().unwrap().to_owned();
        let mut ids: Vec<_> = devices.iter().map(id).collect();
        ids.sort();
        ids
    }

    /// A device goes with its session, and a token with its device.
    async fn signs_out(&self, alice: &Account) {
        let token = self.signs_in("alice", "PASSING").await;
        let with_it = ["LEGACY", "OAUTHDEVICE1", "PASSING"];
        assert_eq!(self.devices(&token).await, with_it);
        let logout = self.ours.post("/_matrix/client/v3/logout");
        let out = Answer::to(logout.bearer_auth(&token)).await;
        assert_eq!(out.status, 200, "{out:?}");
        until("Synapse refuses the token", async || {
            self.synapse.refuses(&token).await.then_some(())
        })
        .await;
        assert_eq!(self.devices(&alice.access).await, with_it[..2]);
    }

    /// Synapse remembers for two minutes what it was told of a token: those that are looked at here
    /// are new to it.
    async fn locks(&self, alice: &Account) {
        let first = self.signs_in("alice", "FIRST").await;
        let second = self.signs_in("alice", "SECOND").await;
        assert_eq!(self.seen("alice").await["locked"], false);
        self.change(&alice.id, "lock").await;
        assert!(self.synapse.refuses(&first).await);
        until("Synapse knows of the lock", async || {
            (self.seen("alice").await["locked"] == true).then_some(())
        })
        .await;
        let refused = self.login("alice", "THIRD").await;
        assert_eq!(
            (refused.status, refused.json()["errcode"].as_str()),
            (401, Some("M_USER_LOCKED"))
        );
        self.change(&alice.id, "unlock").await;
        assert_eq!(self.synapse.whoami(&second).await.1, "SECOND");
        until("Synapse knows that the lock is gone", async || {
            (self.seen("alice").await["locked"] == false).then_some(())
        })
        .await;
    }

    async fn deactivates(&self, alice: &Account) {
        self.change(&alice.id, "deactivate").await;
        let gone = until("Synapse has deactivated the account", async || {
            let seen = self.seen("alice").await;
            (seen["deactivated"] == true).then_some(seen)
        })
        .await;
        assert_eq!(gone["displayname"], Value::Null, "{gone}");
        until("Synapse refuses the token", async || {
            self.synapse.refuses(&alice.access).await.then_some(())
        })
        .await;
        let refused = self.login("alice", "LATER").await;
        assert_eq!(refused.status, 403);
    }

    /// Without its homeserver nobody signs in, and what was tried leaves nothing behind.
    async fn does_without(&mut self) {
        let bob = self.ours.register(&self.admin, "bob").await;
        let set = format!("/api/admin/v1/users/{bob}/set-password");
        let set = self.ours.post(&set).bearer_auth(&self.admin);
        let set = Answer::to(set.json(&json!({ "password": PASSWORD }))).await;
        assert_eq!(set.status, 204, "{set:?}");
        let token = self.signs_in("bob", "KEPT").await;
        self.has_told_all().await;
        self.synapse.kill();
        let refused = self.login("bob", "KEPT").await;
        assert_eq!(
            (refused.status, refused.json()["errcode"].as_str()),
            (500, Some("M_UNKNOWN"))
        );
        let sessions = self.ours.command(&["users", "sessions", "bob", "--json"]);
        let sessions: Value = serde_json::from_str(&stdout(&sessions)).unwrap();
        assert_eq!(sessions.as_array().unwrap().len(), 1);
        let out = self
            .ours
            .post("/_matrix/client/v3/logout")
            .bearer_auth(&token);
        assert_eq!(Answer::to(out).await.status, 200);
    }
}
