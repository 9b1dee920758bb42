//! The server as a widespread client library sees it: `openid-client` from npm, as its lock file pins
//! it (`tests/node/`). Needs Node.js and npm.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

use muniment_tests::{Backend, TestDatabase, run, server};
use tokio::process::Command;

use crate::{
    PUBLIC_ID,
    code_flow::REDIRECT,
    people::{Browser, beside},
    start_with, with_pages,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_uses_openid_client_works() {
    run(Backend::Sqlite, works).await;
}

async fn works(database: TestDatabase) {
    let packages = installed().await;
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
    let output = Command::new("node")
        .arg(packages.join("openid-client.mjs"))
        .env("ISSUER", server.url("/"))
        .env("SESSION_COOKIE", browser.session_cookie())
        .env("PUBLIC_ID", PUBLIC_ID)
        .env("REDIRECT_URI", REDIRECT)
        .output()
        .await
        .expect("node runs");
    assert_eq!(
        server::stdout(&output),
        "done\n",
        "{}",
        server::stderr(&output)
    );
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Installs exactly what the lock file names, into the folder that cargo builds in.
async fn installed() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node");
    std::fs::create_dir_all(&target).unwrap();
    for file in ["package.json", "package-lock.json", "openid-client.mjs"] {
        std::fs::copy(source.join(file), target.join(file)).unwrap();
    }
    let output = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&target)
        .output()
        .await
        .expect("npm runs");
    assert!(output.status.success(), "{}", server::stderr(&output));
    target
}
