//! Upstream providers, and who users are there (contract/admin-api.md 5.13).

use muniment_tests::{TestDatabase, beside::beside, each_backend};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Admin, Answer, NIL, ROOT};

each_backend!(
    providers_are_shown_listed_and_narrowed,
    an_identity_is_linked_to_one_user,
    links_are_listed_and_narrowed,
    a_deleted_link_is_gone_and_free,
    what_a_link_cannot_be_made_of_is_refused,
);

const LINKS: &str = "/upstream-oauth-links";
const PROVIDERS: &str = "/upstream-oauth-providers";
pub const ACME: &str = "01FSHN9AG00000000000000AAA";
const OTHER: &str = "01FSHN9AG00000000000000BBB";
const OLD: &str = "01FSHN9AG00000000000000CCC";

pub async fn start(database: &TestDatabase) -> Admin {
    Admin::start_with(database, &providers()).await
}

/// The section of the configuration.
pub fn providers() -> String {
    format!(
        "upstream_oauth2:
  providers:
    - id: {OTHER}
      issuer: https://other.example.com/
      client_id: us
      scope: openid
      token_endpoint_auth_method: none
    - id: {ACME}
      issuer: https://acme.example.com/
      human_name: ACME
      brand_name: acme
      client_id: us
      scope: openid
      client_secret: a-secret-of-acme
      token_endpoint_auth_method: client_secret_basic
    - id: {OLD}
      issuer: https://old.example.com/
      enabled: false
      client_id: us
      scope: openid
      token_endpoint_auth_method: none
"
    )
}

impl Admin {
    async fn add_link(&self, user: &str, provider: &str, subject: &str, name: Value) -> Answer {
        let body = json!({
            "user_id": user,
            "provider_id": provider,
            "subject": subject,
            "human_account_name": name,
        });
        self.post(LINKS, body).await
    }

    async fn link(&self, user: &str, provider: &str, subject: &str, name: &str) -> String {
        let added = self.add_link(user, provider, subject, json!(name)).await;
        assert_eq!(added.status, 201, "{added:?}");
        added.json()["data"]["id"].as_str().unwrap().to_owned()
    }
}

async fn providers_are_shown_listed_and_narrowed(database: TestDatabase) {
    let admin = start(&database).await;
    let shown = admin.get(&format!("{PROVIDERS}/{ACME}")).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let shown = shown.json();
    assert_eq!(shown["data"]["type"], "upstream-oauth-provider");
    let created_at = &shown["data"]["attributes"]["created_at"];
    assert!(created_at.is_string());
    assert_eq!(
        shown["data"]["attributes"],
        json!({
            "issuer": "https://acme.example.com/",
            "human_name": "ACME",
            "brand_name": "acme",
            "created_at": created_at,
            "disabled_at": null,
            "registration_token_required": false,
        })
    );
    let unknown = admin.get(&format!("{PROVIDERS}/{NIL}")).await;
    unknown.refused(404, &["Provider not found"]);

    let [acme, other, old] = [ACME, OTHER, OLD].map(str::to_owned);
    admin.pages(PROVIDERS, &[&acme, &other, &old]).await;
    admin
        .only(PROVIDERS, "filter[enabled]=true", &[&acme, &other])
        .await;
    admin
        .only(PROVIDERS, "filter[enabled]=false", &[&old])
        .await;
    let page = format!("{PROVIDERS}?page[first]=2&page[after]={other}");
    let page = admin.get(&page).await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    let itself = format!("{ROOT}{PROVIDERS}?page[after]={other}&page[first]=2");
    assert_eq!(page["links"]["self"], itself);
    let invalid = admin
        .get(&format!("{PROVIDERS}?filter[enabled]=invalid"))
        .await;
    assert_eq!(invalid.status, 400);
}

