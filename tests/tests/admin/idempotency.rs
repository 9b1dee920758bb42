//! Writes that are sent again under an `Idempotency-Key`.

use std::collections::HashSet;

use futures_util::future::join_all;
use muniment_store::{
    log::{EventLog, StreamId},
    sql::query,
};
use muniment_tests::{
    TestDatabase, TestLog, assert_log_sound,
    beside::{age, beside},
    each_backend,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Admin, Answer, UNKNOWN, upstream};

each_backend!(
    a_request_that_is_sent_again_is_answered_as_the_first_time,
    a_key_is_for_one_request_of_one_caller_for_a_day,
    what_is_no_key_is_no_key,
    of_twins_one_has_an_effect,
    a_refusal_by_a_rule_is_kept_and_any_other_is_not,
    what_was_done_is_not_done_again_though_its_answer_was_lost,
    what_was_not_done_before_the_end_is_done_once,
    who_is_erased_leaves_no_answer,
    a_caller_has_only_so_many_keys,
);

impl Admin {
    fn keyed(&self, key: &str, method: Method, path: &str, body: &Value) -> RequestBuilder {
        let request = self.request(method, path).header("idempotency-key", key);
        match body {
            Value::Null => request,
            body => request.json(body),
        }
    }

    async fn post_as(&self, key: &str, path: &str, body: Value) -> Answer {
        self.send(self.keyed(key, Method::POST, path, &body)).await
    }
}

impl Answer {
    fn is_replayed(&self) -> bool {
        self.header("idempotency-replayed") == Some("true")
    }

    fn id(&self) -> String {
        self.json()["data"]["id"].as_str().unwrap().to_owned()
    }
}

/// How many events there are about a user.
async fn events(log: &TestLog, user: &str) -> usize {
    let stream = StreamId::new("user", muniment_domain::parse_ulid(user).unwrap());
    log.log.read_stream(&stream, 0, 1000).await.unwrap().len()
}

async fn run(log: &TestLog, statement: &'static str) -> u64 {
    log.database.execute(query(statement)).await.unwrap()
}

/// As if the process had died before it could keep any answer.
async fn lose_answers(log: &TestLog) {
    let lost = "UPDATE idempotent_requests SET answer = NULL, subject = NULL, leased_until = 1";
    assert!(run(log, lost).await > 0);
}

async fn a_request_that_is_sent_again_is_answered_as_the_first_time(database: TestDatabase) {
    let admin = upstream::start(&database).await;
    let log = beside(&database).await;
    let alice = admin.user("alice").await;
    let user = format!("/users/{alice}");
    let before = events(&log, &alice).await;
    for (number, (method, path, body)) in [
        (
            Method::POST,
            "/users".to_owned(),
            json!({ "username": "bob" }),
        ),
        (Method::POST, format!("{user}/lock"), Value::Null),
        (
            Method::POST,
            format!("{user}/set-admin"),
            json!({ "admin": true }),
        ),
        (
            Method::POST,
            format!("{user}/set-password"),
            json!({ "password": crate::STRONG }),
        ),
        (
            Method::POST,
            "/user-emails".into(),
            json!({ "user_id": alice, "email": "a@example.com" }),
        ),
        (Method::POST, "/user-registration-tokens".into(), json!({})),
        (
            Method::POST,
            "/personal-sessions".into(),
            json!({ "actor_user_id": alice, "human_name": "n", "scope": "openid" }),
        ),
        (Method::POST, "/policy-data".into(), json!({ "data": {} })),
        (Method::POST, format!("{user}/kill-sessions"), Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("request {number}");
        let first = admin
            .send(admin.keyed(&key, method.clone(), &path, &body))
            .await;
        assert!(matches!(first.status, 200..=204), "{first:?}");
        assert!(!first.is_replayed());
        let again = admin
            .send(admin.keyed(&format!("\"{key}\""), method, &path, &body))
            .await;
        assert!(again.is_replayed(), "{again:?}");
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        for header in ["etag", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{path}");
        }
    }
    // Locked, administrator, password, address.
    assert_eq!(events(&log, &alice).await, before + 4);
    let tokens = admin.get("/user-registration-tokens?count=only").await;
    assert_eq!(tokens.json()["meta"]["count"], 1);
    let sessions = admin.get("/personal-sessions?count=only").await;
    assert_eq!(sessions.json()["meta"]["count"], 1);

    // The first answer, not what the resource is by now.
    admin.act(&format!("{user}/unlock")).await;
    let again = admin
        .post_as("request 1", &format!("{user}/lock"), Value::Null)
        .await;
    assert!(again.json()["data"]["attributes"]["locked_at"].is_string());
    assert_eq!(admin.attributes(&alice).await["locked_at"], Value::Null);
    assert_eq!(
        again.header("access-control-expose-headers"),
        Some("etag,idempotency-replayed,retry-after")
    );
    // Nothing that was asked or answered can be read in the database.
    let kept = query("SELECT request, answer FROM idempotent_requests");
    for row in log.database.fetch_all(kept).await.unwrap() {
        for column in ["request", "answer"] {
            let bytes: Vec<u8> = row.get(column).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("alice") && !text.contains("example.com"));
        }
    }
}

