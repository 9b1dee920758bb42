//! Registering with an invitation for one person: the link fills in what it says, and nothing else will
//! do.

use muniment_tests::{
    TestDatabase, TestServer, beside::beside, each_backend, mailbox::code_in, server::stdout,
};
use serde_json::{Value, json};

use crate::{
    PASSWORD, UNLIMITED,
    browser::{Answer, Browser},
    mails, start,
};

each_backend!(
    the_link_fills_in_name_and_address_and_registers_them,
    another_name_or_address_is_refused_also_when_forged,
    a_token_for_somebody_is_no_token_for_others,
    a_link_that_is_of_no_use_says_so,
    who_comes_too_late_learns_no_more,
);

const OPEN: &str = "account: {password_registration_enabled: true, \
    password_registration_email_required: false}\n";
const ON_INVITATION: &str = "account: {password_registration_enabled: true, \
    password_registration_email_required: false, registration_token_required: true}\n";

/// Invites somebody; the id and the token.
async fn invite(server: &TestServer, body: Value) -> (String, String) {
    let request = server.post("/api/admin/v1/user-registration-tokens");
    let admin = server.admin_token().await;
    let answer = Answer::to(request.bearer_auth(admin).json(&body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let data = &answer.json()["data"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&data["id"]), text(&data["attributes"]["token"]))
}

async fn begin(browser: &mut Browser<'_>, token: &str, name: &str, email: &str) -> Answer {
    let path = format!("/register/password?token={token}");
    let fields = [
        ("token", token),
        ("username", name),
        ("email", email),
        ("password", PASSWORD),
        ("password_confirm", PASSWORD),
    ];
    browser.fill(&path, &fields).await
}

async fn the_link_fills_in_name_and_address_and_registers_them(database: TestDatabase) {
    let server = start(&database, &format!("{ON_INVITATION}{UNLIMITED}")).await;
    let body = json!({ "username": "alice", "email": "alice@example.com" });
    let (id, token) = invite(&server, body).await;
    let mut browser = Browser::new(&server);
    let form = browser.get(&format!("/register?token={token}")).await;
    let path = format!("/register/password?token={token}");
    form.leads_to(&path);
    let form = browser.get(&path).await;
    assert_eq!(form.hidden("token").as_deref(), Some(&*token));
    form.says("value=\"alice\" autocomplete=\"username\" readonly");
    form.says("value=\"alice@example.com\" autocomplete=\"email\" readonly");

    let begun = begin(&mut browser, &token, "alice", "alice@example.com").await;
    assert_eq!(begun.status, 303, "{begun:?}");
    // Nobody asks for the token again, but for a proof of the address.
    let verify = browser.get(begun.location()).await.location().to_owned();
    assert!(verify.ends_with("/verify-email"), "{verify}");
    let mail = mails(&database, 1).await.remove(0);
    let right = browser.fill(&verify, &[("code", code_in(&mail))]).await;
    let name = browser.get(right.location()).await.location().to_owned();
    let skipped = browser.fill(&name, &[("action", "skip")]).await;
    browser.get(skipped.location()).await.leads_to("/");
    browser.get("/").await.says("alice");

    // It is used up, and no longer says for whom it was; the account does.
    let mut second = Browser::new(&server);
    second
        .get(&path)
        .await
        .says("This invitation does not work");
    let log = beside(&database).await;
    let events = log.events().await;
    let find = |kind: &str| events.iter().find(|event| event.event_type == kind);
    assert!(find("registration_token.invitee_forgotten").is_some());
    let created = find("registration_token.created").unwrap();
    let opened = log.codec.open_payload(created).await.unwrap();
    let created = &opened["RegistrationTokenCreated"];
    assert_eq!(created["email"], json!({ "$shredded": null }));
    let listed = stdout(&server.command(&["registration-tokens", "list", "--json"]));
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["id"], id);
    assert_eq!(listed[0]["username"], Value::Null);
    assert_eq!(listed[0]["times_used"], 1);
}

async fn another_name_or_address_is_refused_also_when_forged(database: TestDatabase) {
    let server = start(&database, &format!("{OPEN}{UNLIMITED}")).await;
    let body = json!({ "username": "alice", "email": "alice@example.com" });
    let (_, token) = invite(&server, body).await;
    let mut browser = Browser::new(&server);
    let name = begin(&mut browser, &token, "mallory", "alice@example.com").await;
    name.says("The invitation is for another username");
    // The form still says whom it is for.
    name.says("value=\"alice\" autocomplete=\"username\" readonly");
    for email in ["mallory@example.com", ""] {
        let address = begin(&mut browser, &token, "alice", email).await;
        address.says("The invitation is for another email address");
    }
    // However it is written, it is the same address.
    let same = begin(&mut browser, &token, "alice", "Alice@Example.com").await;
    assert_eq!(same.status, 303, "{same:?}");
    // Without an address of its own, an invitation leaves it open.
    let (_, token) = invite(&server, json!({ "username": "bob" })).await;
    let begun = begin(&mut Browser::new(&server), &token, "bob", "").await;
    assert!(begun.location().ends_with("/finish"), "{begun:?}");
}

async fn a_token_for_somebody_is_no_token_for_others(database: TestDatabase) {
    let server = start(&database, &format!("{ON_INVITATION}{UNLIMITED}")).await;
    let (_, token) = invite(&server, json!({ "username": "alice" })).await;
    for (name, is_alice) in [("mallory", false), ("alice", true)] {
        let mut browser = Browser::new(&server);
        // Who comes without the link is asked for the token.
        let begun = begin(&mut browser, "", name, "").await;
        let step = browser.get(begun.location()).await.location().to_owned();
        assert!(step.ends_with("/token"), "{step}");
        let typed = browser.fill(&step, &[("token", &token)]).await;
        if is_alice {
            assert!(typed.location().ends_with("/finish"), "{typed:?}");
        } else {
            typed.says("This token is for somebody else");
        }
    }
}

async fn a_link_that_is_of_no_use_says_so(database: TestDatabase) {
    let server = start(&database, &format!("{OPEN}{UNLIMITED}")).await;
    let mut browser = Browser::new(&server);
    let form = browser.get("/register/password?token=never-issued").await;
    assert_eq!(form.status, 200);
    form.says("This invitation does not work");
    assert_eq!(form.hidden("token"), None);
    let forged = begin(&mut browser, "never-issued", "alice", "").await;
    forged.says("This invitation does not work");
    // Who does without registers as anybody can here.
    let without = begin(&mut browser, "", "alice", "").await;
    assert_eq!(without.status, 303, "{without:?}");
    assert!(!server.log().contains("never-issued"));
}

async fn who_comes_too_late_learns_no_more(database: TestDatabase) {
    let server = start(&database, &format!("{OPEN}{UNLIMITED}")).await;
    let body = json!({ "username": "alice", "expires_at": "2001-01-01T00:00:00Z" });
    let (_, token) = invite(&server, body).await;
    let late = Browser::new(&server)
        .get(&format!("/register/password?token={token}"))
        .await;
    late.says("This invitation does not work");
    late.says_not("alice");
}
