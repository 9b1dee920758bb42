//! Links by which administrators let people set passwords (docs/operators/admin-api.md).

use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase, TestServer,
    beside::{age, beside},
    browser::Browser,
    each_backend,
    mailbox::Mailbox,
    server::{CLIENT_ID, configuration},
};
use serde_json::{Value, json};

use crate::{Admin, STRONG, UNKNOWN};

each_backend!(
    a_new_user_sets_a_password_by_a_mailed_link,
    a_link_serves_once_and_others_of_the_user_no_more,
    a_link_is_mailed_to_an_address_of_the_user,
    a_link_has_its_time_and_is_not_renewed_by_its_bearer,
    without_passwords_there_are_no_links,
);

const ACTION: &str = "send-password-link";

/// A server with pages, on which nobody can recover an account by themselves.
async fn start(database: &TestDatabase, extra: &str) -> Admin {
    let extra = format!("{}{extra}", Mailbox::of(database).section());
    let yaml = configuration(database.uri(), &extra).replacen(
        "        - name: oauth\n",
        "        - name: human\n        - name: assets\n        - name: oauth\n",
        1,
    );
    let server = TestServer::start_configured(database, &yaml).await;
    let token = server.admin_token().await;
    Admin { server, token }
}

/// The mails that have been sent, once there are so many, with their lines made whole.
async fn mails(database: &TestDatabase, count: usize) -> Vec<String> {
    let mails = Mailbox::of(database).mails(count).await;
    let whole = |mail: String| {
        let mail = mail.replace("=\r\n", "").replace("=\n", "");
        mail.replace("=3D", "=")
    };
    mails.into_iter().map(whole).collect()
}

fn ticket_in(mail: &str) -> String {
    let (_, rest) = mail.split_once("ticket=").expect("the mail has a link");
    let ticket = rest.chars().take_while(char::is_ascii_alphanumeric);
    ticket.collect()
}

async fn anonymously(admin: &Admin, query: &str, variables: Value) -> Value {
    let answer = admin.server.graphql(None, query, variables).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"].clone()
}

async fn set(admin: &Admin, ticket: &str) -> Value {
    let query = "mutation($ticket: String!, $new: String!) { setPasswordByRecovery(input: \
        {ticket: $ticket, newPassword: $new}) { status } }";
    let variables = json!({ "ticket": ticket, "new": STRONG });
    let data = anonymously(admin, query, variables).await;
    data["setPasswordByRecovery"]["status"].clone()
}