async fn a_key_is_for_one_request_of_one_caller_for_a_day(database: TestDatabase) {
    const OTHER: &str = "The Idempotency-Key was used for another request";
    let admin = Admin::start(&database).await;
    let first = admin
        .post_as("k", "/users", json!({ "username": "alice" }))
        .await;
    assert_eq!(first.status, 201);
    let alice = first.id();
    let body = admin
        .post_as("k", "/users", json!({ "username": "bob" }))
        .await;
    body.refused(422, &[OTHER]);
    let path = admin
        .post_as("k", &format!("/users/{alice}/lock"), Value::Null)
        .await;
    path.refused(422, &[OTHER]);
    let request = admin.keyed("k", Method::PUT, "/user-registration-tokens/x", &json!({}));
    admin.send(request).await.refused(422, &[OTHER]);

    // Another caller may call another request so; reading takes no notice.
    let (_, token) = admin.user_with_token("carol", &["--admin"]);
    let body = json!({ "username": "bob" });
    let request = admin
        .keyed("k", Method::POST, "/users", &body)
        .bearer_auth(&token);
    assert_eq!(crate::answer(request).await.status, 201);
    let read = admin.keyed("k", Method::GET, &format!("/users/{alice}"), &Value::Null);
    let read = admin.send(read).await;
    assert_eq!((read.status, read.is_replayed()), (200, false));

    // Whose token is refused is told nothing.
    let stranger = admin.keyed("k", Method::POST, "/users", &json!({ "username": "alice" }));
    assert_eq!(crate::answer(stranger).await.status, 400);

    let log = beside(&database).await;
    let times = ["started_at", "leased_until"];
    age(&log, "idempotent_requests", &times, 24 * 60 * 60 + 1).await;
    let later = admin
        .post_as("k", "/users", json!({ "username": "dave" }))
        .await;
    assert_eq!(
        (later.status, later.is_replayed()),
        (201, false),
        "{later:?}"
    );
}

async fn what_is_no_key_is_no_key(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let long = "k".repeat(256);
    for bad in ["", "\"\"", "a\"b", long.as_str()] {
        let refused = admin
            .post_as(bad, "/users", json!({ "username": "alice" }))
            .await;
        refused.refused(400, &["Invalid idempotency-key header"]);
    }
    let longest = "k".repeat(255);
    let added = admin
        .post_as(&longest, "/users", json!({ "username": "alice" }))
        .await;
    assert_eq!(added.status, 201);
    let large = json!({ "username": "x".repeat(3 * 1024 * 1024) });
    let large = admin.post_as("large", "/users", large).await;
    assert_eq!(large.status, 413);
}

async fn of_twins_one_has_an_effect(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let body = json!({ "username": "alice" });
    let answers = join_all((0..50).map(|_| admin.post_as("twins", "/users", body.clone()))).await;
    let mut texts = HashSet::new();
    let mut first = 0;
    for answer in &answers {
        match answer.status {
            201 => {
                first += usize::from(!answer.is_replayed());
                texts.insert(&answer.text);
            }
            409 => {
                answer.refused(409, &["A request with this Idempotency-Key is under way"]);
                assert_eq!(answer.header("retry-after"), Some("1"));
            }
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!((first, texts.len()), (1, 1));
    let again = admin.post_as("twins", "/users", body).await;
    assert!(again.is_replayed() && texts.contains(&again.text));
    let users = admin.get("/users?count=only").await;
    assert_eq!(users.json()["meta"]["count"], 1);

    // What could be done any number of times.
    let answers =
        join_all((0..50).map(|_| admin.post_as("t", "/policy-data", json!({ "data": {} }))));
    let answers = answers.await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 201 | 409))
    );
    let log = beside(&database).await;
    let set = query("SELECT count(*) FROM events WHERE aggregate_type = 'policy_data'");
    let set: i64 = log.database.fetch_one(set).await.unwrap().get(0).unwrap();
    assert_eq!(set, 1);
    assert_log_sound(&database).await;
}

