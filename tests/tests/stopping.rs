//! SIGTERM: what was accepted is finished, and nothing new is.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use muniment_tests::{TestDatabase, TestServer, each_backend, within};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

each_backend!(a_request_that_was_accepted_is_answered_before_the_server_stops);

async fn a_request_that_was_accepted_is_answered_before_the_server_stops(database: TestDatabase) {
    let mut server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    let address = server.url("").trim_start_matches("http://").to_owned();
    let body = json!({ "username": "in-flight" }).to_string();
    let (first, rest) = body.split_at(5);

    // The server has the request but not yet all of its body.
    let mut connection = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /api/admin/v1/users HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    within("100 Continue", connection.read_exact(&mut interim))
        .await
        .unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 Continue"));
    connection.write_all(first.as_bytes()).await.unwrap();

    let stopping = tokio::task::spawn_blocking(move || (server.stop(), server));
    within("the listener's end", async {
        while TcpStream::connect(&address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    connection.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within("the answer", connection.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");

    let (status, server) = stopping.await.unwrap();
    assert!(status.success());
    let server = server.restart().await;
    let found = server
        .get("/api/admin/v1/users/by-username/in-flight")
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(found.status(), 200);
}
