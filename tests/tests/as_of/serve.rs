//! `muniment serve --as-of`: the ordinary APIs, as they would have answered then.

use muniment_tests::{TestDatabase, TestServer, each_backend, server::stderr, within};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Past, change, lines_of, text_of};

each_backend!(
    the_admin_api_answers_as_it_would_have_then,
    graphql_answers_as_it_would_have_then,
    oneself_is_shown_as_then,
    the_history_ends_then,
    nothing_can_be_changed,
    nobody_signs_in_there,
    who_is_shown_what_was_of_others_leaves_a_trace,
    what_is_erased_meanwhile_is_gone_there_too,
    a_moment_that_is_not_there_is_refused,
);

impl Past {
    async fn as_of(&self, database: &TestDatabase, moment: u64) -> TestServer {
        self.server.start_as_of(database, &moment.to_string()).await
    }

    /// A token of the present for both APIs.
    async fn both(&self) -> String {
        self.server.token("urn:mas:admin urn:mas:graphql:*").await
    }
}

async fn read(then: &TestServer, token: &str, path: &str) -> (StatusCode, Value) {
    let request = then.get(&format!("/api/admin/v1/{path}"));
    let response = request.bearer_auth(token).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn the_admin_api_answers_as_it_would_have_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let bob = past.server.register(&past.token, "bob").await;
    let then = past.as_of(&database, past.locked).await;
    // Made after that moment: who may ask is decided now.
    let token = past.both().await;
    let alice = format!("users/{}", past.alice);
    let (status, user) = read(&then, &token, &alice).await;
    assert_eq!(status, 200);
    let attributes = &user["data"]["attributes"];
    assert!(attributes["locked_at"].is_string(), "{user}");
    assert_eq!(attributes["admin"], false);
    let (_, email) = read(&then, &token, &format!("user-emails/{}", past.email)).await;
    assert_eq!(email["data"]["attributes"]["email"], "alice@example.com");
    assert_eq!(read(&then, &token, &format!("users/{bob}")).await.0, 404);
    let (_, users) = read(&then, &token, "users?filter[status]=locked&count=true").await;
    assert_eq!(users["meta"]["count"], 1);
    assert_eq!(users["data"][0]["attributes"]["username"], "alice");
    let (_, by_name) = read(&then, &token, "users/by-username/alice").await;
    assert_eq!(by_name["data"]["id"], past.alice.as_str());
    // Proofs are about the log, which is the same now.
    let (_, checkpoint) = read(&past.server, &token, "audit/checkpoints").await;
    let (_, checkpoint_then) = read(&then, &token, "audit/checkpoints").await;
    assert_eq!(checkpoint["data"], checkpoint_then["data"]);
    let answer = then.get("/health").send().await.unwrap();
    let position = answer.headers()["muniment-as-of"].to_str().unwrap();
    assert!(position.starts_with(&format!("position {} (", past.locked)));
    assert_eq!(answer.text().await.unwrap(), "ok");
}

async fn graphql_answers_as_it_would_have_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let then = past.as_of(&database, past.locked).await;
    let token = past.both().await;
    let query = "query($id:ID!){user(id:$id){username lockedAt canRequestAdmin \
        emails(first:5){nodes{email}} matrix{mxid displayName} history(first:50){nodes{type}}} \
        users(first:5){totalCount}}";
    let variables = json!({ "id": format!("user:{}", past.alice) });
    let answer = then.graphql(Some(&token), query, variables).await;
    let user = &answer["data"]["user"];
    assert!(user["lockedAt"].is_string(), "{answer}");
    assert_eq!(user["canRequestAdmin"], false);
    assert_eq!(
        user["emails"]["nodes"],
        json!([{ "email": "alice@example.com" }])
    );
    assert_eq!(user["matrix"]["displayName"], "alice");
    assert_eq!(answer["data"]["users"]["totalCount"], 1);
    let types = user["history"]["nodes"].as_array().unwrap();
    assert_eq!(types.last().unwrap()["type"], "user.locked");
    let by_name = "{userByUsername(username:\"alice\"){lockedAt}}";
    let answer = then.graphql(Some(&token), by_name, json!({})).await;
    assert!(answer["data"]["userByUsername"]["lockedAt"].is_string());
}

