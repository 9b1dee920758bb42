//! `docs/migrating-from-graphql.md`: what it says to send by GraphQL and what it says to send instead do
//! the same, as anybody who copies the examples would see.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Output, Stdio},
};

use chrono::DateTime;
use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase, TestLog,
    beside::beside,
    each_backend,
    server::{CLIENT_ID, CLIENT_SECRET, stderr, stdout},
    sign_in_everywhere_as,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{Admin, upstream};

each_backend!(
    what_is_asked_by_graphql_is_answered_by_rest,
    what_is_changed_by_graphql_is_changed_by_rest,
);

const PAGE: &str = include_str!("../../../docs/migrating-from-graphql.md");
const SCHEMA: &str = include_str!("../../../schema.graphql");

/// The page says of this one that it makes another kind of session.
const ANOTHER_KIND: &str = "`createOauth2Session`";

/// What stands in the examples for what they are about.
type Names = BTreeMap<&'static str, String>;

/// One section of the page.
#[derive(Debug, Default)]
struct Pair {
    title: String,
    graphql: String,
    shell: String,
}

impl Pair {
    fn is_mutation(&self) -> bool {
        self.graphql.starts_with("mutation")
    }
}

/// Every section that has both sides.
fn pairs() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for section in PAGE.split("\n### ").skip(1) {
        let (title, rest) = section.split_once('\n').unwrap();
        let block = |language: &str| {
            let (_, rest) = rest.split_once(&format!("```{language}\n"))?;
            Some(rest.split_once("```").unwrap().0.to_owned())
        };
        pairs.push(Pair {
            title: title.to_owned(),
            graphql: block("graphql").unwrap_or_else(|| panic!("{title}: nothing of GraphQL")),
            shell: block("sh").unwrap_or_else(|| panic!("{title}: nothing to run")),
        });
    }
    pairs
}

#[test]
fn the_page_speaks_of_every_query_and_mutation() {
    let mut fields = 0;
    for root in ["Query", "Mutation"] {
        let (_, rest) = SCHEMA.split_once(&format!("\ntype {root} {{\n")).unwrap();
        let body = rest.split_once("\n}").unwrap().0;
        let mut in_text = false;
        for line in body.lines() {
            if line.trim() == "\"\"\"" {
                in_text = !in_text;
            }
            let Some(field) = line
                .strip_prefix("  ")
                .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            else {
                continue;
            };
            let name: String = field
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            if in_text || !field[name.len()..].starts_with(['(', ':']) {
                continue;
            }
            fields += 1;
            assert!(PAGE.contains(&format!("`{name}`")), "nothing of {name}");
        }
    }
    assert!(fields > 40, "{fields}");
    let titled = |name: &str| pairs().iter().any(|pair| pair.title == format!("`{name}`"));
    let (_, table) = PAGE.split_once("## Which call replaces which").unwrap();
    let table = table.split_once("\n## ").unwrap().0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        for name in row.split('|').nth(1).unwrap().split(", ") {
            let name = name.trim().trim_matches('`');
            assert!(titled(name), "{name} has no section");
        }
    }
}

/// A user with something of every kind, and the names of it all.
async fn scene(admin: &Admin, log: &TestLog, name: &str) -> Names {
    let user = log.register(name).await;
    let sessions = sign_in_everywhere_as(log, user, name).await;
    let email = log.add_email(user, &format!("{name}@example.com")).await;
    let locked = log.register(&format!("{name}-locked")).await;
    let lock = admin.act(&format!("/users/{locked}/lock")).await;
    assert_eq!(lock.status, 200);
    Names::from([
        ("USER_ID", user.to_string()),
        ("USERNAME", name.to_owned()),
        ("LOCKED_USER_ID", locked.to_string()),
        ("EMAIL_ID", email.unwrap().to_string()),
        ("BROWSER_SESSION_ID", sessions.browser.to_string()),
        ("OAUTH2_SESSION_ID", sessions.oauth2.to_string()),
        ("COMPAT_SESSION_ID", sessions.compat.to_string()),
        ("PERSONAL_SESSION_ID", sessions.personal.to_string()),
        ("LINK_ID", sessions.link.to_string()),
        ("DEVICE_ID", "DEVICE1234".to_owned()),
        ("NEW_USERNAME", format!("{name}-new")),
        ("NEW_EMAIL", format!("{name}-new@example.com")),
        ("CLIENT_ID", CLIENT_ID.to_owned()),
        ("PROVIDER_ID", upstream::ACME.to_owned()),
    ])
}

