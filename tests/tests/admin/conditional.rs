//! Conditional requests: tags of resources, and reads and writes that hang on them (RFC 9110 13).

use std::collections::HashSet;

use futures_util::future::join_all;
use muniment_store::log::{EventLog, Metadata, RecordedEvent, StreamId};
use muniment_tests::{TestDatabase, assert_log_sound, beside::beside, each_backend};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Admin, Answer, UNKNOWN, upstream};

each_backend!(
    what_answers_with_a_resource_tells_its_tag,
    a_tag_changes_with_the_resource_and_only_then,
    what_is_known_is_not_sent_again,
    a_write_is_done_if_the_resource_is_as_it_was_read,
    what_changes_nothing_is_held_to_its_condition_too,
    a_condition_that_cannot_be_read_is_refused,
    what_has_no_tag_is_at_no_version,
    a_token_that_has_expired_is_another_to_readers_alone,
    of_many_writers_none_loses_what_another_did,
);

/// No tag of anything.
const OTHER: &str = "\"other\"";
const PRECONDITION: &str = "The resource is not at a version that If-Match names";

impl Admin {
    async fn get_unless(&self, path: &str, tags: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request.header("if-none-match", tags)).await
    }

    async fn act_if(&self, path: &str, tags: &str) -> Answer {
        let request = self.request(Method::POST, path);
        self.send(request.header("if-match", tags)).await
    }
}

impl Answer {
    #[track_caller]
    fn tag(&self) -> String {
        let tag = self.header("etag");
        tag.unwrap_or_else(|| panic!("no tag: {self:?}")).to_owned()
    }
}

/// One of everything that has a tag, as the answer that made it: path and answer.
async fn one_of_each(admin: &Admin, user: &str) -> Vec<(String, Answer)> {
    let mut made = Vec::new();
    for (path, body) in [
        (
            "/user-emails",
            json!({ "user_id": user, "email": "alice@example.com" }),
        ),
        (
            "/upstream-oauth-links",
            json!({ "user_id": user, "provider_id": upstream::ACME, "subject": "alice" }),
        ),
        ("/user-registration-tokens", json!({})),
        ("/policy-data", json!({ "data": {} })),
    ] {
        let answer = admin.post(path, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let id = answer.json()["data"]["id"].as_str().unwrap().to_owned();
        made.push((format!("{path}/{id}"), answer));
    }
    made
}

async fn what_answers_with_a_resource_tells_its_tag(database: TestDatabase) {
    let admin = upstream::start(&database).await;
    let added = admin.post("/users", json!({ "username": "alice" })).await;
    let alice = added.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/users/{alice}");
    assert_eq!(admin.get(&path).await.tag(), added.tag());
    let named = admin.get("/users/by-username/ALICE").await;
    assert_eq!(named.tag(), added.tag(), "one resource at two addresses");
    for action in ["lock", "unlock", "deactivate", "reactivate"] {
        let done = admin.act(&format!("{path}/{action}")).await;
        assert_eq!(admin.get(&path).await.tag(), done.tag(), "{action}");
    }
    let set = json!({ "admin": true });
    let set = admin.post(&format!("{path}/set-admin"), set).await;
    assert_eq!(admin.get(&path).await.tag(), set.tag());

    let mut tags = HashSet::new();
    for (path, made) in one_of_each(&admin, &alice).await {
        let got = admin.get(&path).await;
        assert!(got.tag().starts_with('"'), "strong: {}", got.tag());
        if path.starts_with("/user-emails") {
            // Its stream is the account's, where the link was added since.
            assert_ne!(got.tag(), made.tag());
        } else {
            assert_eq!(got.tag(), made.tag(), "{path}");
        }
        tags.insert(got.tag());
        let head = admin.send(admin.request(Method::HEAD, &path)).await;
        assert_eq!(head.tag(), got.tag());
    }
    // The address and the link come from the same stream.
    assert_eq!(tags.len(), 3);
    let latest = admin.get("/policy-data/latest").await;
    assert!(tags.contains(&latest.tag()));
    let more = admin.post("/policy-data", json!({ "data": {} })).await;
    assert_eq!(admin.get("/policy-data/latest").await.tag(), more.tag());
    assert_ne!(latest.tag(), more.tag());

    assert_eq!(
        latest.header("access-control-expose-headers"),
        Some("etag,idempotency-replayed,retry-after"),
        "a web page can read it"
    );
}

async fn a_tag_changes_with_the_resource_and_only_then(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    let path = format!("/users/{alice}");
    let first = admin.get(&path).await.tag();
    admin.act(&format!("/users/{bob}/lock")).await;
    let unlocked = admin.act(&format!("{path}/unlock")).await;
    assert_eq!((unlocked.status, unlocked.tag()), (200, first.clone()));
    let locked = admin.act(&format!("{path}/lock")).await.tag();
    assert_ne!(locked, first);
    assert_eq!(admin.get(&path).await.tag(), locked);
    let unlocked = admin.act(&format!("{path}/unlock")).await.tag();
    assert_ne!(unlocked, first, "there and back is another version");

    let token = admin.post("/user-registration-tokens", json!({})).await;
    let id = token.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/user-registration-tokens/{id}");
    let mut tags = HashSet::from([token.tag()]);
    for change in ["revoke", "unrevoke"] {
        assert!(tags.insert(admin.act(&format!("{path}/{change}")).await.tag()));
    }
    let put = admin.request(Method::PUT, &path);
    let put = admin.send(put.json(&json!({ "usage_limit": 3 }))).await;
    assert!(tags.insert(put.tag()));
}

async fn what_is_known_is_not_sent_again(database: TestDatabase) {
    let admin = upstream::start(&database).await;
    let alice = admin.user("alice").await;
    let made = one_of_each(&admin, &alice).await;
    let paths = made.into_iter().map(|(path, _)| path);
    let users = [format!("/users/{alice}"), "/users/by-username/alice".into()];
    for path in paths.chain(users) {
        let got = admin.get(&path).await;
        let tag = got.tag();
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("{OTHER}, {tag}"),
            format!(",{tag} ,W/{OTHER}"),
            "*".to_owned(),
        ] {
            let same = admin.get_unless(&path, &known).await;
            assert_eq!((same.status, same.text.as_str()), (304, ""), "{known}");
            assert_eq!(same.tag(), tag);
            assert_eq!(same.header("content-type"), None);
            assert_eq!(same.header("access-control-allow-origin"), Some("*"));
        }
        let head = admin.request(Method::HEAD, &path);
        let head = admin.send(head.header("if-none-match", &tag)).await;
        assert_eq!(head.status, 304);
        let other = admin.get_unless(&path, OTHER).await;
        assert_eq!((other.status, other.json()), (200, got.json()));
    }
    let path = format!("/users/{alice}");
    let tag = admin.get(&path).await.tag();
    admin.act(&format!("{path}/lock")).await;
    let changed = admin.get_unless(&path, &tag).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.tag(), tag);
    let asked = admin.request(Method::GET, &path).header("if-match", &tag);
    admin.send(asked).await.refused(412, &[PRECONDITION]);
    let missing = admin.get_unless(&format!("/users/{UNKNOWN}"), "*").await;
    assert_eq!(missing.status, 404);
}

