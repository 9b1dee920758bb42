//! Global ids, and what is found by them (contract/graphql.md 4).

use muniment_tests::{TestDatabase, each_backend, server::CLIENT_ID};
use serde_json::{Value, json};

use crate::{Api, UNKNOWN};

each_backend!(
    anything_is_found_by_its_id_by_who_may_see_it,
    whatever_is_wrong_with_an_id_the_error_is_the_same,
);

const NODE: &str = "query($id: ID!){node(id:$id){__typename id}}";

async fn anything_is_found_by_its_id_by_who_may_see_it(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, bob) = (api.account("alice", &[]), api.account("bob", &[]));
    let email = api.email(&alice, "alice@example.com").await;
    let session = "{viewerSession{... on Oauth2Session{id}}}";
    let session = api.data(&alice.token, session, Value::Null).await;
    let session = session["viewerSession"]["id"].as_str().unwrap().to_owned();
    let client = format!("oauth2_client:{CLIENT_ID}");
    // D11
    for (id, kind, public) in [
        ("anonymous", "Anonymous", true),
        ("site_config", "SiteConfig", true),
        (&client, "Oauth2Client", true),
        (&alice.id, "User", false),
        (&email, "UserEmail", false),
        (&session, "Oauth2Session", false),
    ] {
        let found = json!({ "data": { "node": { "__typename": kind, "id": id } } });
        let hidden = json!({ "data": { "node": null } });
        for (token, sees) in [
            (None, public),
            (Some(&bob.token), public),
            (Some(&alice.token), true),
            (Some(&api.admin), true),
        ] {
            let token = token.map(String::as_str);
            let node = api.server.graphql(token, NODE, json!({ "id": id })).await;
            assert_eq!(&node, if sees { &found } else { &hidden }, "{id}");
        }
    }
    // Well-formed, of each kind: some are never found by id, and nothing has the others.
    for prefix in [
        "authentication",
        "browser_session",
        "compat_session",
        "compat_sso_login",
        "oauth2_client",
        "oauth2_session",
        "upstream_oauth2_provider",
        "upstream_oauth2_link",
        "user",
        "user_email",
        "user_email_authentication",
        "user_recovery_ticket",
    ] {
        let id = format!("{prefix}:{UNKNOWN}");
        let node = api.data(&api.admin, NODE, json!({ "id": id })).await;
        assert_eq!(node, json!({ "node": null }), "{id}");
    }
}

async fn whatever_is_wrong_with_an_id_the_error_is_the_same(database: TestDatabase) {
    let api = Api::start(&database).await;
    let alice = api.account("alice", &[]);
    for id in [
        String::new(),
        "junk".to_owned(),
        "user".to_owned(),
        "user:".to_owned(),
        "user:bad".to_owned(),
        "captcha_config".to_owned(),
        alice.ulid.clone(),
        format!("foo:{UNKNOWN}"),
        format!("User:{UNKNOWN}"),
        format!("user: {UNKNOWN}"),
        format!("user:{UNKNOWN}:"),
        "user:0U040G2081040G2081040G2081".to_owned(),
        "user:\u{0}1040G2081040G2081040G2081".to_owned(),
    ] {
        let message = api.error(None, NODE, json!({ "id": id })).await;
        assert_eq!(message, "invalid id", "{id}");
    }
    // Each query and mutation takes its own kind only, whoever asks. D12
    let email = format!("user_email:{UNKNOWN}");
    for query in [
        format!("{{user(id:\"{email}\"){{id}}}}"),
        format!("{{userEmail(id:\"{}\"){{id}}}}", alice.id),
        format!("{{oauth2Session(id:\"{}\"){{id}}}}", alice.id),
        format!("{{oauth2Client(id:\"{}\"){{id}}}}", alice.id),
        format!("mutation{{lockUser(input:{{userId:\"{email}\"}}){{status}}}}"),
        format!(
            "mutation{{removeEmail(input:{{userEmailId:\"{}\"}}){{status}}}}",
            alice.id
        ),
        format!("mutation{{setPassword(input:{{userId:\"{email}\",newPassword:\"\"}}){{status}}}}"),
    ] {
        let message = api.error(Some(&api.admin), &query, Value::Null).await;
        assert_eq!(message, "invalid id", "{query}");
    }
    // A number is an id as far as GraphQL is concerned.
    assert_eq!(
        api.error(None, "{node(id:7){id}}", Value::Null).await,
        "invalid id"
    );
}