async fn a_refusal_by_a_rule_is_kept_and_any_other_is_not(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let missing = format!("/users/{UNKNOWN}/lock");
    let first = admin.post_as("missing", &missing, Value::Null).await;
    let again = admin.post_as("missing", &missing, Value::Null).await;
    assert_eq!((first.status, again.status), (404, 404));
    assert!(!first.is_replayed() && again.is_replayed());
    assert_eq!(first.text, again.text);

    // What a part of the scope does not reach may be reached by the whole.
    let root = admin.user("root").await;
    let set = json!({ "admin": true });
    admin.post(&format!("/users/{root}/set-admin"), set).await;
    let path = format!("/users/{root}/set-password");
    let body = json!({ "password": crate::STRONG });
    let narrow = admin.server.token("urn:muniment:admin:users").await;
    let request = admin.keyed("password", Method::POST, &path, &body);
    assert_eq!(
        crate::answer(request.bearer_auth(&narrow)).await.status,
        403
    );
    let whole = admin.post_as("password", &path, body).await;
    assert_eq!((whole.status, whole.is_replayed()), (204, false));
}

async fn what_was_done_is_not_done_again_though_its_answer_was_lost(database: TestDatabase) {
    let admin = upstream::start(&database).await;
    let log = beside(&database).await;
    let alice = admin.user("alice").await;
    let user = format!("/users/{alice}");
    let mut done = Vec::new();
    for (key, path, body) in [
        ("user", "/users".to_owned(), json!({ "username": "bob" })),
        ("lock", format!("{user}/lock"), Value::Null),
        (
            "password",
            format!("{user}/set-password"),
            json!({ "password": crate::STRONG }),
        ),
        (
            "email",
            "/user-emails".into(),
            json!({ "user_id": alice, "email": "a@example.com" }),
        ),
        (
            "link",
            "/upstream-oauth-links".into(),
            json!({ "user_id": alice, "provider_id": upstream::ACME, "subject": "a" }),
        ),
        ("drawn", "/user-registration-tokens".into(), json!({})),
        (
            "given",
            "/user-registration-tokens".into(),
            json!({ "token": "given" }),
        ),
        (
            "session",
            "/personal-sessions".into(),
            json!({ "actor_user_id": alice, "human_name": "n", "scope": "openid" }),
        ),
        ("policy", "/policy-data".into(), json!({ "data": {} })),
    ] {
        let first = admin.post_as(key, &path, body.clone()).await;
        assert!(matches!(first.status, 200..=204), "{first:?}");
        done.push((key, path, body, first));
    }
    let session = done.iter().find(|(key, ..)| *key == "session").unwrap();
    let revoke = format!("/personal-sessions/{}/revoke", session.3.id());
    let revoked = admin.post_as("revoke", &revoke, Value::Null).await;
    done.push(("revoke", revoke, Value::Null, revoked));
    lose_answers(&log).await;
    let head = log.log.head().await.unwrap();
    for (key, path, body, first) in done {
        let again = admin.post_as(key, &path, body.clone()).await;
        assert_eq!(again.status, first.status, "{key}: {again:?}");
        assert!(again.is_replayed(), "{key}");
        if first.status != 204 {
            let (mut first, mut again) = (first.json(), again.json());
            if key == "session" {
                // Its token is known to whoever had the answer, and it is revoked by now.
                for document in [&mut first, &mut again] {
                    let attributes = document["data"]["attributes"].as_object_mut().unwrap();
                    attributes.remove("access_token");
                    attributes.remove("revoked_at");
                    attributes.remove("expires_at");
                }
            }
            assert_eq!(again, first, "{key}");
        }
        let kept = admin.post_as(key, &path, body).await;
        assert_eq!((kept.status, &kept.text), (again.status, &again.text));
    }
    assert_eq!(
        log.log.head().await.unwrap(),
        head,
        "nothing was done again"
    );

    // Also if somebody has undone it since.
    lose_answers(&log).await;
    admin.act(&format!("{user}/unlock")).await;
    let again = admin
        .post_as("lock", &format!("{user}/lock"), Value::Null)
        .await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["data"]["attributes"]["locked_at"], Value::Null);
    assert_log_sound(&database).await;
}

