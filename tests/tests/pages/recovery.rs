use muniment_tests::{TestDatabase, each_backend};
use serde_json::json;

use crate::{PASSWORD, UNLIMITED, browser::Browser, mails, start, user};

each_backend!(
    a_mailed_ticket_sets_a_new_password_once,
    nobody_learns_who_has_an_address,
);

const ON: &str = "account: {password_recovery_enabled: true}\n";
const NEW: &str = "an entirely different horse 7";
const SET: &str = "mutation($ticket: String!, $new: String!) { setPasswordByRecovery(input: \
    {ticket: $ticket, newPassword: $new}) { status } }";

async fn a_mailed_ticket_sets_a_new_password_once(database: TestDatabase) {
    let server = start(&database, &format!("{ON}{UNLIMITED}")).await;
    user(&server, "john", Some("john@example.com")).await;
    let mut browser = Browser::new(&server);
    let sent = browser
        .fill("/recover", &[("email", "John@Example.com")])
        .await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let progress = sent.location().to_owned();
    assert_eq!(browser.get(&progress).await.status, 200);
    let mail = mails(&database, 1).await.remove(0);
    let ticket = ticket(&mail);
    assert_eq!(browser.fill(&progress, &[]).await.status, 200);
    let second = self::ticket(&mails(&database, 2).await[1]);
    assert_ne!(ticket, second);
    let status = "query($ticket: String!) { userRecoveryTicket(ticket: $ticket) { status username \
        email } }";
    let found = browser.graphql(status, json!({"ticket": ticket})).await;
    assert_eq!(
        found["data"]["userRecoveryTicket"]["status"], "VALID",
        "{found}"
    );
    assert_eq!(found["data"]["userRecoveryTicket"]["username"], "john");
    for (ticket, new, status) in [
        (&*ticket, "a", "INVALID_NEW_PASSWORD"),
        ("nonsense", NEW, "NO_SUCH_RECOVERY_TICKET"),
        (&ticket, NEW, "ALLOWED"),
        (&ticket, NEW, "RECOVERY_TICKET_ALREADY_USED"),
        (&second, NEW, "RECOVERY_TICKET_ALREADY_USED"),
    ] {
        let answer = browser
            .graphql(SET, json!({"ticket": ticket, "new": new}))
            .await;
        assert_eq!(
            answer["data"]["setPasswordByRecovery"]["status"], status,
            "{answer}"
        );
    }
    assert_eq!(browser.get(&progress).await.status, 200);
    let old = browser.sign_in("/login", "john", PASSWORD).await;
    assert_eq!(old.status, 200);
    browser.sign_in("/login", "john", NEW).await.leads_to("/");
    browser.get("/recover").await.leads_to("/");
    let log = server.log();
    assert!(
        !log.contains(&*ticket) && !log.contains(NEW),
        "the log tells a secret"
    );
}

/// The ticket in a mail, whose lines may be broken.
fn ticket(mail: &str) -> String {
    let mail = mail
        .replace("=\r\n", "")
        .replace("=\n", "")
        .replace("=3D", "=");
    let (_, rest) = mail.split_once("ticket=").expect("the mail has a link");
    rest.chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}

async fn nobody_learns_who_has_an_address(database: TestDatabase) {
    let server = start(&database, &format!("{ON}{UNLIMITED}")).await;
    user(&server, "john", Some("john@example.com")).await;
    let mut answers = Vec::new();
    for email in ["john@example.com", "nobody@example.com"] {
        let mut browser = Browser::new(&server);
        let sent = browser.fill("/recover", &[("email", email)]).await;
        let (path, _) = sent.location().rsplit_once('/').unwrap();
        let page = browser.get(sent.location()).await;
        answers.push((sent.status, path.to_owned(), page.status));
    }
    assert_eq!(answers[0], answers[1]);
    let mut browser = Browser::new(&server);
    let invalid = browser.fill("/recover", &[("email", "no address")]).await;
    invalid.says("This does not look like an email address");
    browser
        .get("/recover/progress/01JZZZZZZZZZZZZZZZZZZZGRNT")
        .await
        .leads_to("/recover");
}
