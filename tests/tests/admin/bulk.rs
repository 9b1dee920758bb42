//! One change of many users at once.

use std::collections::BTreeMap;

use muniment_tests::{
    TestDatabase, TestLog, beside::beside, each_backend, server::CLIENT_ID, sign_in_everywhere,
    sign_in_everywhere_as, within,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Admin, Answer, UNKNOWN, answer};

each_backend!(
    a_dry_run_tells_what_would_be_done_and_does_nothing,
    each_user_is_changed_as_if_alone_and_told_of,
    nothing_is_done_when_there_are_more_or_fewer_than_expected,
    a_filter_takes_all_whom_it_lets_through_but_who_asks,
    sessions_end_as_they_do_for_one_user,
    a_cut_answer_is_gone_on_with,
    an_action_takes_the_scope_that_it_takes_for_one_user,
    what_makes_no_sense_is_refused_before_anything_is_done,
);

const PATH: &str = "/users/bulk";

/// What was answered, line by line.
#[derive(Debug)]
struct Bulk {
    users: Vec<Value>,
    summary: Value,
    request: String,
}

impl Bulk {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{answer:?}");
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/x-ndjson"));
        let lines = answer.text.lines();
        let mut users: Vec<Value> = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let last = users.pop().unwrap();
        Self {
            users,
            summary: last["summary"].clone(),
            request: answer.header("x-request-id").unwrap().to_owned(),
        }
    }

    /// How many users had each outcome, which the summary says, too.
    fn outcomes(&self) -> BTreeMap<&str, u64> {
        let mut outcomes = BTreeMap::new();
        for user in &self.users {
            *outcomes
                .entry(user["outcome"].as_str().unwrap())
                .or_default() += 1;
        }
        for outcome in ["done", "unchanged", "refused", "not_found", "failed"] {
            let counted = outcomes.get(outcome).copied().unwrap_or(0);
            assert_eq!(
                self.summary[outcome], counted,
                "{outcome} of {}",
                self.summary
            );
        }
        outcomes
    }

    fn ids(&self) -> Vec<&str> {
        let ids = self.users.iter().map(|user| user["id"].as_str().unwrap());
        ids.collect()
    }
}

impl Admin {
    async fn bulk(&self, body: Value) -> Bulk {
        Bulk::of(&self.post(PATH, body).await)
    }

    /// How many users there are with a status.
    async fn count(&self, status: &str) -> u64 {
        let query = format!("/users?filter[status]={status}&count=only");
        self.get(&query).await.json()["meta"]["count"]
            .as_u64()
            .unwrap()
    }
}

/// So many users, in the order of their ids.
async fn users(log: &TestLog, count: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(count);
    for n in 0..count {
        ids.push(log.register(&format!("user-{n}")).await.to_string());
    }
    ids
}

/// Of a request, the type of each event.
async fn caused(log: &TestLog, request: &str) -> Vec<String> {
    let events = log.events().await.into_iter();
    let of_request = events.filter(|event| {
        let metadata: Value = serde_json::from_str(&event.metadata).unwrap();
        let is_caused = metadata["correlation_id"] == request;
        if is_caused {
            assert_eq!(metadata["actor"], format!("client:{CLIENT_ID}"));
            assert_eq!(metadata["client"], CLIENT_ID);
        }
        is_caused
    });
    of_request.map(|event| event.event_type).collect()
}

async fn a_dry_run_tells_what_would_be_done_and_does_nothing(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let ids = users(&log, 5).await;
    admin.act(&format!("/users/{}/lock", ids[1])).await;
    sign_in_everywhere(&log, ids[3].parse().unwrap()).await;
    let before = log.head().await;
    // Unless it says that it means it.
    for (action, done, unchanged) in [
        ("lock", 4, 1),
        ("unlock", 1, 4),
        ("deactivate", 5, 0),
        ("end-sessions", 1, 4),
    ] {
        let told = admin.bulk(json!({ "action": action, "users": ids })).await;
        assert_eq!(told.ids(), ids);
        assert_eq!(told.users[0]["username"], "user-0");
        assert_eq!(told.summary["dry_run"], true);
        assert_eq!(told.summary["count"], 5);
        let outcomes = told.outcomes();
        assert_eq!(outcomes.get("done").copied(), Some(done), "{action}");
        assert_eq!(outcomes.get("unchanged").copied().unwrap_or(0), unchanged);
    }
    assert_eq!(log.head().await, before);
}

