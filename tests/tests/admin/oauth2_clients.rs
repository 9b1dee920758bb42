//! Clients, wherever they are known from (contract/admin-api.md 5.13).

use muniment_domain::{Client, ClientCommand, ClientId, ClientMetadata};
use muniment_tests::{TestDatabase, TestLog, beside::beside, each_backend, server::CLIENT_ID};
use serde_json::{Value, json};

use crate::{Admin, NIL};

each_backend!(
    clients_are_shown,
    clients_are_listed_and_narrowed,
    a_deleted_client_is_gone,
);

const PATH: &str = "/oauth2-clients";

/// Registers a client as anybody may; its id.
async fn dynamic(admin: &Admin, name: &str, host: &str) -> String {
    let metadata = json!({
        "client_name": name,
        "client_uri": format!("https://{host}"),
        "redirect_uris": [format!("https://{host}/callback")],
        "grant_types": ["refresh_token", "authorization_code"],
        "token_endpoint_auth_method": "none",
    });
    let request = admin.server.post("/oauth2/registration").json(&metadata);
    let registered = crate::answer(request).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let body: Value = serde_json::from_str(&registered.text).unwrap();
    body["client_id"].as_str().unwrap().to_owned()
}

/// Registers a client that somebody has consented to; its id.
async fn consented(log: &TestLog, name: &str, grant: &str) -> ClientId {
    let id = ClientId::from_uuid(log.ids.ulid());
    let command = ClientCommand::RegisterClient {
        client_id: id,
        metadata: Box::new(ClientMetadata {
            client_name: Some(name.to_owned()),
            grant_types: vec![grant.to_owned()],
            ..ClientMetadata::default()
        }),
    };
    log.journal
        .execute::<Client>(id.as_uuid(), command, log.execution())
        .await
        .unwrap();
    id
}

async fn clients_are_shown(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let id = dynamic(&admin, "Example Client", "example.org").await;
    let shown = admin.get(&format!("{PATH}/{}", id.to_lowercase())).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let shown = shown.json();
    assert_eq!(shown["data"]["type"], "oauth2-client");
    assert_eq!(shown["data"]["id"], *id);
    assert_eq!(
        shown["data"]["attributes"],
        json!({
            "client_id": id,
            "client_name": "Example Client",
            "client_uri": "https://example.org/",
            "logo_uri": null,
            "redirect_uris": ["https://example.org/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "is_static": false,
        })
    );
    let configured = admin.get(&format!("{PATH}/{CLIENT_ID}")).await.json();
    let attributes = &configured["data"]["attributes"];
    assert_eq!(attributes["is_static"], true);
    assert_eq!(attributes["grant_types"].as_array().unwrap().len(), 4);
    let unknown = admin.get(&format!("{PATH}/{NIL}")).await;
    unknown.refused(404, &[&format!("OAuth 2.0 client ID {NIL} not found")]);
}

async fn clients_are_listed_and_narrowed(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let first = dynamic(&admin, "First Client", "first.example.org").await;
    let log = beside(&database).await;
    let used = consented(&log, "Zweite Ärztin 100%", "client_credentials").await;
    let alice = log.register("alice").await;
    let session = log.start_session(used, Some(alice)).await.unwrap();
    let used = used.to_string();
    let own = CLIENT_ID.to_owned();
    // Each has its place by its id, wherever it is known from.
    admin.pages(PATH, &[&own, &first, &used]).await;
    for (filter, expected) in [
        ("filter[client-kind]=static", vec![&own]),
        ("filter[client-kind]=dynamic", vec![&first, &used]),
        ("filter[client-name]=FIRST", vec![&first]),
        ("filter[client-name]=%C3%84RZTIN", vec![&used]),
        ("filter[client-name]=%25", vec![&used]),
        ("filter[client-name]=_", vec![]),
        ("filter[client-uri]=First.Example", vec![&first]),
        ("filter[grant-type]=client_credentials", vec![&own, &used]),
        ("filter[grant-type]=authorization_code", vec![&own, &first]),
        ("filter[grant-type]=refresh", vec![]),
        ("filter[grant-type]=strange", vec![]),
        ("filter[has-active-sessions]=true", vec![&own, &used]),
        ("filter[has-active-sessions]=false", vec![&first]),
        (
            "filter[client-kind]=dynamic&filter[has-active-sessions]=true",
            vec![&used],
        ),
    ] {
        admin.only(PATH, filter, &expected).await;
    }
    let ended = admin
        .act(&format!("/oauth2-sessions/{session}/finish"))
        .await;
    assert_eq!(ended.status, 200);
    let without = "filter[has-active-sessions]=false";
    admin.only(PATH, without, &[&first, &used]).await;
    let invalid = admin
        .get(&format!("{PATH}?filter[client-kind]=invalid"))
        .await;
    assert_eq!(invalid.status, 400);
    assert_eq!(invalid.titles()[0], "Invalid filter parameters");
}

async fn a_deleted_client_is_gone(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let id = consented(&log, "Gone", "authorization_code").await;
    assert_eq!(admin.ids(PATH).await.len(), 2);
    log.journal
        .execute::<Client>(id.as_uuid(), ClientCommand::DeleteClient, log.execution())
        .await
        .unwrap();
    assert_eq!(admin.ids(PATH).await, [CLIENT_ID]);
    assert_eq!(admin.get(&format!("{PATH}/{id}")).await.status, 404);
}