async fn what_was_not_done_before_the_end_is_done_once(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = admin.user("alice").await;
    let lock = format!("/users/{alice}/lock");
    // Begun, and neither done nor answered: nothing is to be done to somebody who is locked.
    admin.act(&lock).await;
    assert_eq!(admin.post_as("k", &lock, Value::Null).await.status, 200);
    admin.act(&format!("/users/{alice}/unlock")).await;
    let under_way =
        "UPDATE idempotent_requests SET answer = NULL, leased_until = started_at + 600000000";
    assert_eq!(run(&log, under_way).await, 1);
    let busy = admin.post_as("k", &lock, Value::Null).await;
    assert_eq!((busy.status, busy.header("retry-after")), (409, Some("1")));
    lose_answers(&log).await;
    let before = events(&log, &alice).await;
    let done = admin.post_as("k", &lock, Value::Null).await;
    assert_eq!((done.status, done.is_replayed()), (200, false));
    let again = admin.post_as("k", &lock, Value::Null).await;
    assert_eq!((again.is_replayed(), &again.text), (true, &done.text));
    assert_eq!(events(&log, &alice).await, before + 1);
}

async fn who_is_erased_leaves_no_answer(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    for (key, user) in [("a", &alice), ("b", &bob)] {
        let body = json!({ "user_id": user, "email": format!("{key}@example.com") });
        assert_eq!(admin.post_as(key, "/user-emails", body).await.status, 201);
    }
    // Names an address that may be anybody's.
    let body = json!({ "user_id": bob, "email": "a@example.com" });
    assert_eq!(
        admin.post_as("taken", "/user-emails", body).await.status,
        409
    );
    let left = async || {
        let left = query("SELECT count(*) FROM idempotent_requests");
        let left: i64 = log.database.fetch_one(left).await.unwrap().get(0).unwrap();
        left
    };
    assert_eq!(left().await, 3);
    admin.act(&format!("/users/{alice}/deactivate")).await;
    assert_eq!(left().await, 1, "her addresses cannot be read any more");
    assert_eq!(
        admin
            .post_as("c", &format!("/users/{alice}/lock"), Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(left().await, 2);
    let erased = admin.server.command(&["users", "erase", "alice", "--yes"]);
    assert!(
        erased.status.success(),
        "{}",
        muniment_tests::server::stderr(&erased)
    );
    assert_eq!(left().await, 1, "of another");
}

async fn a_caller_has_only_so_many_keys(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = admin.user("alice").await;
    let lock = format!("/users/{alice}/lock");
    assert_eq!(admin.post_as("first", &lock, Value::Null).await.status, 200);
    let mut transaction = log.database.begin().await.unwrap();
    let caller = query("SELECT caller_id, started_at FROM idempotent_requests");
    let caller = transaction.fetch_optional(caller).await.unwrap().unwrap();
    let (caller, started_at): (uuid::Uuid, i64) = (
        caller.get("caller_id").unwrap(),
        caller.get("started_at").unwrap(),
    );
    for number in 1..10_000_u32 {
        let row = query(
            "INSERT INTO idempotent_requests (id, caller_id, request, started_at, leased_until) \
             VALUES ($1, $2, $1, $3, $3)",
        );
        let row = row
            .bind(number.to_be_bytes().as_slice())
            .bind(caller)
            .bind(started_at);
        transaction.execute(row).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let refused = admin.post_as("more", &lock, Value::Null).await;
    refused.refused(429, &["Too many Idempotency-Keys were used within a day"]);
    assert_eq!(refused.header("retry-after"), Some("3600"));
    let known = admin.post_as("first", &lock, Value::Null).await;
    assert!(known.is_replayed(), "those that are kept are answered");
    assert_eq!(
        admin.act(&lock).await.status,
        200,
        "and what has no key is done"
    );
}
