//! The pages in Chromium, as people use them (`pages.mjs`, `account.mjs` and `operator.mjs` in
//! `tests/node/`). Needs Chromium at `/usr/bin/chromium`, or where `CHROMIUM` says, beside Node.js and npm.

use std::{net::TcpListener, path::Path};

use muniment_tests::{
    TestDatabase, TestServer,
    beside::{age, beside},
    each_backend, node,
};
use serde_json::json;

use crate::{
    PASSWORD, UNLIMITED, browser::Browser, mails, recovery::ticket, signed_in, start_with_clients,
    user,
};

each_backend!(
    people_find_their_way_in_a_browser,
    people_look_after_their_accounts_in_a_browser,
    account_pages_are_as_the_operator_wants_them,
);

const CLIENT: &str = "01JZZZZZZZZZZZZZZZZZZZZAPP";
const PROVIDER: &str = "01HV3JZ6Y0000000000000000A";
const IDP_CLIENT: &str = "the-client";
const IDP_SECRET: &str = "a-secret-of-both-of-some-length";

/// Goes through pages of a server that [`start`] has started; what the program printed.
async fn walk(
    database: &TestDatabase,
    server: &TestServer,
    program: &str,
    port: u16,
    more: &[(&str, &str)],
) -> String {
    let (base, port) = (server.url("/"), port.to_string());
    let chromium = std::env::var("CHROMIUM");
    let chromium = chromium.unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let mails = database.folder().join("mails");
    let mut variables = vec![
        ("BASE", base.as_str()),
        ("MAILS", mails.to_str().expect("a path in UTF-8")),
        ("CLIENT_ID", CLIENT),
        ("PASSWORD", PASSWORD),
        ("APP_PORT", &port),
        ("CHROMIUM", &chromium),
    ];
    variables.extend_from_slice(more);
    node::run(Path::new(env!("CARGO_TARGET_TMPDIR")), program, &variables).await
}

/// A server with an application that waits for its users at this port.
async fn start(database: &TestDatabase, extra: &str, port: u16) -> TestServer {
    let client = format!(
        "  - client_id: {CLIENT}\n    client_auth_method: none\n    client_name: The App\n    \
         redirect_uris: ['http://127.0.0.1:{port}/callback']\n"
    );
    start_with_clients(database, &format!("{extra}{UNLIMITED}"), &client).await
}

async fn people_find_their_way_in_a_browser(database: TestDatabase) {
    let port = free_port();
    let extra = format!(
        "account: {{password_registration_enabled: true, password_recovery_enabled: true}}\n\
         upstream_oauth2:
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
    let server = start(&database, &extra, port).await;
    let provider = [
        ("PROVIDER", PROVIDER),
        ("IDP_CLIENT", IDP_CLIENT),
        ("IDP_SECRET", IDP_SECRET),
    ];
    let printed = walk(&database, &server, "pages.mjs", port, &provider).await;
    assert_eq!(printed, "done\n");
}

async fn people_look_after_their_accounts_in_a_browser(database: TestDatabase) {
    let port = free_port();
    let extra = "account: {password_recovery_enabled: true}\n";
    let server = start(&database, extra, port).await;
    for name in ["desk", "phone", "slow"] {
        user(&server, name, Some(&format!("{name}@example.com"))).await;
    }
    let busy = user(&server, "busy", None).await;
    lock_and_unlock(&server, &busy, 60).await;
    let shell = signed_in(&server, "slow").await.get("/account/").await;
    assert!(
        shell.text.contains("id=\"root\""),
        "the server was built without account pages: npm ci && npm run build in ui/, and build it again"
    );
    let printed = walk(&database, &server, "account.mjs", port, &[]).await;
    assert!(printed.ends_with("done\n"), "{printed}");
    eprint!("{printed}");
}

/// Gives somebody a long history.
async fn lock_and_unlock(server: &TestServer, user: &str, times: usize) {
    let token = server.admin_token().await;
    let both = "mutation($id: ID!) { lockUser(input: {userId: $id}) { status } \
        unlockUser(input: {userId: $id}) { status } }";
    for _ in 0..times {
        let id = json!({ "id": format!("user:{user}") });
        let answer = server.graphql(Some(&token), both, id).await;
        assert_eq!(
            answer["data"]["unlockUser"]["status"], "UNLOCKED",
            "{answer}"
        );
    }
}

async fn account_pages_are_as_the_operator_wants_them(database: TestDatabase) {
    let port = free_port();
    let extra = format!(
        "account:
  password_recovery_enabled: true
  email_change_allowed: false
  displayname_change_allowed: false
  account_deactivation_allowed: false
branding:
  service_name: Harbour Chat
  logo_uri: http://127.0.0.1:{port}/logo.svg
  accent_color: '#7a1f5c'
  accent_color_dark: '#ffb0dd'
  policy_uri: http://127.0.0.1:{port}/policy
  tos_uri: http://127.0.0.1:{port}/terms
  imprint: Harbour Chat, Quay 1, Bremen
experimental:
  plan_management_iframe_uri: http://127.0.0.1:{port}/plan
  session_limit: {{soft_limit: 2, hard_limit: 100}}
"
    );
    let server = start(&database, &extra, port).await;
    for name in ["anna", "late"] {
        user(&server, name, Some(&format!("{name}@example.com"))).await;
    }
    let mut lost = Browser::new(&server);
    lost.fill("/recover", &[("email", "late@example.com")])
        .await;
    let late = ticket(&mails(&database, 1).await[0]);
    let log = beside(&database).await;
    age(&log, "recovery_tickets", &["expires_at"], 601).await;
    let variables = [("TICKET", late.as_str())];
    let printed = walk(&database, &server, "operator.mjs", port, &variables).await;
    assert_eq!(printed, "done\n");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
