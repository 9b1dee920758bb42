//! Who still uses GraphQL with bearer tokens, which is deprecated: told to the caller, counted for the
//! operator.

use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase,
    beside::beside,
    each_backend,
    server::{CLIENT_ID, CLIENT_SECRET, stderr, stdout},
};
use serde_json::{Value, json};

use crate::{Api, VIEWER, answer};

each_backend!(
    the_end_of_bearer_access_is_told_where_it_is_configured,
    each_caller_is_counted_under_whose_token_it_is,
    nothing_is_left_of_an_erased_caller,
);

impl Api {
    /// A personal token that a user made for themselves.
    async fn own_token(&self, admin: &str, actor: &str) -> String {
        let request = self.server.post("/api/admin/v1/personal-sessions");
        let made = answer(request.bearer_auth(admin).json(&json!({
            "actor_user_id": actor,
            "human_name": "script",
            "scope": "urn:mas:graphql:*",
        })));
        let made: Value = serde_json::from_str(&made.await.text).unwrap();
        let token = made["data"]["attributes"]["access_token"].as_str();
        token.unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    /// What the command lists once the server has stopped, which writes what waits.
    fn callers(&mut self) -> Vec<Value> {
        self.server.stop();
        let arguments = ["clients", "--still-on-graphql", "--json"];
        let listed = self.server.command(&arguments);
        assert!(listed.status.success(), "{}", stderr(&listed));
        let listed: Value = serde_json::from_str(&stdout(&listed)).unwrap();
        assert_eq!(listed["more"], false);
        listed["callers"].as_array().unwrap().clone()
    }
}

async fn the_end_of_bearer_access_is_told_where_it_is_configured(database: TestDatabase) {
    let api = Api::start_with(&database, "graphql: {bearer_sunset: 2027-06-30}").await;
    let post = || api.post(json!({ "query": VIEWER }).to_string());
    let told = answer(post().bearer_auth(&api.admin)).await;
    assert_eq!(told.header("sunset"), Some("Wed, 30 Jun 2027 00:00:00 GMT"));
    assert_eq!(told.header("deprecation"), Some("@1767225600"));
    assert!(told.header("link").unwrap().contains("successor-version"));
    assert_eq!(answer(post()).await.header("sunset"), None);
}

async fn each_caller_is_counted_under_whose_token_it_is(database: TestDatabase) {
    let mut api = Api::start(&database).await;
    let alice = api.account("alice", &["--admin"]);
    let by_client = api.own_token(&api.admin, &alice.ulid).await;
    let by_alice = api.own_token(&alice.token, &alice.ulid).await;

    // The client by tokens of its own, of a user in it, and of a personal session that it made; more
    // than one of them in one request.
    let two = "{a: viewer{__typename} b: viewer{__typename} siteConfig{id}}";
    for (token, text) in [
        (&api.admin, VIEWER),
        (&alice.token, two),
        (&by_client, VIEWER),
        (&by_alice, "{inventedByTheClient}"),
        (&by_alice, VIEWER),
    ] {
        api.server.graphql(Some(token), text, json!({})).await;
    }
    // Without a token nobody is counted, and with one that is refused neither.
    api.server.graphql(None, VIEWER, json!({})).await;
    let post = api.post(json!({ "query": VIEWER }).to_string());
    assert_eq!(answer(post.bearer_auth("junk")).await.status, 401);

    let metrics = answer(api.server.get("/metrics")).await.text;
    for (client, count) in [(CLIENT_ID, 3), ("personal", 2)] {
        let name = "muniment_graphql_bearer_requests_total";
        let sample = format!("{name}{{client=\"{client}\"}} {count}\n");
        assert!(metrics.contains(&sample), "{sample} in {metrics}");
    }

    let callers = api.callers();
    assert_eq!(callers.len(), 2, "{callers:?}");
    let calls = |caller: &Value| -> Vec<(String, i64)> {
        let operations = caller["operations"].as_array().unwrap().iter();
        operations
            .map(|one| {
                assert!(one["last_called_at"].is_string());
                let name = one["name"].as_str().unwrap().to_owned();
                (name, one["calls"].as_i64().unwrap())
            })
            .collect()
    };
    let named = |name: &str, count| (name.to_owned(), count);
    // The latest comes first.
    let (user, client) = (&callers[0], &callers[1]);
    assert_eq!(
        (&user["kind"], &user["name"]),
        (&json!("user"), &json!("alice"))
    );
    assert_eq!(user["id"], alice.ulid.as_str());
    assert_eq!(user["calls"], 2);
    assert_eq!(calls(user), [named("(invalid)", 1), named("viewer", 1)]);
    assert_eq!(
        (&client["kind"], &client["id"]),
        (&json!("client"), &json!(CLIENT_ID))
    );
    assert_eq!(client["calls"], 4);
    assert_eq!(calls(client), [named("viewer", 3), named("siteConfig", 1)]);
    assert!(client["first_called_at"].as_str() <= client["last_called_at"].as_str());

    let table = stdout(&api.server.command(&["clients", "--still-on-graphql"]));
    for part in ["alice", CLIENT_ID, "viewer 3", "(invalid) 1"] {
        assert!(table.contains(part), "{part} in {table}");
    }
    assert!(!table.contains("inventedByTheClient") && !table.contains(CLIENT_SECRET));
}

async fn nothing_is_left_of_an_erased_caller(database: TestDatabase) {
    let mut api = Api::start(&database).await;
    let alice = api.account("alice", &["--admin"]);
    let token = api.own_token(&alice.token, &alice.ulid).await;
    api.server.graphql(Some(&token), VIEWER, json!({})).await;
    assert_eq!(api.callers().len(), 1);
    api.server = api.server.restart().await;
    api.server.graphql(Some(&token), VIEWER, json!({})).await;
    // While the server still has the last call in memory.
    let erased = ["users", "erase", "alice", "--yes"];
    let erased = api.server.command(&erased);
    assert!(erased.status.success(), "{}", stderr(&erased));
    assert_eq!(api.callers(), [] as [Value; 0]);
    let log = beside(&database).await;
    let left = log.database.fetch_all(query("SELECT 1 FROM graphql_calls"));
    assert!(left.await.unwrap().is_empty());
    let nobody = stdout(&api.server.command(&["clients", "--still-on-graphql"]));
    assert!(nobody.starts_with("Nobody has used GraphQL"), "{nobody}");
}
