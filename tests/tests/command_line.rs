//! The operator's commands, on both backends, beside a running server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::io::{BufRead, BufReader};

use muniment_tests::{
    TestDatabase, TestServer, each_backend,
    server::{CLIENT_ID, CLIENT_SECRET, configuration, interrupt, program, stderr, stdout},
};
use serde_json::{Value, json};

each_backend!(
    an_account_is_registered_shown_and_changed,
    the_history_names_who_did_what,
    the_history_is_narrowed_and_keeps_personal_data_back,
    the_history_is_followed,
    a_token_from_the_command_line_works_on_both_apis,
    accounts_are_listed_page_by_page,
    an_account_is_registered_with_all_that_belongs_to_it,
    clients_are_listed_and_shown_without_their_secrets,
    a_homeserver_is_told_of_everybody,
    read_models_are_rebuilt_beside_a_running_server,
    a_command_ends_quietly_where_nobody_reads
);

fn json_of(server: &TestServer, arguments: &[&str]) -> Value {
    let output = server.command(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn text_of(server: &TestServer, arguments: &[&str]) -> String {
    let output = server.command(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

async fn an_account_is_registered_shown_and_changed(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    assert!(text_of(&server, &["users", "register", "alice"]).contains("Registered alice"));
    let alice = json_of(&server, &["users", "show", "alice"]);
    assert_eq!(alice["username"], "alice");
    assert_eq!(alice["admin"], false);
    let by_id = json_of(&server, &["users", "show", alice["id"].as_str().unwrap()]);
    assert_eq!(by_id, alice);

    text_of(&server, &["users", "promote", "ALICE"]);
    text_of(&server, &["users", "lock", "alice"]);
    let changed = json_of(&server, &["users", "show", "alice"]);
    assert_eq!(changed["admin"], true);
    assert!(changed["locked_at"].is_string());
    text_of(&server, &["users", "unlock", "alice"]);
    text_of(&server, &["users", "demote", "alice"]);
    assert_eq!(json_of(&server, &["users", "show", "alice"]), alice);

    let gone = json_of(&server, &["users", "lock", "alice", "--deactivate"]);
    assert!(gone["locked_at"].is_string() && gone["deactivated_at"].is_string());
    text_of(&server, &["users", "unlock", "alice", "--reactivate"]);
    assert_eq!(json_of(&server, &["users", "show", "alice"]), alice);
}

async fn the_history_names_who_did_what(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    text_of(&server, &["users", "register", "alice"]);
    let id = json_of(&server, &["users", "show", "alice"])["id"].clone();
    let token = server.admin_token().await;
    let locked = server
        .post(&format!(
            "/api/admin/v1/users/{}/lock",
            id.as_str().unwrap()
        ))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    let request_id = locked.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(locked.status(), 200);

    let lines = text_of(
        &server,
        &["audit", "log", "alice", "--json", "--personal-data"],
    );
    let events: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<(&str, &str)> = events
        .iter()
        .map(|event| {
            (
                event["type"].as_str().unwrap(),
                event["actor"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("user.registered", "operator:tester"),
            ("user.locked", "client:01JZZZZZZZZZZZZZZZZZZZADMN"),
        ]
    );
    assert_eq!(events[0]["details"]["username"]["value"], "alice");
    assert_eq!(events[1]["correlation_id"], request_id);
    assert!(
        events[1]["session"]
            .as_str()
            .unwrap()
            .starts_with("oauth2_session:")
    );

    let table = text_of(&server, &["audit", "log", "alice"]);
    assert!(table.contains("user.locked") && table.contains("operator:tester"));
    let rest = text_of(
        &server,
        &[
            "audit",
            "log",
            "alice",
            "--json",
            "--after",
            &events[0]["position"].to_string(),
        ],
    );
    let rest: Vec<&str> = rest.lines().collect();
    // Last, that her personal data was looked at just now.
    let [_, disclosed] = rest[..] else {
        panic!("{rest:?}");
    };
    let disclosed: Value = serde_json::from_str(disclosed).unwrap();
    assert_eq!(disclosed["type"], "personal_data.disclosed");
    assert_eq!(disclosed["actor"], "operator:tester");
}

async fn the_history_is_narrowed_and_keeps_personal_data_back(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    for name in ["alice", "bob", "carol"] {
        text_of(&server, &["users", "register", name]);
    }
    text_of(&server, &["users", "lock", "bob"]);
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let printed = text_of(&server, &[&["audit", "log", "--json"], arguments].concat());
        let lines = printed.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let all = lines(&[]);
    assert_eq!(all.len(), 4);
    assert_eq!(
        all[0]["details"]["username"],
        json!({ "personal": "withheld" })
    );
    let table = text_of(&server, &["audit", "log", "alice"]);
    assert!(table.contains("username=(personal)") && !table.contains("alice"));
    let [registered, locked] = &lines(&["--last", "2"])[..] else {
        panic!("two were asked for");
    };
    assert_eq!((registered, locked), (&all[2], &all[3]));
    let typed = lines(&["--type", "user.registered", "--limit", "2"]);
    assert_eq!(typed, all[..2]);
    assert_eq!(lines(&["bob", "--type", "user.locked"]), all[3..]);
    assert_eq!(
        lines(&["--actor", "operator:tester", "--before", "2"]),
        all[..1]
    );
    assert!(lines(&["--actor", "system"]).is_empty());
    assert!(lines(&["--until", "2020-01-01"]).is_empty());
    assert_eq!(lines(&["--since", "2020-01-01T00:00:00Z"]), all);
    let events = text_of(&server, &["audit", "log", "--cloudevents", "--last", "1"]);
    let event: Value = serde_json::from_str(&events).unwrap();
    assert_eq!(event["type"], "muniment.user.locked");
    for wrong in [
        &["--type", "user.liked"][..],
        &["--since", "yesterday"],
        &["--session", "alice"],
        &["--client", "alice"],
        &["--last", "0"],
    ] {
        let refused = server.command(&[&["audit", "log"], wrong].concat());
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}");
    }
}

async fn the_history_is_followed(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    text_of(&server, &["users", "register", "alice"]);
    let mut following = server.begin(&["audit", "log", "alice", "--follow", "--json"]);
    let mut printed = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || -> Value {
        let line = printed.next().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    };
    assert_eq!(next()["type"], "user.registered");
    text_of(&server, &["users", "lock", "alice"]);
    assert_eq!(next()["type"], "user.locked");
    interrupt(&following);
    assert!(following.wait().unwrap().success());
}

async fn a_token_from_the_command_line_works_on_both_apis(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = text_of(
        &server,
        &["users", "register", "alice", "--admin", "--token"],
    );
    let token = token.trim();
    let viewer = server
        .graphql(
            Some(token),
            "{viewer{... on User{username canRequestAdmin}}}",
            json!({}),
        )
        .await;
    assert_eq!(
        viewer,
        json!({"data": {"viewer": {"username": "alice", "canRequestAdmin": true}}})
    );
    let users = server
        .get("/api/admin/v1/users")
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(users.status(), 200);

    let plain = text_of(&server, &["users", "register", "bob", "--token"]);
    let refused = server
        .get("/api/admin/v1/users")
        .bearer_auth(plain.trim())
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
}

async fn accounts_are_listed_page_by_page(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    for name in ["anna", "bert", "cleo"] {
        server.register(&token, name).await;
    }
    let first = json_of(&server, &["users", "list", "--limit", "2"]);
    let next = first["next"].as_str().unwrap();
    let second = json_of(&server, &["users", "list", "--limit", "2", "--after", next]);
    let names: Vec<&Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["users"].as_array().unwrap())
        .map(|user| &user["username"])
        .collect();
    assert_eq!(names, ["anna", "bert", "cleo"]);
    assert_eq!(second["next"], Value::Null);
    let found = text_of(&server, &["users", "list", "--search", "BER"]);
    assert!(found.contains("bert") && !found.contains("anna"));
}

async fn read_models_are_rebuilt_beside_a_running_server(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    let before = json_of(&server, &["users", "list"]);
    let rebuilt = json_of(&server, &["projections", "rebuild"]);
    assert!(rebuilt["position"].as_u64().unwrap() >= 2);
    assert_eq!(json_of(&server, &["users", "list"]), before);
    server.register(&token, "bob").await;
    assert_eq!(
        json_of(&server, &["users", "list"])["users"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

const PROVIDER: &str = "01JZZZZZZZZZZZZZZZZZZZ1DP0";

async fn an_account_is_registered_with_all_that_belongs_to_it(database: TestDatabase) {
    let provider = format!(
        "upstream_oauth2:\n  providers:\n    - id: {PROVIDER}\n      issuer: https://idp.example/\n      \
         client_id: us\n      token_endpoint_auth_method: none\n      scope: openid\n"
    );
    let server = TestServer::start_with(&database, &provider).await;
    let mapping = format!("{PROVIDER}:alice-elsewhere");
    let all = [
        "users",
        "register",
        "alice",
        "--admin",
        "--email",
        "a@example.com",
        "--email",
        "b@example.com",
        "--display-name",
        "Alice",
        "--upstream-provider-mapping",
        &mapping,
        "--password",
    ];
    let weak = server.command_answering(&[&all[..], &["--json"]].concat(), "1234\n");
    assert_eq!(weak.status.code(), Some(5), "{}", stderr(&weak));
    // All but the password is there.
    let alice = json_of(&server, &["users", "show", "alice"]);
    assert_eq!(alice["emails"], json!(["a@example.com", "b@example.com"]));
    assert_eq!(alice["has_password"], false);
    let token = server.admin_token().await;
    let links = server
        .get("/api/admin/v1/upstream-oauth-links")
        .bearer_auth(&token);
    let links: Value = links.send().await.unwrap().json().await.unwrap();
    let link = &links["data"][0]["attributes"];
    assert_eq!(link["subject"], "alice-elsewhere", "{links}");
    assert_eq!(link["user_id"], alice["id"], "{links}");

    let bob = [
        "users",
        "register",
        "bob",
        "--password",
        "--ignore-password-complexity",
    ];
    let bob = server.command_answering(&[&bob[..], &["--json"]].concat(), "1234\n");
    assert!(bob.status.success(), "{}", stderr(&bob));
    let bob: Value = serde_json::from_str(&stdout(&bob)).unwrap();
    assert_eq!(
        (&bob["username"], &bob["has_password"]),
        (&json!("bob"), &json!(true))
    );

    for _ in 0..2 {
        text_of(&server, &["users", "add-email", "bob", "bob@example.com"]);
    }
    let emails = json_of(&server, &["users", "show", "bob"]);
    assert_eq!(emails["emails"], json!(["bob@example.com"]));
    let of_alice = server.command(&["users", "add-email", "bob", "a@example.com"]);
    assert_eq!(of_alice.status.code(), Some(5), "{}", stderr(&of_alice));
    let unknown = format!("{CLIENT_ID}:x");
    let unknown = [
        "users",
        "register",
        "carol",
        "--upstream-provider-mapping",
        &unknown,
    ];
    assert_eq!(server.command(&unknown).status.code(), Some(4));
    let carol = server.command(&["users", "show", "carol"]);
    assert_eq!(carol.status.code(), Some(4), "nothing was done");
}

async fn clients_are_listed_and_shown_without_their_secrets(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let registered = server.post("/oauth2/registration").json(&json!({
        "client_name": "Kitchen",
        "client_uri": "https://example.com/",
        "redirect_uris": ["https://example.com/callback"],
        "token_endpoint_auth_method": "client_secret_post",
    }));
    let registered: Value = registered.send().await.unwrap().json().await.unwrap();
    let (id, secret) = (
        registered["client_id"].as_str().unwrap(),
        registered["client_secret"].as_str().unwrap(),
    );
    let all = json_of(&server, &["clients", "list"]);
    let ids: Vec<_> = all["clients"].as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 2, "{all}");
    for (kind, expected) in [("static", CLIENT_ID), ("dynamic", id)] {
        let some = json_of(&server, &["clients", "list", "--kind", kind]);
        assert_eq!(some["clients"][0]["id"], expected, "{some}");
        assert_eq!(some["clients"].as_array().unwrap().len(), 1, "{some}");
    }
    let first = json_of(&server, &["clients", "list", "--limit", "1"]);
    let next = first["next"].as_str().unwrap();
    let rest = json_of(&server, &["clients", "list", "--after", next]);
    assert_ne!(first["clients"][0]["id"], rest["clients"][0]["id"]);
    let found = json_of(&server, &["clients", "list", "--search", "kitch"]);
    assert_eq!(found["clients"].as_array().unwrap().len(), 1);

    server.admin_token().await;
    let shown = json_of(&server, &["clients", "show", CLIENT_ID]);
    assert_eq!(shown["origin"], "configured");
    assert_eq!(shown["authentication"], "client_secret_basic");
    assert_eq!(shown["in_use"], true);
    let kitchen = text_of(&server, &["clients", "show", id]);
    assert!(kitchen.contains("Kitchen") && kitchen.contains("https://example.com/callback"));
    for text in [kitchen, shown.to_string(), all.to_string()] {
        assert!(
            !text.contains(secret) && !text.contains(CLIENT_SECRET),
            "{text}"
        );
    }
    let unknown = server.command(&["clients", "show", PROVIDER]);
    assert_eq!(unknown.status.code(), Some(4));
}

async fn a_homeserver_is_told_of_everybody(database: TestDatabase) {
    let without = TestServer::start(&database).await;
    text_of(&without, &["users", "register", "alice"]);
    text_of(&without, &["users", "register", "bob"]);
    let refused = without.command(&["users", "provision-all"]);
    assert_eq!(refused.status.code(), Some(5), "{}", stderr(&refused));
    drop(without);
    let yaml = configuration(database.uri(), "").replace(
        "kind: none",
        "kind: synapse\n  secret: abcdef\n  endpoint: http://127.0.0.1:1/",
    );
    let server = TestServer::start_configured(&database, &yaml).await;
    assert_eq!(json_of(&server, &["users", "provision-all"])["accounts"], 2);
    let metrics = server.get("/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(
        metrics.contains("muniment_outbox_items{state=\"Waiting\"} 2"),
        "{metrics}"
    );
}

async fn a_command_ends_quietly_where_nobody_reads(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    for arguments in [
        &["audit", "log", "alice"][..],
        &["audit", "log", "alice", "--json"],
        &["users", "show", "alice"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let folder = server.config().parent().unwrap();
        let output = program(folder)
            .args(arguments)
            .arg("--config")
            .arg(server.config())
            .stdout(writer)
            .output()
            .unwrap();
        // As a shell tells of SIGPIPE.
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
        assert_eq!(stderr(&output), "", "{arguments:?}");
    }
}
