//! Getting back into an account by a mailed ticket (contract/graphql.md 10.3).

use muniment_tests::{
    TestDatabase,
    beside::{age, beside},
    browser::Browser,
    each_backend,
    mailbox::Mailbox,
};
use serde_json::{Value, json};

use crate::{
    Api, STRONG,
    people::{PATIENT_LOGINS, recorded},
};

each_backend!(
    a_ticket_sets_one_password,
    whoever_is_signed_in_has_no_use_for_tickets,
    an_old_ticket_is_good_for_another_mail_so_often,
    nobody_comes_back_into_a_locked_account,
    where_it_is_off_no_ticket_is_looked_at,
);

const ON: &str = "account: {password_recovery_enabled: true}\n";
const SET: &str = "setPasswordByRecovery";
const RESEND: &str = "resendRecoveryEmail";

/// A mailed ticket of a new user.
async fn ticket_of(api: &Api, database: &TestDatabase, name: &str) -> (String, String) {
    let id = api.person(name).await;
    let email = format!("{name}@example.com");
    let input = json!({ "userId": id, "email": email });
    api.mutate(&api.admin, "addEmail", "status", &input).await;
    let mut browser = Browser::new(&api.server);
    let sent = browser.fill("/recover", &[("email", &email)]).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let mail = Mailbox::of(database).mails(1).await.remove(0);
    // Lines may be broken.
    let mail = mail.replace("=\r\n", "").replace("=\n", "");
    let mail = mail.replace("=3D", "=");
    let (_, rest) = mail.split_once("ticket=").expect("the mail has a link");
    let ticket = rest.chars().take_while(char::is_ascii_alphanumeric);
    (id, ticket.collect())
}

async fn anonymously(api: &Api, mutation: &str, fields: &str, input: Value) -> Value {
    let (query, variables) = crate::mutation_of(mutation, fields, &input);
    let answer = api.server.graphql(None, &query, variables).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"][mutation].clone()
}

async fn set(api: &Api, ticket: &str, new: &str) -> Value {
    let input = json!({ "ticket": ticket, "newPassword": new });
    anonymously(api, SET, "status", input).await["status"].clone()
}

async fn status_of(api: &Api, ticket: &str) -> Value {
    let query = "query($ticket: String!){userRecoveryTicket(ticket: $ticket){status}}";
    let variables = json!({ "ticket": ticket });
    let answer = api.server.graphql(None, query, variables).await;
    answer["data"]["userRecoveryTicket"]["status"].clone()
}

/// D36
async fn a_ticket_sets_one_password(database: TestDatabase) {
    let api = Api::with_pages(&database, ON).await;
    let (id, ticket) = ticket_of(&api, &database, "alice").await;
    assert_eq!(status_of(&api, &ticket).await, "VALID");
    assert_eq!(set(&api, "nonsense", "weak").await, "INVALID_NEW_PASSWORD");
    let new = format!("{STRONG} indeed");
    assert_eq!(set(&api, "nonsense", &new).await, "NO_SUCH_RECOVERY_TICKET");
    assert_eq!(set(&api, &ticket, &new).await, "ALLOWED");
    assert_eq!(
        set(&api, &ticket, &new).await,
        "RECOVERY_TICKET_ALREADY_USED"
    );
    assert_eq!(status_of(&api, &ticket).await, "CONSUMED");
    let log = beside(&database).await;
    let by = recorded(&log, "user.password_set").await;
    assert_eq!(by, (id, None, None));
    // A ticket that has served is no reason not to ask for more; nothing is mailed.
    let input = json!({ "ticket": ticket });
    let resent = anonymously(&api, RESEND, "status", input).await;
    assert_eq!(resent["status"], "SENT");
}

/// D37
async fn whoever_is_signed_in_has_no_use_for_tickets(database: TestDatabase) {
    let api = Api::with_pages(&database, ON).await;
    let (_, ticket) = ticket_of(&api, &database, "alice").await;
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "ticket": ticket, "newPassword": STRONG });
    let refused = "Account recovery is only for anonymous users.";
    assert_eq!(alice.error(SET, input.clone()).await, refused);
    let error = api.mutation_error(Some(&api.admin), SET, &input).await;
    assert_eq!(error, refused);
    assert_eq!(status_of(&api, &ticket).await, "VALID");
}

/// D38: the mail that was asked for on the page counts as well.
async fn an_old_ticket_is_good_for_another_mail_so_often(database: TestDatabase) {
    let extra = format!("{ON}{PATIENT_LOGINS}");
    let api = Api::with_pages(&database, &extra).await;
    let (_, ticket) = ticket_of(&api, &database, "alice").await;
    let log = beside(&database).await;
    age(&log, "recovery_tickets", &["expires_at"], 10 * 60 + 1).await;
    assert_eq!(status_of(&api, &ticket).await, "EXPIRED");
    let new = format!("{STRONG} indeed");
    assert_eq!(set(&api, &ticket, &new).await, "EXPIRED_RECOVERY_TICKET");
    let fields = "status progressUrl";
    let input = json!({ "ticket": ticket });
    for _ in 0..2 {
        let sent = anonymously(&api, RESEND, fields, input.clone()).await;
        assert_eq!(sent["status"], "SENT");
        let url = sent["progressUrl"].as_str().unwrap();
        let session = url.strip_prefix("http://127.0.0.1/recover/progress/");
        assert_eq!(session.map(str::len), Some(26), "{url}");
    }
    let none = |status: &str| json!({ "status": status, "progressUrl": null });
    assert_eq!(
        anonymously(&api, RESEND, fields, input).await,
        none("RATE_LIMITED")
    );
    let unknown = json!({ "ticket": "nonsense" });
    assert_eq!(
        anonymously(&api, RESEND, fields, unknown).await,
        none("NO_SUCH_RECOVERY_TICKET")
    );
    assert_eq!(Mailbox::of(&database).mails(3).await.len(), 3);
}

/// D39
async fn nobody_comes_back_into_a_locked_account(database: TestDatabase) {
    let api = Api::with_pages(&database, ON).await;
    let (id, ticket) = ticket_of(&api, &database, "alice").await;
    let input = json!({ "userId": id });
    api.mutate(&api.admin, "lockUser", "status", &input).await;
    let new = format!("{STRONG} indeed");
    assert_eq!(set(&api, &ticket, &new).await, "ACCOUNT_LOCKED");
}

async fn where_it_is_off_no_ticket_is_looked_at(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    for new in ["weak", STRONG] {
        assert_eq!(
            set(&api, "nonsense", new).await,
            "PASSWORD_CHANGES_DISABLED"
        );
    }
}