async fn oneself_is_shown_as_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let own = "mutation($input:CreateOAuth2SessionInput!)\
        {createOauth2Session(input:$input){accessToken}}";
    let user = format!("user:{}", past.alice);
    let input = json!({ "userId": user, "scope": "urn:mas:graphql:*", "permanent": true });
    let token = past.both().await;
    let made = past
        .server
        .graphql(Some(&token), own, json!({ "input": input }));
    let made = made.await;
    let token = made["data"]["createOauth2Session"]["accessToken"].as_str();
    let viewer = "{viewer{__typename ...on User{lockedAt}} \
        userByUsername(username:\"alice\"){lockedAt}}";
    let then = past.as_of(&database, past.locked).await;
    let answer = then.graphql(token, viewer, json!({})).await;
    assert!(answer["data"]["viewer"]["lockedAt"].is_string(), "{answer}");
    assert!(answer["data"]["userByUsername"]["lockedAt"].is_string());
    drop(then);
    // Before there was any account.
    let then = past.as_of(&database, past.registered - 1).await;
    let answer = then.graphql(token, viewer, json!({})).await;
    let nobody = json!({ "__typename": "Anonymous" });
    assert_eq!(answer["data"]["viewer"], nobody);
}

async fn the_history_ends_then(database: TestDatabase) {
    let past = Past::of(&database).await;
    let then = past.as_of(&database, past.locked).await;
    let (_, events) = read(&then, &past.token, "events?page[last]=1").await;
    assert_eq!(events["data"][0]["attributes"]["position"], past.locked);
    let of_type = |kind: &str| format!("events?filter[type]={kind}");
    let (_, locked) = read(&then, &past.token, &of_type("user.locked")).await;
    assert_eq!(locked["data"].as_array().unwrap().len(), 1);
    let (_, granted) = read(&then, &past.token, &of_type("user.admin_granted")).await;
    assert_eq!(granted["data"], json!([]));
    let earlier = format!("users/{}?as-of={}", past.alice, past.registered);
    let (_, earlier) = read(&then, &past.token, &earlier).await;
    assert_eq!(earlier["data"]["attributes"]["locked_at"], Value::Null);
    let later = format!("users/{}?as-of={}", past.alice, past.admin_granted);
    assert_eq!(read(&then, &past.token, &later).await.0, 400);
}

async fn nothing_can_be_changed(database: TestDatabase) {
    let past = Past::of(&database).await;
    let then = past.as_of(&database, past.locked).await;
    let token = past.both().await;
    let events = async || read(&past.server, &token, "events?page[last]=1").await.1["data"].clone();
    let newest = events().await;
    let reason = format!("as of position {} (", past.locked);
    let path = format!("/api/admin/v1/users/{}", past.alice);
    for (method, path) in [
        (Method::POST, format!("{path}/unlock")),
        (Method::POST, format!("{path}/set-admin")),
        (
            Method::DELETE,
            format!("/api/admin/v1/user-emails/{}", past.email),
        ),
        (Method::POST, "/api/admin/v1/users".to_owned()),
    ] {
        let request = then.request(method.clone(), &path).json(&json!({}));
        let answer = request.bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
        let body: Value = answer.json().await.unwrap();
        let title = body["errors"][0]["title"].as_str().unwrap();
        assert!(title.contains(&reason), "{title}");
        // Nobody is told before it is known who asks.
        let anonymous = then.request(method, &path).send().await.unwrap();
        assert_eq!(anonymous.status(), 400, "{path}");
    }
    let user = format!("user:{}", past.alice);
    let lock = "mutation($id:ID!){lockUser(input:{userId:$id}){status}}";
    let follow = "subscription{history{event{id}}}";
    for (query, variables) in [(lock, json!({ "id": user })), (follow, json!({}))] {
        let request = then.post("/graphql").bearer_auth(&token);
        let request = request.header("accept", "text/event-stream, application/json");
        let request = request.json(&json!({ "query": query, "variables": variables }));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 403);
        let body: Value = answer.json().await.unwrap();
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(&reason), "{message}");
    }
    assert_eq!(events().await, newest);
}

async fn nobody_signs_in_there(database: TestDatabase) {
    let past = Past::of(&database).await;
    let then = past.as_of(&database, past.locked).await;
    for path in [
        "/login",
        "/account/",
        "/oauth2/keys.json",
        "/.well-known/openid-configuration",
    ] {
        assert_eq!(then.get(path).send().await.unwrap().status(), 404, "{path}");
    }
    let token = then.post("/oauth2/token").send().await.unwrap();
    assert_eq!(token.status(), 404);
    // A token that the present does not take is not taken.
    let (status, _) = read(&then, "mat_0000000000000000000000000000000_000000", "users").await;
    assert_eq!(status, 401);
}