async fn a_new_user_sets_a_password_by_a_mailed_link(database: TestDatabase) {
    let admin = start(&database, "").await;
    let body = json!({"username": "alice", "email": "Alice@example.com",
        "send_password_link": true, "locale": "de-AT"});
    let created = admin.post("/users", body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let id = created.json()["data"]["id"].as_str().unwrap().to_owned();
    let emails = admin.get(&format!("/user-emails?filter[user]={id}")).await;
    let email = &emails.json()["data"][0]["attributes"]["email"];
    assert_eq!(email, "Alice@example.com");
    let mail = mails(&database, 1).await.remove(0);
    assert!(mail.contains("Hallo alice,"), "{mail}");
    let ticket = ticket_in(&mail);

    let mut browser = Browser::new(&admin.server);
    let path = format!("/account/password/recovery?ticket={ticket}");
    browser.get(&path).await.says("alice");
    let fields = [
        ("ticket", &*ticket),
        ("password", STRONG),
        ("password_confirm", STRONG),
    ];
    let done = browser.fill(&path, &fields).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(set(&admin, &ticket).await, "RECOVERY_TICKET_ALREADY_USED");
    let signed_in = browser.sign_in("/login", "alice", STRONG).await;
    signed_in.leads_to("/");
    let log = admin.server.log();
    assert!(!log.contains(&ticket), "the log tells a secret");
    // What people ask for themselves stays off.
    let nonsense = set(&admin, "nonsense").await;
    assert_eq!(nonsense, "PASSWORD_CHANGES_DISABLED");

    let taken = json!({ "username": "bob", "email": "alice@EXAMPLE.com" });
    let title = "User email \"alice@EXAMPLE.com\" already in use";
    admin.post("/users", taken).await.refused(409, &[title]);
    assert_eq!(admin.ids("/users").await, [id], "nothing is kept of bob");
    let nowhere = json!({ "username": "bob", "send_password_link": true });
    let refused = admin.post("/users", nowhere).await;
    refused.refused(
        400,
        &["A link can be mailed only to a user with an email address"],
    );
    let invalid = json!({ "username": "bob", "email": "nonsense" });
    assert_eq!(admin.post("/users", invalid).await.status, 400);
    let without = json!({ "username": "bob", "email": "bob@example.com" });
    assert_eq!(admin.post("/users", without).await.status, 201);
}

async fn a_link_serves_once_and_others_of_the_user_no_more(database: TestDatabase) {
    let admin = start(&database, "").await;
    let id = admin.user("alice").await;
    admin.email(&id, "alice@example.com").await;
    let other = admin.user("bob").await;
    admin.email(&other, "bob@example.com").await;
    for user in [&id, &id, &other] {
        let sent = admin.act(&format!("/users/{user}/{ACTION}")).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        assert_eq!(sent.json()["data"]["id"], **user);
    }
    let mails = mails(&database, 3).await;
    let of = |name: &str| {
        let to = format!("Hello {name},");
        let found = mails.iter().filter(|mail| mail.contains(&to));
        found.map(|mail| ticket_in(mail)).collect::<Vec<_>>()
    };
    let (alice, bob) = (of("alice"), of("bob"));
    assert_eq!((alice.len(), bob.len()), (2, 1));
    assert_eq!(set(&admin, &alice[1]).await, "ALLOWED");
    for ticket in &alice {
        assert_eq!(set(&admin, ticket).await, "RECOVERY_TICKET_ALREADY_USED");
    }
    assert_eq!(set(&admin, &bob[0]).await, "ALLOWED");
    let log = beside(&database).await;
    let requested =
        query("SELECT count(*) FROM events WHERE event_type = 'user.password_link_requested'")
            .push_with(" AND actor = {}", format!("client:{CLIENT_ID}"));
    let row = log.database.fetch_one(requested).await.unwrap();
    assert_eq!(row.get::<i64, _>(0).unwrap(), 3);
}

async fn a_link_is_mailed_to_an_address_of_the_user(database: TestDatabase) {
    let admin = start(&database, "").await;
    let id = admin.user("alice").await;
    let path = format!("/users/{id}/{ACTION}");
    let missing = ["The user does not have this email address"];
    admin.act(&path).await.refused(409, &missing);
    admin.email(&id, "first@example.com").await;
    admin.email(&id, "second@example.com").await;
    let foreign = json!({ "email": "third@example.com" });
    admin.post(&path, foreign).await.refused(409, &missing);
    let second = json!({ "email": "Second@example.com" });
    assert_eq!(admin.post(&path, second).await.status, 200);
    let mail = mails(&database, 1).await.remove(0);
    assert!(mail.contains("second@example.com"), "{mail}");
    assert_eq!(admin.act(&path).await.status, 200);
    let mails = mails(&database, 2).await;
    let first = mails
        .iter()
        .filter(|mail| mail.contains("first@example.com"));
    assert_eq!(first.count(), 1);

    let unknown = format!("User ID {UNKNOWN} not found");
    let refused = admin.act(&format!("/users/{UNKNOWN}/{ACTION}")).await;
    refused.refused(404, &[&unknown]);
    assert_eq!(admin.act(&format!("/users/{id}/lock")).await.status, 200);
    for mail in &mails {
        assert_eq!(set(&admin, &ticket_in(mail)).await, "ACCOUNT_LOCKED");
    }
}

async fn a_link_has_its_time_and_is_not_renewed_by_its_bearer(database: TestDatabase) {
    let admin = start(&database, "").await;
    let id = admin.user("alice").await;
    admin.email(&id, "alice@example.com").await;
    assert_eq!(
        admin.act(&format!("/users/{id}/{ACTION}")).await.status,
        200
    );
    let ticket = ticket_in(&mails(&database, 1).await[0]);
    let log = beside(&database).await;
    age(&log, "recovery_tickets", &["expires_at"], 3 * 24 * 3600 + 1).await;
    assert_eq!(set(&admin, &ticket).await, "EXPIRED_RECOVERY_TICKET");
    let resend = "mutation($ticket: String!) { resendRecoveryEmail(input: {ticket: $ticket}) \
        { status } }";
    let data = anonymously(&admin, resend, json!({ "ticket": ticket })).await;
    let status = &data["resendRecoveryEmail"]["status"];
    assert_eq!(status, "NO_SUCH_RECOVERY_TICKET");
}

async fn without_passwords_there_are_no_links(database: TestDatabase) {
    let admin = start(&database, "passwords: {enabled: false}\n").await;
    let id = admin.user("alice").await;
    admin.email(&id, "alice@example.com").await;
    let disabled = ["Password auth is disabled"];
    let refused = admin.act(&format!("/users/{id}/{ACTION}")).await;
    refused.refused(403, &disabled);
    let body = json!({"username": "bob", "email": "bob@example.com",
        "send_password_link": true});
    admin.post("/users", body).await.refused(403, &disabled);
    assert_eq!(admin.ids("/users").await, [id]);
}