async fn a_write_is_done_if_the_resource_is_as_it_was_read(database: TestDatabase) {
    let admin = upstream::start(&database).await;
    let alice = admin.user("alice").await;
    let path = format!("/users/{alice}");
    let lock = format!("{path}/lock");
    let read = admin.get(&path).await;
    let locked = admin
        .act_if(&lock, &format!("{OTHER}, {}", read.tag()))
        .await;
    assert_eq!(locked.status, 200, "{locked:?}");

    // Whoever has read it before is told.
    for action in ["unlock", "deactivate", "reactivate", "send-password-link"] {
        let path = format!("{path}/{action}");
        let late = admin.act_if(&path, &read.tag()).await;
        if action == "send-password-link" {
            // There is no address to send it to, whatever the version.
            assert_eq!(late.status, 409);
        } else {
            late.refused(412, &[PRECONDITION]);
        }
    }
    for (action, body) in [
        ("set-admin", json!({ "admin": true })),
        ("set-password", json!({ "password": crate::STRONG })),
    ] {
        let request = admin.request(Method::POST, &format!("{path}/{action}"));
        let request = request.json(&body).header("if-match", read.tag());
        admin.send(request).await.refused(412, &[PRECONDITION]);
    }
    let now = admin.get(&path).await;
    assert_eq!(
        (now.tag(), now.json()["data"].clone()),
        (locked.tag(), locked.json()["data"].clone())
    );

    let unlock = format!("{path}/unlock");
    let weak = format!("W/{}", locked.tag());
    admin
        .act_if(&unlock, &weak)
        .await
        .refused(412, &[PRECONDITION]);
    assert_eq!(admin.act_if(&unlock, "*").await.status, 200);
    let unknown = admin
        .act_if(&format!("/users/{UNKNOWN}/lock"), &locked.tag())
        .await;
    assert_eq!(unknown.status, 404);
    let of_another = admin
        .get(&format!("/users/{}", admin.user("bob").await))
        .await;
    admin
        .act_if(&lock, &of_another.tag())
        .await
        .refused(412, &[PRECONDITION]);

    for (path, made) in one_of_each(&admin, &alice).await {
        let method = match path.split('/').nth(1) {
            Some("policy-data") => continue,
            Some("user-registration-tokens") => Method::PUT,
            _ => Method::DELETE,
        };
        let ask = |tag: &str| {
            let request = admin.request(method.clone(), &path).json(&json!({}));
            admin.send(request.header("if-match", tag))
        };
        ask(OTHER).await.refused(412, &[PRECONDITION]);
        if method == Method::DELETE {
            ask(&read.tag()).await.refused(412, &[PRECONDITION]);
            assert_eq!(ask(&admin.get(&path).await.tag()).await.status, 204);
            assert_eq!(admin.get(&path).await.status, 404);
        } else {
            assert_eq!(ask(&made.tag()).await.status, 200);
        }
    }
}