async fn who_is_shown_what_was_of_others_leaves_a_trace(database: TestDatabase) {
    let past = Past::of(&database).await;
    let then = past.as_of(&database, past.locked).await;
    let token = past.both().await;
    let disclosed = || {
        let told = ["audit", "log", "alice", "--type", "personal_data.disclosed"];
        lines_of(&past.server, &told).len()
    };
    let before = disclosed();
    assert_eq!(read(&then, &token, "users").await.0, 200);
    assert_eq!(disclosed(), before + 1);
    read(&then, &token, &format!("user-emails/{}", past.email)).await;
    assert_eq!(disclosed(), before + 2);
    let earlier = format!("users/{}?as-of={}", past.alice, past.registered);
    assert_eq!(read(&then, &token, &earlier).await.0, 200);
    assert_eq!(disclosed(), before + 3);
    // What shows nobody.
    read(&then, &token, "users?count=only").await;
    read(&then, &token, "users/01040G2081040G2081040G2081").await;
    read(&then, &token, "site-config").await;
    assert_eq!(disclosed(), before + 3);
    let list = "{users(first:5){nodes{username}}}";
    then.graphql(Some(&token), list, json!({})).await;
    assert_eq!(disclosed(), before + 4);
    let by_name = "{userByUsername(username:\"ALICE\"){id}}";
    then.graphql(Some(&token), by_name, json!({})).await;
    assert_eq!(disclosed(), before + 5);
    let one = "query($id:ID!){node(id:$id){id}}";
    let variables = json!({ "id": format!("user:{}", past.alice) });
    then.graphql(Some(&token), one, variables).await;
    assert_eq!(disclosed(), before + 6);
    then.graphql(Some(&token), "{siteConfig{id}}", json!({}))
        .await;
    assert_eq!(disclosed(), before + 6);
}

async fn what_is_erased_meanwhile_is_gone_there_too(database: TestDatabase) {
    let past = Past::of(&database).await;
    let bob = past.server.register(&past.token, "bob").await;
    let email = json!({"user_id": bob, "email": "bob@example.com"});
    let added = change(&past.server, &past.token, "user-emails", &email).await;
    let email = added["data"]["id"].as_str().unwrap();
    let head = lines_of(&past.server, &["audit", "log", "bob", "--last", "1"]);
    let then = past
        .as_of(&database, head[0]["position"].as_u64().unwrap())
        .await;
    let path = format!("user-emails/{email}");
    assert_eq!(read(&then, &past.token, &path).await.0, 200);
    text_of(&past.server, &["users", "erase", "bob", "--yes"]);
    let gone = async {
        while read(&then, &past.token, &path).await.0 != 404 {
            tokio::task::yield_now().await;
        }
    };
    within("the address to go", gone).await;
    let (_, user) = read(&then, &past.token, &format!("users/{bob}")).await;
    assert_ne!(user["data"]["attributes"]["username"], "bob");
    assert_eq!(user["data"]["attributes"]["deactivated_at"], Value::Null);
    // And from the beginning where the server starts afterwards.
    drop(then);
    let then = past
        .as_of(&database, head[0]["position"].as_u64().unwrap())
        .await;
    assert_eq!(read(&then, &past.token, &path).await.0, 404);
    let (_, again) = read(&then, &past.token, &format!("users/{bob}")).await;
    assert_eq!(again["data"], user["data"]);
}

async fn a_moment_that_is_not_there_is_refused(database: TestDatabase) {
    let past = Past::of(&database).await;
    let serve = |arguments: &[&str]| {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        past.server.command(&arguments)
    };
    let beyond = serve(&["--as-of", "1000"]);
    assert_eq!(beyond.status.code(), Some(4));
    assert!(stderr(&beyond).contains("there is no position 1000"));
    let unreadable = serve(&["--as-of", "yesterday"]);
    assert_eq!(unreadable.status.code(), Some(2));
    assert!(stderr(&unreadable).contains("not a moment"));
    assert_eq!(serve(&[]).status.code(), Some(2), "only with a moment");
    let taken = past.server.url("").trim_start_matches("http://").to_owned();
    let there = [
        "serve",
        "--as-of",
        "1",
        "--listen",
        taken.trim_end_matches('/'),
    ];
    let there = past.server.command(&there);
    assert_eq!(there.status.code(), Some(1));
    assert!(
        stderr(&there).contains("with --listen"),
        "{}",
        stderr(&there)
    );
    let then = past.server.start_as_of(&database, "2026-01-01");
    let mut then = then.await;
    assert_eq!(read(&then, &past.token, "users").await.1["data"], json!([]));
    assert!(then.stop().success());
}
