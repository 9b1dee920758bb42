//! The pages in Chromium, as people use them (`tests/node/pages.mjs`, `tests/node/account.mjs`). Needs Chromium at
//! `/usr/bin/chromium`, or where `CHROMIUM` says, beside Node.js and npm.

use std::{net::TcpListener, path::Path};

use muniment_tests::{TestDatabase, each_backend, node};

use crate::{PASSWORD, UNLIMITED, signed_in, start_with_clients, user};

each_backend!(people_find_their_way_in_a_browser);
each_backend!(people_look_after_their_accounts_in_a_browser);

const CLIENT: &str = "01JZZZZZZZZZZZZZZZZZZZZAPP";
const PROVIDER: &str = "01HV3JZ6Y0000000000000000A";
const IDP_CLIENT: &str = "the-client";
const IDP_SECRET: &str = "a-secret-of-both-of-some-length";

async fn people_find_their_way_in_a_browser(database: TestDatabase) {
    let port = free_port();
    let extra = format!(
        "account: {{password_registration_enabled: true, password_recovery_enabled: true}}\n\
         {UNLIMITED}upstream_oauth2:
  providers:
    - id: {PROVIDER}
      issuer: https://idp.example/
      human_name: Handmade
      client_id: {IDP_CLIENT}
      client_secret: {IDP_SECRET}
      token_endpoint_auth_method: client_secret_post
      scope: openid
      discovery_mode: disabled
      id_token_signed_response_alg: HS256
      authorization_endpoint: http://127.0.0.1:{port}/idp/authorize
      token_endpoint: http://127.0.0.1:{port}/idp/token
      jwks_uri: http://127.0.0.1:{port}/idp/keys
      claims_imports:
        localpart: {{action: suggest}}
        displayname: {{action: suggest}}
"
    );
    let client = format!(
        "  - client_id: {CLIENT}\n    client_auth_method: none\n    client_name: The App\n    \
         redirect_uris: ['http://127.0.0.1:{port}/callback']\n"
    );
    let server = start_with_clients(&database, &extra, &client).await;
    let chromium = chromium();
    let mails = database.folder().join("mails");
    let printed = node::run(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        "pages.mjs",
        &[
            ("BASE", &server.url("/")),
            ("MAILS", mails.to_str().expect("a path in UTF-8")),
            ("CLIENT_ID", CLIENT),
            ("PROVIDER", PROVIDER),
            ("IDP_CLIENT", IDP_CLIENT),
            ("IDP_SECRET", IDP_SECRET),
            ("APP_PORT", &port.to_string()),
            ("CHROMIUM", &chromium),
        ],
    )
    .await;
    assert_eq!(printed, "done\n");
}

async fn people_look_after_their_accounts_in_a_browser(database: TestDatabase) {
    let port = free_port();
    let extra = format!("account: {{password_recovery_enabled: true}}\n{UNLIMITED}");
    let client = format!(
        "  - client_id: {CLIENT}\n    client_auth_method: none\n    client_name: The App\n    \
         redirect_uris: ['http://127.0.0.1:{port}/callback']\n"
    );
    let server = start_with_clients(&database, &extra, &client).await;
    for name in ["desk", "phone", "slow"] {
        user(&server, name, Some(&format!("{name}@example.com"))).await;
    }
    let shell = signed_in(&server, "slow").await.get("/account/").await;
    assert!(
        shell.text.contains("id=\"root\""),
        "the server was built without account pages: npm ci && npm run build in ui/, and build it again"
    );
    let mails = database.folder().join("mails");
    let printed = node::run(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        "account.mjs",
        &[
            ("BASE", &server.url("/")),
            ("MAILS", mails.to_str().expect("a path in UTF-8")),
            ("CLIENT_ID", CLIENT),
            ("PASSWORD", PASSWORD),
            ("APP_PORT", &port.to_string()),
            ("CHROMIUM", &chromium()),
        ],
    )
    .await;
    assert!(printed.ends_with("done\n"), "{printed}");
    eprint!("{printed}");
}

fn chromium() -> String {
    std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
