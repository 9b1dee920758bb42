//! Against a stand-in that records what it is asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use poem::{
    Endpoint, Request, Response, Server,
    endpoint::make,
    http::{StatusCode, header},
    listener::{Acceptor, TcpAcceptor},
};

use super::*;

const SECRET: &str = "a secret of the tests";

#[derive(Debug, PartialEq)]
struct Call {
    method: String,
    path: String,
    bearer: String,
    body: Value,
}

#[derive(Default)]
struct Script {
    calls: Vec<Call>,
    /// The next answers; 200 with `{}` when there is none.
    answers: VecDeque<(u16, String)>,
}

struct StandIn {
    script: Arc<Mutex<Script>>,
    synapse: Synapse,
}

fn endpoint(script: Arc<Mutex<Script>>) -> impl Endpoint<Output = Response> {
    make(move |mut request: Request| {
        let script = script.clone();
        async move {
            let bearer = request.header(header::AUTHORIZATION);
            let call = Call {
                bearer: bearer.unwrap_or_default().to_owned(),
                method: request.method().to_string(),
                path: request.original_uri().to_string(),
                body: {
                    let body = request.take_body().into_string().await?;
                    serde_json::from_str(&body).unwrap_or_default()
                },
            };
            let mut script = script.lock().unwrap();
            script.calls.push(call);
            let (status, body) = script.answers.pop_front().unwrap_or((200, "{}".to_owned()));
            Ok::<_, poem::Error>(
                Response::builder()
                    .status(StatusCode::from_u16(status).unwrap())
                    .body(body),
            )
        }
    })
}

impl StandIn {
    fn start() -> Self {
        Self::under("")
    }

    fn under(path: &str) -> Self {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let acceptor = TcpAcceptor::from_std(socket).unwrap();
        let address = acceptor.local_addr()[0]
            .as_socket_addr()
            .unwrap()
            .to_string();
        let script = Arc::<Mutex<Script>>::default();
        tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint(script.clone())));
        let base = Url::parse(&format!("http://{address}{path}")).unwrap();
        Self {
            script,
            synapse: Synapse::new(&base, SECRET).unwrap(),
        }
    }

    fn will_answer(&self, status: u16, body: &str) {
        let mut script = self.script.lock().unwrap();
        script.answers.push_back((status, body.to_owned()));
    }

    fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.script.lock().unwrap().calls)
    }

    /// What the only call was, besides its bearer token, which is checked.
    fn call(&self) -> (String, String, Value) {
        let mut calls = self.calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        let call = calls.remove(0);
        assert_eq!(call.bearer, format!("Bearer {SECRET}"));
        (call.method, call.path, call.body)
    }

    fn posted(&self) -> (String, Value) {
        let (method, path, body) = self.call();
        assert_eq!(method, "POST");
        (path, body)
    }
}

fn at(endpoint: &str, body: Value) -> (String, Value) {
    (format!("/_synapse/mas/{endpoint}"), body)
}

#[tokio::test]
async fn a_user_is_asked_for_by_localpart() {
    let there = StandIn::start();
    there.will_answer(
        200,
        r#"{"user_id": "@a:example.com", "display_name": "Alice", "avatar_url": null,
            "is_suspended": false, "is_deactivated": true}"#,
    );
    let user = there.synapse.query_user("a&b=ü").await.unwrap();
    let known = MatrixUser {
        displayname: Some("Alice".to_owned()),
        avatar_url: None,
        deactivated: true,
    };
    assert_eq!(user, known);
    let (method, path, _) = there.call();
    let expected = "/_synapse/mas/query_user?localpart=a%26b%3D%C3%BC";
    assert_eq!((method.as_str(), path.as_str()), ("GET", expected));
}

#[tokio::test]
async fn each_write_has_its_endpoint_and_body() {
    let there = StandIn::start();
    let hs = &there.synapse;
    hs.upsert_device("alice", "DEV", None).await.unwrap();
    let device = json!({"localpart": "alice", "device_id": "DEV"});
    assert_eq!(there.posted(), at("upsert_device", device.clone()));
    hs.upsert_device("alice", "DEV", Some("Phone"))
        .await
        .unwrap();
    let named = json!({"localpart": "alice", "device_id": "DEV", "display_name": "Phone"});
    assert_eq!(there.posted(), at("upsert_device", named.clone()));
    hs.update_device_display_name("alice", "DEV", "Phone")
        .await
        .unwrap();
    assert_eq!(there.posted(), at("update_device_display_name", named));
    there.will_answer(204, "");
    hs.delete_device("alice", "DEV").await.unwrap();
    assert_eq!(there.posted(), at("delete_device", device));
    hs.sync_devices("alice", &["A".to_owned(), "B".to_owned()])
        .await
        .unwrap();
    let devices = json!({"localpart": "alice", "devices": ["A", "B"]});
    assert_eq!(there.posted(), at("sync_devices", devices));
    hs.delete_user("alice", true).await.unwrap();
    let gone = json!({"localpart": "alice", "erase": true});
    assert_eq!(there.posted(), at("delete_user", gone));
    let alice = json!({"localpart": "alice"});
    hs.reactivate_user("alice").await.unwrap();
    assert_eq!(there.posted(), at("reactivate_user", alice.clone()));
    hs.set_displayname("alice", "Alice").await.unwrap();
    let name = json!({"localpart": "alice", "displayname": "Alice"});
    assert_eq!(there.posted(), at("set_displayname", name));
    hs.unset_displayname("alice").await.unwrap();
    assert_eq!(there.posted(), at("unset_displayname", alice.clone()));
    hs.allow_cross_signing_reset("alice").await.unwrap();
    assert_eq!(there.posted(), at("allow_cross_signing_reset", alice));
}