async fn each_user_is_changed_as_if_alone_and_told_of(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let ids = users(&log, 300).await;
    let locked = &ids[100..150];
    let some = json!({ "action": "lock", "users": locked, "dry_run": false, "expected_count": 50 });
    assert_eq!(admin.bulk(some).await.summary["done"], 50);

    // In any order, and some of them twice.
    let mut named: Vec<&str> = ids.iter().rev().map(String::as_str).collect();
    named.extend([UNKNOWN, &ids[7], UNKNOWN]);
    let all = json!({ "action": "lock", "users": named, "dry_run": false, "expected_count": 301 });
    let told = admin.bulk(all).await;
    let mut expected: Vec<&str> = ids.iter().map(String::as_str).collect();
    expected.push(UNKNOWN);
    expected.sort_unstable();
    assert_eq!(told.ids(), expected);
    let counts = [("done", 250), ("not_found", 1), ("unchanged", 50)];
    assert_eq!(told.outcomes(), BTreeMap::from(counts));
    let unknown = told.users.iter().find(|user| user["id"] == UNKNOWN);
    let title = format!("User ID {UNKNOWN} not found");
    assert_eq!(
        unknown.unwrap(),
        &json!({ "id": UNKNOWN, "outcome": "not_found", "errors": [{ "title": title }] })
    );
    assert_eq!(
        told.users.iter().find(|user| user["id"] == ids[120]),
        Some(&json!({ "id": ids[120], "username": "user-120", "outcome": "unchanged" }))
    );
    assert_eq!(admin.count("locked").await, 300);
    assert_eq!(caused(&log, &told.request).await, vec!["user.locked"; 250]);

    let body = |action: &str| {
        json!({ "action": action, "users": ids[..2], "dry_run": false, "expected_count": 2,
            "skip_erase": true })
    };
    let unlocked = admin.bulk(body("unlock")).await;
    assert_eq!(caused(&log, &unlocked.request).await, ["user.unlocked"; 2]);
    let gone = admin.bulk(body("deactivate")).await;
    assert_eq!(caused(&log, &gone.request).await, ["user.deactivated"; 2]);
    assert_eq!(admin.count("deactivated").await, 2);
    let events = log.events().await;
    let last = events.last().unwrap();
    let payload: Value = serde_json::from_str(&last.payload).unwrap();
    let erased = &payload["UserDeactivated"]["erase_on_homeserver"];
    assert_eq!(erased, false, "{payload}");
}

async fn nothing_is_done_when_there_are_more_or_fewer_than_expected(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let ids = users(&log, 3).await;
    let before = log.head().await;
    for whom in [json!({ "users": ids }), json!({ "filter": {} })] {
        let mut body = whom;
        body["action"] = json!("deactivate");
        body["dry_run"] = json!(false);
        let refused = admin.post(PATH, body.clone()).await;
        refused.refused(
            400,
            &["`expected_count` is required unless it is a dry run"],
        );
        for wrong in [0, 2, 4] {
            body["expected_count"] = json!(wrong);
            let refused = admin.post(PATH, body.clone()).await;
            refused.refused(409, &[&format!("Expected {wrong} users, there are 3")]);
        }
    }
    assert_eq!(log.head().await, before);
}

async fn a_filter_takes_all_whom_it_lets_through_but_who_asks(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let (own, token) = admin.user_with_token("boss", &["--admin"]);
    let ids = users(&log, 700).await;
    admin.act(&format!("/users/{}/deactivate", ids[5])).await;
    let post = async |body: Value| {
        let request = admin.request(Method::POST, PATH).json(&body);
        answer(request.bearer_auth(&token)).await
    };
    let active = json!({ "action": "lock", "filter": { "status": "active", "search": "-" } });
    let dry = Bulk::of(&post(active.clone()).await);
    assert_eq!(dry.summary["count"], 699);
    let everybody = Bulk::of(&post(json!({ "action": "lock", "filter": {} })).await);
    assert_eq!(everybody.summary["count"], 701);
    let refused = everybody.users.iter().find(|user| user["id"] == own);
    assert_eq!(
        refused.unwrap(),
        &json!({ "id": own, "username": "boss", "outcome": "refused",
            "errors": [{ "title": "Your own account has to be named" }] })
    );

    let mut run = active;
    run["dry_run"] = json!(false);
    run["expected_count"] = dry.summary["count"].clone();
    let done = Bulk::of(&post(run).await);
    assert_eq!(done.outcomes(), BTreeMap::from([("done", 699)]));
    assert_eq!(done.ids(), dry.ids());
    assert_eq!(admin.count("locked").await, 699);
    // Who is named is meant.
    let named = json!({ "action": "lock", "users": [own] });
    let named = Bulk::of(&post(named).await);
    assert_eq!(named.summary["done"], 1);
}

async fn sessions_end_as_they_do_for_one_user(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let ids = users(&log, 3).await;
    for user in &ids[..2] {
        sign_in_everywhere_as(&log, user.parse().unwrap(), user).await;
    }
    let body = json!({ "action": "end-sessions", "dry_run": false, "expected_count": 2,
        "filter": { "has-active-compat-session": true } });
    let told = admin.bulk(body).await;
    assert_eq!(told.outcomes(), BTreeMap::from([("done", 2)]));
    let mut ended = caused(&log, &told.request).await;
    ended.sort();
    let each = ["browser_session", "compat_session", "oauth2_session"];
    let expected = each.map(|kind| [format!("{kind}.finished"), format!("{kind}.finished")]);
    assert_eq!(ended, expected.concat());
}