impl Admin {
    async fn by_graphql(&self, pair: &Pair, names: &Names) -> Value {
        let mut text = pair.graphql.clone();
        for (name, value) in names {
            text = text.replace(&format!("${name}"), value);
        }
        let server = &self.server;
        let answer = server.graphql(Some(&self.token), &text, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{}: {answer}", pair.title);
        answer["data"].clone()
    }

    /// The JSON that the example prints, of each of its calls that answers any.
    async fn by_rest(&self, pair: &Pair, names: &Names) -> Vec<Value> {
        let run = Command::new("bash")
            .args(["-euc", &pair.shell])
            .envs(names)
            .env("BASE", self.server.url(""))
            .env("TOKEN", &self.token)
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .output();
        let run: Output = run.await.expect("bash runs");
        let printed = stdout(&run);
        let complaint = stderr(&run);
        assert!(run.status.success(), "{}: {printed}{complaint}", pair.title);
        let answers = serde_json::Deserializer::from_str(&printed).into_iter();
        answers.collect::<Result<_, _>>().unwrap()
    }

    /// All that is told of a scene, without what differs between two of them.
    async fn state(&self, names: &Names) -> Vec<Value> {
        let user = &names["USER_ID"];
        let mut state = Vec::new();
        for path in [
            format!("/users/{user}"),
            format!("/users/{}", names["LOCKED_USER_ID"]),
            format!("/users/by-username/{}", names["NEW_USERNAME"]),
            format!("/user-emails?filter[user]={user}"),
            format!("/user-sessions?filter[user]={user}"),
            format!("/oauth2-sessions?filter[user]={user}"),
            format!("/compat-sessions?filter[user]={user}"),
            format!("/personal-sessions?filter[actor_user]={user}"),
        ] {
            let mut answer = self.get(&path).await.json();
            neutral(&mut answer, names);
            state.push(answer);
        }
        // Which REST does not tell.
        let password = format!("{{ user(id: \"user:{user}\") {{ hasPassword }} }}");
        let password = self.server.graphql(Some(&self.token), &password, json!({}));
        state.push(password.await);
        state
    }
}

/// Without links, and with words for ids, names and times.
fn neutral(value: &mut Value, names: &Names) {
    match value {
        Value::Object(members) => {
            members.remove("links");
            members.values_mut().for_each(|value| neutral(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| neutral(value, names)),
        Value::String(text) => {
            // The longest first, as names are parts of others.
            let mut known: Vec<_> = names.iter().collect();
            known.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
            for (name, value) in known {
                *text = text.replace(value.as_str(), name);
            }
            if DateTime::parse_from_rfc3339(text).is_ok() {
                "time".clone_into(text);
            } else if is_ulid(text) {
                "id".clone_into(text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_ulid(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    text.len() == 26 && text.bytes().all(digit)
}

/// All that an answer tells, whatever it calls it. Ids are without what says of which kind they are.
fn told(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => members.values().flat_map(told).collect(),
        Value::Array(items) => items.iter().flat_map(told).collect(),
        Value::String(text) => {
            let id = text.split_once(':').map(|(_, id)| id);
            let id = id.filter(|id| is_ulid(id)).unwrap_or(text);
            BTreeSet::from([id.to_owned()])
        }
        Value::Null => BTreeSet::new(),
        Value::Bool(_) | Value::Number(_) => BTreeSet::from([value.to_string()]),
    }
}

async fn what_is_asked_by_graphql_is_answered_by_rest(database: TestDatabase) {
    let admin = upstream::start(&database).await;
    let log = beside(&database).await;
    let names = scene(&admin, &log, "alice").await;
    for pair in pairs().iter().filter(|pair| !pair.is_mutation()) {
        let theirs = admin.by_graphql(pair, &names).await;
        let ours = admin.by_rest(pair, &names).await;
        let [ours] = ours.as_slice() else {
            panic!("{}: {ours:?}", pair.title);
        };
        let asked = told(&theirs);
        assert!(!asked.is_empty(), "{}", pair.title);
        let missing: Vec<_> = asked.difference(&told(ours)).cloned().collect();
        assert!(missing.is_empty(), "{}: {missing:?} in {ours}", pair.title);
        if let Some(items) = ours["data"].as_array() {
            let listed: BTreeSet<_> = items.iter().map(|item| told(&item["id"])).collect();
            let ids: BTreeSet<_> = asked.iter().filter(|text| is_ulid(text)).collect();
            assert_eq!(listed.len(), ids.len(), "{}: {theirs}, {ours}", pair.title);
        }
    }
}

async fn events_after(log: &TestLog, position: u64) -> Vec<String> {
    let all = "SELECT event_type FROM events WHERE position > $1 ORDER BY position";
    let position = i64::try_from(position).unwrap();
    let rows = log.database.fetch_all(query(all).bind(position)).await;
    let rows = rows.unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

async fn what_is_changed_by_graphql_is_changed_by_rest(database: TestDatabase) {
    let admin = upstream::start(&database).await;
    let log = beside(&database).await;
    for (index, pair) in pairs().iter().enumerate() {
        if !pair.is_mutation() {
            continue;
        }
        let title = &pair.title;
        let graphql = scene(&admin, &log, &format!("graphql{index}")).await;
        let rest = scene(&admin, &log, &format!("rest{index}")).await;
        let before = admin.state(&graphql).await;
        assert_eq!(
            before,
            admin.state(&rest).await,
            "{title}: different scenes"
        );

        let start = log.head().await;
        let theirs = admin.by_graphql(pair, &graphql).await;
        let their_events = events_after(&log, start).await;
        let start = log.head().await;
        let ours = admin.by_rest(pair, &rest).await;
        let our_events = events_after(&log, start).await;
        assert!(!their_events.is_empty(), "{title}: {theirs}");
        if title == ANOTHER_KIND {
            let tokens = [
                (&theirs["createOauth2Session"]["accessToken"], &graphql),
                (&ours[0]["data"]["attributes"]["access_token"], &rest),
            ];
            for (token, names) in tokens {
                admin
                    .acts_as(token.as_str().unwrap(), &names["USERNAME"])
                    .await;
            }
            continue;
        }
        assert_eq!(their_events, our_events, "{title}");
        let after = admin.state(&graphql).await;
        assert_ne!(after, before, "{title}: nothing has changed");
        assert_eq!(after, admin.state(&rest).await, "{title}");
    }
}

impl Admin {
    async fn acts_as(&self, token: &str, username: &str) {
        let request = self.server.post("/oauth2/introspect");
        let request = request.basic_auth(CLIENT_ID, Some(CLIENT_SECRET));
        let answer = request.form(&[("token", token)]).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            (&answer["active"], &answer["username"], &answer["scope"]),
            (&json!(true), &json!(username), &json!("openid")),
            "{answer}"
        );
    }
}
