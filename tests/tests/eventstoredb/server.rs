//! The program itself, configured to keep its log in EventStoreDB.

use muniment_tests::{TestServer, server::configuration};
use reqwest::StatusCode;

use crate::support::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_goes_on_where_it_was() {
    let mut scene = Scene::of_nodes(1).await;
    let uri = &scene.store.options().uri;
    let section = format!("event_store:\n  kind: eventstoredb\n  uri: '{uri}'\n");
    let yaml = configuration(scene.database.uri(), &section);
    let mut server = TestServer::start_configured(&scene.database, &yaml).await;
    let token = server.admin_token().await;
    let alice = server.register(&token, "alice").await;
    server.kill();
    let written = scene.recorded().len();
    assert!(written > 0);

    let server = server.restart().await;
    let token = server.admin_token().await;
    server.register(&token, "bob").await;
    let found = server
        .get("/api/admin/v1/users/by-username/alice")
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(found.status(), StatusCode::OK);
    let found: serde_json::Value = found.json().await.unwrap();
    assert_eq!(found["data"]["id"], alice.as_str());
    assert!(scene.recorded().len() > written);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_eventstoredb_is_away_writing_is_refused_for_now_and_reading_goes_on() {
    let mut scene = Scene::of_nodes(1).await;
    let uri = &scene.store.options().uri;
    let section = format!("event_store:\n  kind: eventstoredb\n  uri: '{uri}'\n");
    let yaml = configuration(scene.database.uri(), &section);
    let server = TestServer::start_configured(&scene.database, &yaml).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    scene.nodes().stop(0).await;
    let register = || {
        server
            .post("/api/admin/v1/users")
            .bearer_auth(&token)
            .json(&serde_json::json!({"username": "bob"}))
            .send()
    };
    let refused = register().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let read = server
        .get("/api/admin/v1/users/by-username/alice")
        .bearer_auth(&token)
        .send();
    assert_eq!(read.await.unwrap().status(), StatusCode::OK);

    scene.nodes().resume(0).await.unwrap();
    assert_eq!(register().await.unwrap().status(), StatusCode::CREATED);
}