#[tokio::test]
async fn provisioning_says_only_what_is_known() {
    let there = StandIn::start();
    let provision = async |displayname, emails, locked| {
        let user = Provision {
            localpart: "alice".to_owned(),
            displayname,
            avatar_url: None,
            emails,
            locked,
        };
        there.will_answer(201, "{}");
        there.synapse.provision_user(&user).await.unwrap();
        let (path, body) = there.posted();
        assert_eq!(path, "/_synapse/mas/provision_user");
        body
    };
    let emails = vec!["a@example.com".to_owned()];
    assert_eq!(
        provision(DisplayName::Keep, None, None).await,
        json!({"localpart": "alice"})
    );
    assert_eq!(
        provision(
            DisplayName::Set("Alice".to_owned()),
            Some(emails),
            Some(false)
        )
        .await,
        json!({"localpart": "alice", "set_displayname": "Alice",
            "set_emails": ["a@example.com"], "locked": false})
    );
    assert_eq!(
        provision(DisplayName::Unset, Some(Vec::new()), Some(true)).await,
        json!({"localpart": "alice", "unset_displayname": true,
            "unset_emails": true, "locked": true})
    );
}

#[tokio::test]
async fn a_name_may_be_free_taken_or_reserved() {
    let there = StandIn::start();
    let ask = async || there.synapse.is_localpart_available("alice").await;
    assert_eq!(ask().await, Ok(true));
    for errcode in ["M_USER_IN_USE", "M_EXCLUSIVE", "M_INVALID_USERNAME"] {
        there.will_answer(400, &json!({"errcode": errcode, "error": "no"}).to_string());
        assert_eq!(ask().await, Ok(false), "{errcode}");
    }
    there.will_answer(400, r#"{"errcode": "M_MISSING_PARAM"}"#);
    assert!(matches!(ask().await, Err(HomeserverError::Refused(_))));
}

#[tokio::test]
async fn errors_that_pass_are_told_from_those_that_stay() {
    let there = StandIn::start();
    let fail = async |status, body: &str| {
        there.will_answer(status, body);
        let error = there.synapse.reactivate_user("alice").await.unwrap_err();
        assert_eq!(
            there.calls().len(),
            1,
            "a write that was answered is not repeated"
        );
        assert!(!error.to_string().contains(SECRET), "{error}");
        assert!(!error.to_string().contains("alice"), "{error}");
        error
    };
    let not_found = fail(404, r#"{"errcode": "M_NOT_FOUND", "error": "alice"}"#).await;
    assert_eq!(not_found, HomeserverError::UserNotFound);
    for (status, body) in [
        (500, "oops, alice"),
        (502, ""),
        (429, r#"{"errcode": "M_LIMIT_EXCEEDED"}"#),
        (403, r#"{"errcode": "M_UNKNOWN", "error": "alice"}"#),
        (404, r#"{"errcode": "M_UNRECOGNIZED"}"#),
        (302, ""),
    ] {
        let error = fail(status, body).await;
        assert!(
            matches!(error, HomeserverError::Unavailable(_)),
            "{status} {error}"
        );
    }
    let error = fail(400, r#"{"errcode": "M_BAD_JSON", "error": "alice"}"#).await;
    assert!(matches!(error, HomeserverError::Refused(_)), "{error}");
}

#[tokio::test]
async fn a_question_is_asked_again_and_its_answer_is_limited() {
    let there = StandIn::start();
    there.will_answer(500, "");
    there.will_answer(200, r#"{"display_name": null, "avatar_url": null}"#);
    assert!(there.synapse.query_user("alice").await.is_ok());
    assert_eq!(there.calls().len(), 2);
    there.will_answer(
        200,
        &format!("{{\"display_name\": \"{}\"}}", "x".repeat(100_000)),
    );
    let error = there.synapse.query_user("alice").await.unwrap_err();
    assert!(matches!(error, HomeserverError::Refused(_)), "{error}");
}

#[tokio::test]
async fn a_homeserver_that_is_away_may_come_back() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = Url::parse(&format!("http://{}", socket.local_addr().unwrap())).unwrap();
    drop(socket);
    let synapse = Synapse::new(&base, SECRET).unwrap();
    for error in [
        synapse.query_user("alice").await.unwrap_err(),
        synapse.reactivate_user("alice").await.unwrap_err(),
    ] {
        let expected = "the homeserver cannot be reached".to_owned();
        assert_eq!(error, HomeserverError::Unavailable(expected));
    }
}

#[tokio::test]
async fn the_endpoint_may_have_a_path() {
    for path in ["/matrix", "/matrix/"] {
        let there = StandIn::under(path);
        there.synapse.unset_displayname("alice").await.unwrap();
        assert_eq!(there.posted().0, "/matrix/_synapse/mas/unset_displayname");
    }
}

#[tokio::test]
async fn only_the_shared_secret_is_the_homeservers() {
    let there = StandIn::start();
    assert!(there.synapse.verify_token(SECRET));
    for wrong in ["", "a secret", "b secret of the tests"] {
        assert!(!there.synapse.verify_token(wrong));
    }
    assert!(!format!("{:?}", there.synapse).contains(SECRET));
}

#[tokio::test]
async fn reading_only_writes_nothing() {
    let there = StandIn::start();
    let StandIn { script, synapse } = there;
    let hs = crate::homeserver::ReadOnly::new(synapse);
    hs.delete_user("alice", true).await.unwrap();
    hs.sync_devices("alice", &[]).await.unwrap();
    hs.provision_user(&Provision::default()).await.unwrap();
    assert!(script.lock().unwrap().calls.is_empty());
    assert_eq!(hs.is_localpart_available("alice").await, Ok(true));
    assert_eq!(script.lock().unwrap().calls.len(), 1);
}