async fn a_cut_answer_is_gone_on_with(database: TestDatabase) {
    const ALL: usize = 500;
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let ids = users(&log, ALL).await;
    let body = json!({ "action": "lock", "filter": { "status": "active" }, "dry_run": false,
        "expected_count": ALL });
    let request = admin.request(Method::POST, PATH).json(&body);
    let mut cut = request.bearer_auth(&admin.token).send().await.unwrap();
    let part = cut.chunk().await.unwrap().unwrap();
    let part = String::from_utf8(part.to_vec()).unwrap();
    drop(cut);
    let stopped = within("the end of the operation", async {
        loop {
            let log = admin.server.log();
            let ended = |line: &&str| line.contains("a bulk operation has ended");
            if let Some(line) = log.lines().find(ended) {
                return line.to_owned();
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(stopped.contains("the client went away"), "{stopped}");
    let told = part.lines().count();
    let done = admin.count("locked").await;
    assert!(told as u64 <= done && done < ALL as u64, "{told}, {done}");

    let last: Value = serde_json::from_str(part.lines().last().unwrap()).unwrap();
    assert_eq!(last["id"], ids[told - 1]);
    let mut rest = body;
    rest["after"] = last["id"].clone();
    // Those who were changed unheard are not active any more.
    let left = ALL as u64 - done;
    rest["expected_count"] = json!(left);
    let rest = admin.bulk(rest).await;
    assert_eq!(rest.outcomes(), BTreeMap::from([("done", left)]));
    assert_eq!(rest.ids().last(), ids.last().map(String::as_str).as_ref());
    let events = log.events().await.into_iter();
    let locked = events.filter(|event| event.event_type == "user.locked");
    assert_eq!(locked.count(), ALL);
}

async fn an_action_takes_the_scope_that_it_takes_for_one_user(database: TestDatabase) {
    const SESSIONS: &str = "urn:muniment:admin:sessions";
    const USERS: &str = "urn:muniment:admin:users";
    let admin = Admin::start(&database).await;
    let (boss, _) = admin.user_with_token("boss", &["--admin"]);
    let alice = admin.user("alice").await;
    let missing = |scope: &str| format!("Missing scope: urn:mas:admin or {scope}");
    for (scope, other, actions) in [
        (SESSIONS, USERS, &["end-sessions"][..]),
        (USERS, SESSIONS, &["lock", "unlock", "deactivate"]),
    ] {
        let token = admin.server.token(scope).await;
        let post = async |body: Value| {
            let request = admin.request(Method::POST, PATH).json(&body);
            answer(request.bearer_auth(&token)).await
        };
        for action in ["end-sessions", "lock", "unlock", "deactivate"] {
            let answered = post(json!({ "action": action, "users": [alice, boss] })).await;
            if !actions.contains(&action) {
                answered.refused(403, &[&missing(other)]);
                continue;
            }
            let told = Bulk::of(&answered);
            // An administrator is for those who have the whole scope.
            let mut refused = json!({ "id": boss, "outcome": "refused",
                "errors": [{ "title": "Missing scope: urn:mas:admin" }] });
            if scope == USERS {
                refused["username"] = json!("boss");
            }
            assert_eq!(told.users[0], refused);
            // Whose name it is is for those who may look at users.
            assert_eq!(told.users[1].get("username").is_some(), scope == USERS);
        }
        let filtered = post(json!({ "action": actions[0], "filter": {} })).await;
        if scope == USERS {
            assert_eq!(Bulk::of(&filtered).summary["count"], 2);
        } else {
            let wanted = "urn:muniment:admin:read or urn:muniment:admin:users";
            filtered.refused(403, &[&missing(wanted)]);
        }
    }
}

async fn what_makes_no_sense_is_refused_before_anything_is_done(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let one_of = "Expected exactly one of `users` and `filter`";
    for neither_or_both in [
        json!({ "action": "lock" }),
        json!({ "action": "lock", "users": [alice], "filter": {} }),
        json!({ "action": "lock", "users": null, "filter": null }),
    ] {
        let refused = admin.post(PATH, neither_or_both).await;
        refused.refused(400, &[one_of]);
    }
    let many = json!({ "action": "lock", "users": vec![&alice; 10_001] });
    let refused = admin.post(PATH, many).await;
    refused.refused(400, &["At most 10000 users can be named"]);
    let client = json!({ "action": "lock", "filter": { "active-oauth2-client": [UNKNOWN] } });
    let refused = admin.post(PATH, client).await;
    refused.refused(404, &[&format!("Client ID {UNKNOWN} not found")]);
    let unreadable = json!({ "action": "lock", "filter": { "search": "a\0" } });
    let refused = admin.post(PATH, unreadable).await;
    refused.refused(400, &["filter.search: a NUL character"]);
    // What is misspelt is not taken for left out.
    for malformed in [
        json!({ "action": "erase", "users": [alice] }),
        json!({ "action": "deactivate", "users": [alice], "skip_erasure": true }),
        json!({ "action": "lock", "filter": { "state": "active" } }),
        json!({ "action": "lock", "filter": { "status": "sleeping" } }),
        json!({ "action": "lock", "users": ["junk"] }),
        json!({ "users": [alice] }),
    ] {
        let refused = admin.post(PATH, malformed).await;
        assert_eq!(refused.status, 422, "{refused:?}");
    }
    assert_eq!(admin.count("active").await, 1);
}
