//! The server as a widespread client library sees it: `openid-client` from npm, as its lock file pins
//! it (`tests/node/`). Needs Node.js and npm.

use std::{net::TcpListener, path::Path};

use muniment_tests::{TestDatabase, each_backend, node};

use crate::{
    PUBLIC_ID,
    code_flow::REDIRECT,
    people::{Browser, beside},
    start_with, with_pages,
};

each_backend!(an_application_that_uses_openid_client_works);

async fn an_application_that_uses_openid_client_works(database: TestDatabase) {
    // The library holds the issuer against the address that it is found at.
    let port = free_port();
    let server = start_with(&database, |yaml| {
        with_pages(&yaml)
            .replacen(
                "public_base: http://127.0.0.1/",
                &format!("public_base: http://127.0.0.1:{port}/"),
                1,
            )
            .replacen(
                "address: 127.0.0.1:0",
                &format!("address: 127.0.0.1:{port}"),
                1,
            )
    })
    .await;
    let log = beside(&database).await;
    let browser = Browser::of_new_user(&log, "alice").await;
    let variables = [
        ("ISSUER", server.url("/")),
        ("SESSION_COOKIE", browser.session_cookie().to_owned()),
        ("PUBLIC_ID", PUBLIC_ID.to_owned()),
        ("REDIRECT_URI", REDIRECT.to_owned()),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let printed = node::run(target, "openid-client.mjs", &variables).await;
    assert_eq!(printed, "done\n");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