async fn an_identity_is_linked_to_one_user(database: TestDatabase) {
    let admin = start(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    let added = admin.add_link(&alice, ACME, "subject1", Value::Null).await;
    assert_eq!(added.status, 201, "{added:?}");
    let added = added.json();
    let id = added["data"]["id"].as_str().unwrap();
    assert_eq!(added["data"]["type"], "upstream-oauth-link");
    let created_at = &added["data"]["attributes"]["created_at"];
    assert_eq!(
        added["data"]["attributes"],
        json!({
            "created_at": created_at,
            "provider_id": ACME,
            "subject": "subject1",
            "user_id": alice,
            "human_account_name": null,
        })
    );
    assert_eq!(added["links"]["self"], format!("{ROOT}{LINKS}/{id}"));
    assert_eq!(admin.get(&format!("{LINKS}/{id}")).await.json(), added);

    let taken = format!(
        "Upstream Oauth 2.0 Provider ID {ACME} with subject subject1 is already linked to a user"
    );
    for user in [&alice, &bob] {
        let again = admin.add_link(user, ACME, "subject1", json!("x")).await;
        again.refused(409, &[&taken]);
    }
    for (provider, subject) in [(OLD, "subject1"), (ACME, "SUBJECT1")] {
        let other = admin.add_link(&bob, provider, subject, Value::Null).await;
        assert_eq!(other.status, 201, "another identity, at {provider}");
    }
    let user = admin.add_link(NIL, NIL, "x", Value::Null).await;
    user.refused(404, &[&format!("User ID {NIL} not found")]);
    let provider = admin.add_link(&alice, NIL, "x", Value::Null).await;
    provider.refused(
        404,
        &[&format!("Upstream OAuth 2.0 Provider ID {NIL} not found")],
    );
}

async fn links_are_listed_and_narrowed(database: TestDatabase) {
    let admin = start(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    let a = admin.link(&alice, ACME, "subject1", "alice@acme").await;
    let b = admin.link(&bob, ACME, "subject2", "Bob\u{c4}_").await;
    let c = admin.link(&alice, OTHER, "subject3", "alice@other").await;
    for (filter, echo, expected) in [
        (format!("filter[user]={alice}"), None, vec![&a, &c]),
        (format!("filter[provider]={ACME}"), None, vec![&a, &b]),
        ("filter[subject]=subject1".to_owned(), None, vec![&a]),
        ("filter[subject]=SUBJECT1".to_owned(), None, vec![]),
        (
            "filter[human-account-name]=ALICE%40".to_owned(),
            Some("filter[human-account-name]=ALICE@"),
            vec![&a, &c],
        ),
        (
            "filter[human-account-name]=b%C3%A4_".to_owned(),
            Some("filter[human-account-name]=b\u{e4}_"),
            vec![&b],
        ),
        (
            "filter[human-account-name]=b%25".to_owned(),
            Some("filter[human-account-name]=b%"),
            vec![],
        ),
    ] {
        admin.only(LINKS, &filter, &expected).await;
        let found = admin.get(&format!("{LINKS}?{filter}")).await.json();
        let echo = echo.unwrap_or(&filter);
        assert_eq!(
            found["links"]["self"],
            format!("{ROOT}{LINKS}?{echo}&page[first]=10")
        );
    }
    for (filter, title) in [
        ("user", format!("User ID {NIL} not found")),
        ("provider", format!("Provider ID {NIL} not found")),
    ] {
        let refused = admin.get(&format!("{LINKS}?filter[{filter}]={NIL}")).await;
        refused.refused(404, &[&title]);
    }
    admin.pages(LINKS, &[&a, &b, &c]).await;
}

async fn a_deleted_link_is_gone_and_free(database: TestDatabase) {
    let admin = start(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    let id = admin.link(&alice, ACME, "subject1", "alice@acme").await;
    let path = format!("{LINKS}/{id}");
    let deleted = admin.send(admin.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status, &*deleted.text), (204, ""));
    let missing = format!("Upstream OAuth 2.0 Link ID {id} not found");
    admin.get(&path).await.refused(404, &[&missing]);
    let again = admin.send(admin.request(Method::DELETE, &path)).await;
    again.refused(404, &[&missing]);
    let bobs = admin.link(&bob, ACME, "subject1", "bob@acme").await;
    assert_ne!(bobs, id);
    let log = beside(&database).await;
    let events = log.events().await;
    let types = events.iter().map(|event| event.event_type.as_str());
    let of_links: Vec<_> = types.filter(|name| name.contains("upstream")).collect();
    assert_eq!(of_links.len(), 3, "{of_links:?}");
}

async fn what_a_link_cannot_be_made_of_is_refused(database: TestDatabase) {
    let admin = start(&database).await;
    let alice = admin.user("alice").await;
    for body in [
        json!({ "user_id": alice, "provider_id": ACME }),
        json!({ "user_id": alice, "provider_id": ACME, "subject": "a\0b" }),
        json!({
            "user_id": alice, "provider_id": ACME, "subject": "a", "human_account_name": "a\0b",
        }),
        json!({ "user_id": "x", "provider_id": ACME, "subject": "a" }),
    ] {
        assert_eq!(admin.post(LINKS, body.clone()).await.status, 422, "{body}");
    }
    assert_eq!(admin.ids(LINKS).await.len(), 0);
}