async fn what_changes_nothing_is_held_to_its_condition_too(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let path = format!("/users/{alice}");
    let read = admin.get(&path).await.tag();
    let locked = admin.act(&format!("{path}/lock")).await.tag();
    let again = admin.act_if(&format!("{path}/lock"), &read).await;
    again.refused(412, &[PRECONDITION]);
    let again = admin.act_if(&format!("{path}/lock"), &locked).await;
    assert_eq!((again.status, again.tag()), (200, locked));

    let token = admin.post("/user-registration-tokens", json!({})).await;
    let id = token.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/user-registration-tokens/{id}");
    let revoked = admin.act_if(&format!("{path}/revoke"), &token.tag()).await;
    assert_eq!(revoked.status, 200);
    for (tag, status) in [(token.tag(), 412), (revoked.tag(), 400)] {
        let again = admin.act_if(&format!("{path}/revoke"), &tag).await;
        assert_eq!(again.status, status, "{again:?}");
    }
    let put = admin.request(Method::PUT, &path).json(&json!({}));
    let put = admin.send(put.header("if-match", token.tag())).await;
    put.refused(412, &[PRECONDITION]);
}

async fn a_condition_that_cannot_be_read_is_refused(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let path = format!("/users/{alice}");
    let lock = format!("{path}/lock");
    for bad in ["abc", "\"a", "\"a\" \"b\"", "*, \"a\"", "w/\"a\""] {
        admin
            .act_if(&lock, bad)
            .await
            .refused(400, &["Invalid if-match header"]);
        let read = admin.get_unless(&path, bad).await;
        read.refused(400, &["Invalid if-none-match header"]);
    }
    let bytes: &[u8] = b"\"\xff\"";
    let request = admin.request(Method::POST, &lock).header("if-match", bytes);
    admin
        .send(request)
        .await
        .refused(400, &["Invalid if-match header"]);
    assert_eq!(admin.attributes(&alice).await["locked_at"], Value::Null);
    // One without a tag can be read, and is fulfilled by none.
    admin.act_if(&lock, "").await.refused(412, &[PRECONDITION]);
    assert_eq!(admin.get_unless(&path, "").await.status, 200);
    // Who asks comes first.
    let request = admin.request(Method::POST, &lock).header("if-match", "abc");
    let stranger = crate::answer(request).await;
    stranger.refused(400, &["Missing authorization header"]);
}

async fn what_has_no_tag_is_at_no_version(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let body = json!({ "actor_user_id": alice, "human_name": "n", "scope": "openid" });
    let session = admin.post("/personal-sessions", body.clone()).await;
    assert_eq!((session.status, session.header("etag")), (201, None));
    let id = session.json()["data"]["id"].as_str().unwrap().to_owned();
    for path in [
        "/version",
        "/site-config",
        "/users",
        &format!("/personal-sessions/{id}"),
    ] {
        assert_eq!(admin.get(path).await.header("etag"), None, "{path}");
        assert_eq!(admin.get_unless(path, "*").await.status, 200, "{path}");
        let asked = admin.request(Method::GET, path).header("if-match", OTHER);
        admin.send(asked).await.refused(412, &[PRECONDITION]);
    }
    for (path, body) in [
        (format!("/personal-sessions/{id}/revoke"), json!({})),
        (format!("/users/{alice}/kill-sessions"), json!({})),
        ("/personal-sessions".to_owned(), body),
        ("/users".to_owned(), json!({ "username": "bob" })),
    ] {
        let ask = |tag: &str| {
            let request = admin.request(Method::POST, &path).json(&body);
            admin.send(request.header("if-match", tag))
        };
        ask(OTHER).await.refused(412, &[PRECONDITION]);
        let done = ask("*").await;
        assert!(matches!(done.status, 200 | 201), "{path}: {done:?}");
    }
}

