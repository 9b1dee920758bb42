//! This very program as the provider: a full round by discovery, keys and a private-key assertion.

use muniment_tests::{Backend, TestDatabase, browser::Browser, each_backend};
use serde_json::json;

use crate::{PROVIDER, follow, start, viewer};

each_backend!(one_server_signs_people_in_at_another);

const PASSWORD: &str = "correct horse battery staple 9";
const US: &str = "01JZZZZZZZZZZZZZZZZZZZZZ0S";

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn one_server_signs_people_in_at_another(database: TestDatabase) {
    let theirs = TestDatabase::new(Backend::Sqlite).await;
    let base = format!("http://127.0.0.1:{}/", free_port());
    let callback = format!("http://127.0.0.1/upstream/callback/{PROVIDER}");
    let yaml = muniment_tests::server::configuration(theirs.uri(), "")
        .replace("http://127.0.0.1/", &base)
        .replace(
            "address: 127.0.0.1:0",
            &format!("address: {}", &base[7..base.len() - 1]),
        )
        .replacen(
            "        - name: oauth\n",
            "        - name: human\n        - name: oauth\n",
            1,
        )
        .replacen(
            "clients:\n",
            &format!(
                "clients:\n  - client_id: {US}\n    client_auth_method: client_secret_jwt\n    \
                 client_secret: 'a: secret that signs'\n    redirect_uris: ['{callback}']\n"
            ),
            1,
        );
    let idp = muniment_tests::TestServer::start_configured(&theirs, &yaml).await;
    let token = idp.admin_token().await;
    let id = idp.register(&token, "alice").await;
    let set = "mutation($id: ID!, $password: String!) { setPassword(input: {userId: $id, \
        newPassword: $password}) { status } }";
    let variables = json!({"id": format!("user:{id}"), "password": PASSWORD});
    idp.graphql(Some(&token), set, variables).await;

    let server = start(
        &database,
        &format!(
            "upstream_oauth2:\n  providers:\n    - id: {PROVIDER}\n      issuer: {base}\n      \
             client_id: {US}\n      client_secret: 'a: secret that signs'\n      \
             token_endpoint_auth_method: client_secret_jwt\n      scope: openid\n      \
             discovery_mode: insecure\n      fetch_userinfo: true\n      claims_imports:\n        \
             localpart: {{action: require, template: '{{{{ user.username }}}}'}}\n"
        ),
    )
    .await;
    let mut here = Browser::new(&server);
    let mut there = Browser::new(&idp);
    for first in [true, false] {
        let mut fresh = Browser::new(&server);
        let browser = if first { &mut here } else { &mut fresh };
        let away = browser
            .get(&format!("/upstream/authorize/{PROVIDER}"))
            .await;
        assert_eq!(away.status, 307, "{away:?}");
        let asked = away.location().strip_prefix(&base).unwrap();
        let mut answer = there.get(&format!("/{asked}")).await;
        if first {
            let mut login = local(&answer, &base);
            loop {
                answer = there.get(&login).await;
                if answer.status != 303 {
                    break;
                }
                login = local(&answer, &base);
            }
            answer = there.sign_in(&login, "alice", PASSWORD).await;
        }
        let consent = local(&answer, &base);
        let back = there.fill(&consent, &[]).await;
        assert_eq!(back.status, 303, "{back:?}");
        let back = back
            .location()
            .strip_prefix("http://127.0.0.1")
            .unwrap()
            .to_owned();
        let arrived = browser.get(&back).await;
        let page = follow(browser, arrived).await;
        if first {
            assert_eq!(page.status, 200, "{page:?}");
            page.says("alice");
            let link = page.text.split("action=\"/upstream/link/").nth(1).unwrap();
            let link = format!("/upstream/link/{}", &link[..26]);
            let answer = browser.fill(&link, &[("action", "register")]).await;
            let name = follow(browser, answer).await;
            let step = name.text.split("action=\"/register/").nth(1).unwrap();
            let step = format!("/register/{}", step.split('"').next().unwrap());
            let answer = browser.fill(&step, &[("action", "skip")]).await;
            follow(browser, answer).await;
        }
        assert_eq!(viewer(browser).await["username"], "alice");
    }
}

/// Where an answer leads within a server.
fn local(answer: &muniment_tests::browser::Answer, base: &str) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    path(answer, base)
}

fn path(answer: &muniment_tests::browser::Answer, base: &str) -> String {
    let location = answer.location();
    let path = location.strip_prefix(base).unwrap_or(location);
    format!("/{}", path.trim_start_matches('/'))
}