async fn a_token_that_has_expired_is_another_to_readers_alone(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let body = json!({ "expires_at": "2020-01-01T00:00:00Z" });
    let token = admin.post("/user-registration-tokens", body).await;
    assert_eq!(token.json()["data"]["attributes"]["valid"], false);
    let tag = token.tag();
    let before = tag.replace(".expired", "");
    assert_ne!(before, tag, "it says that it has expired");
    let id = token.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/user-registration-tokens/{id}");
    assert_eq!(admin.get_unless(&path, &tag).await.status, 304);
    assert_eq!(admin.get_unless(&path, &before).await.status, 200);
    // Nobody has changed it since.
    let revoked = admin.act_if(&format!("{path}/revoke"), &before).await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
}

const WRITERS: usize = 200;

/// Whether it is done to one who is like this: locked, administrator.
type Already = fn((bool, bool)) -> bool;

/// What is done to a user, and whether it is done already.
const ACTIONS: [(&str, Already); 4] = [
    ("lock", |(locked, _)| locked),
    ("unlock", |(locked, _)| !locked),
    ("set-admin", |(_, admin)| admin),
    ("set-admin", |(_, admin)| !admin),
];

/// What a user is like after each version, the first being 1.
fn states(events: &[RecordedEvent]) -> Vec<(bool, bool)> {
    let mut state = (false, false);
    let mut states = Vec::new();
    for event in events {
        match event.event_type.as_str() {
            "user.registered" => {}
            "user.locked" => state.0 = true,
            "user.unlocked" => state.0 = false,
            "user.admin_granted" => state.1 = true,
            "user.admin_revoked" => state.1 = false,
            other => panic!("{other}"),
        }
        states.push(state);
    }
    states
}

fn version(tag: &str) -> usize {
    tag.trim_matches('"')
        .split_once('.')
        .unwrap()
        .1
        .parse()
        .unwrap()
}

async fn of_many_writers_none_loses_what_another_did(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let path = format!("/users/{alice}");
    let write = |number: usize| -> RequestBuilder {
        let action = number % ACTIONS.len();
        let request = admin.request(Method::POST, &format!("{path}/{}", ACTIONS[action].0));
        match action {
            2 => request.json(&json!({ "admin": true })),
            3 => request.json(&json!({ "admin": false })),
            _ => request,
        }
    };
    let answers = join_all((0..WRITERS).map(|number| {
        let (admin, path, write) = (&admin, &path, &write);
        async move {
            // Two of three hold the server to what they have read.
            let read = match number % 3 {
                0 => None,
                _ => Some(admin.get(path).await.tag()),
            };
            let request = match &read {
                Some(tag) => write(number).header("if-match", tag),
                None => write(number),
            };
            (number, read, admin.send(request).await)
        }
    }))
    .await;

    let log = beside(&database).await;
    let stream = StreamId::new("user", muniment_domain::parse_ulid(&alice).unwrap());
    let events = log.log.read_stream(&stream, 0, 1000).await.unwrap();
    let states = states(&events);
    let done_by = |answer: &Answer| {
        let id = answer.header("x-request-id").unwrap();
        let mut done = events.iter().filter(|event| {
            let metadata: Metadata = serde_json::from_str(&event.metadata).unwrap();
            metadata.correlation_id.to_string() == id
        });
        let event = done.next();
        assert!(done.next().is_none(), "one request did two things");
        event
    };
    let (mut changed, mut refused) = (0, 0);
    for (number, read, answer) in &answers {
        let is_satisfied = ACTIONS[number % ACTIONS.len()].1;
        let event = done_by(answer);
        match (answer.status, read, event) {
            (200, Some(tag), Some(event)) => {
                assert_eq!(
                    usize::try_from(event.sequence).unwrap(),
                    version(tag) + 1,
                    "done to what was read"
                );
                changed += 1;
            }
            (200, None, Some(_)) => changed += 1,
            (200, Some(tag), None) => assert!(is_satisfied(states[version(tag) - 1])),
            (200, None, None) => assert!(states.iter().any(|state| is_satisfied(*state))),
            (409, _, None) | (412, Some(_), None) => refused += 1,
            other => panic!("{number}: {other:?} {answer:?}"),
        }
    }
    assert_eq!(
        events.len(),
        1 + changed,
        "every effect is somebody's who was told so"
    );
    assert!(
        changed > 0 && refused > 0,
        "{changed} changed, {refused} refused"
    );
    let attributes = admin.attributes(&alice).await;
    let (locked, is_admin) = *states.last().unwrap();
    assert_eq!(attributes["locked_at"].is_string(), locked);
    assert_eq!(attributes["admin"], is_admin);
    assert_eq!(version(&admin.get(&path).await.tag()), events.len());
    assert_log_sound(&database).await;
}
