use muniment_tests::{TestDatabase, TestServer, each_backend, mailbox::code_in, server::stdout};
use serde_json::Value;

use crate::{
    PASSWORD, UNLIMITED,
    browser::{Answer, Browser},
    mails, start, user,
};

each_backend!(
    without_an_address_there_is_little_to_do,
    an_address_is_proved_by_the_mailed_code,
    everything_that_is_wrong_is_told_at_once,
    switched_off_it_leads_to_the_login,
    a_registration_token_is_asked_for_and_used_up,
    a_registration_belongs_to_its_browser_and_completes_once,
);

const OPEN: &str = "account: {password_registration_enabled: true, \
    password_registration_email_required: false}\n";
const WITH_EMAIL: &str = "account: {password_registration_enabled: true}\n";

async fn begin(browser: &mut Browser<'_>, name: &str, email: &str) -> Answer {
    let fields = [
        ("username", name),
        ("email", email),
        ("password", PASSWORD),
        ("password_confirm", PASSWORD),
    ];
    browser.fill("/register/password", &fields).await
}

async fn follow(browser: &mut Browser<'_>, answer: &Answer) -> Answer {
    browser.get(answer.location()).await
}

/// Fact 71.
async fn without_an_address_there_is_little_to_do(database: TestDatabase) {
    let server = start(&database, &format!("{OPEN}{UNLIMITED}")).await;
    let mut browser = Browser::new(&server);
    browser
        .get("/register")
        .await
        .leads_to("/register/password");
    let begun = begin(&mut browser, "john", "ignored@example.com").await;
    assert_eq!(begun.status, 303, "{begun:?}");
    assert!(begun.location().ends_with("/finish"), "{begun:?}");
    let name = follow(&mut browser, &begun).await;
    assert!(name.location().ends_with("/display-name"), "{name:?}");
    let path = name.location().to_owned();
    let set = browser.fill(&path, &[("display_name", " John ")]).await;
    let finish = set.location().to_owned();
    browser.get(&finish).await.leads_to("/");
    browser.get("/").await.says("john");
    let again = Browser::new(&server)
        .sign_in("/login", "john", PASSWORD)
        .await;
    again.leads_to("/");
    assert!(!server.log().contains(PASSWORD));
}

/// Fact 69, and the steps after it.
async fn an_address_is_proved_by_the_mailed_code(database: TestDatabase) {
    let server = start(&database, &format!("{WITH_EMAIL}{UNLIMITED}")).await;
    let mut browser = Browser::new(&server);
    let begun = begin(&mut browser, "john", "john@example.com").await;
    let verify = follow(&mut browser, &begun).await;
    assert!(verify.location().ends_with("/verify-email"), "{verify:?}");
    let path = verify.location().to_owned();
    let mail = mails(&database, 1).await.remove(0);
    let code = code_in(&mail);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(browser.fill(&path, &[("code", wrong)]).await.status, 200);
    let right = browser.fill(&path, &[("code", code)]).await;
    assert_eq!(right.status, 303, "{right:?}");
    let name = follow(&mut browser, &right).await;
    let path = name.location().to_owned();
    let skipped = browser.fill(&path, &[("action", "skip")]).await;
    follow(&mut browser, &skipped).await.leads_to("/");
    let emails = "{ viewer { ... on User { emails(first: 9) { nodes { email } } } } }";
    let emails = browser.graphql(emails, serde_json::json!({})).await;
    let address = &emails["data"]["viewer"]["emails"]["nodes"][0]["email"];
    assert_eq!(*address, "john@example.com", "{emails}");
    // Whoever proves an address that somebody has is told so, and not before.
    let mut second = Browser::new(&server);
    let begun = begin(&mut second, "jane", "JOHN@example.com").await;
    assert_eq!(begun.status, 303);
    assert!(!server.log().contains(code), "the log tells a code");
}

/// Fact 70.
async fn everything_that_is_wrong_is_told_at_once(database: TestDatabase) {
    let server = start(&database, &format!("{WITH_EMAIL}{UNLIMITED}")).await;
    user(&server, "taken", None).await;
    let mut browser = Browser::new(&server);
    let fields = [
        ("username", "Taken"),
        ("email", "no address"),
        ("password", PASSWORD),
        ("password_confirm", "another"),
    ];
    let answer = browser.fill("/register/password", &fields).await;
    assert_eq!(answer.status, 200);
    answer.says("The two passwords differ");
    answer.says("This does not look like an email address");
    begin(&mut browser, "taken", "a@example.com")
        .await
        .says("This username is taken");
    for (name, email) in [
        (&*"x".repeat(300), "a@example.com"),
        ("_reserved", "a@example.com"),
        ("", "a@example.com"),
        ("123", "a@example.com"),
        ("fine", ""),
        ("fine", "@"),
    ] {
        let answer = begin(&mut browser, name, email).await;
        assert_eq!(answer.status, 200, "{name} {email}");
        answer.says("-error");
    }
    let weak = [
        ("username", "fine"),
        ("email", "a@example.com"),
        ("password", "a"),
        ("password_confirm", "a"),
    ];
    let weak = browser.fill("/register/password", &weak).await;
    weak.says("too easy to guess");
}

/// Fact 68.
async fn switched_off_it_leads_to_the_login(database: TestDatabase) {
    let server = start(&database, "").await;
    let mut browser = Browser::new(&server);
    let show = browser.get("/register/password?kind=change_password").await;
    show.leads_to("/login?kind=change_password");
    let sent = browser
        .post("/register/password", &[("username", "john")])
        .await;
    assert_eq!(sent.status, 405);
}

async fn a_registration_token_is_asked_for_and_used_up(database: TestDatabase) {
    let extra = format!(
        "account: {{password_registration_enabled: true, \
         password_registration_email_required: false, registration_token_required: true}}\n{UNLIMITED}"
    );
    let server = start(&database, &extra).await;
    let token = issue(&server, &["--token", "come in"]);
    assert_eq!(token["token"], "come in");
    for (round, name) in ["john", "jane"].into_iter().enumerate() {
        let mut browser = Browser::new(&server);
        let begun = begin(&mut browser, name, "").await;
        let step = follow(&mut browser, &begun).await;
        assert!(step.location().ends_with("/token"), "{step:?}");
        let path = step.location().to_owned();
        let wrong = browser.fill(&path, &[("token", "let me in")]).await;
        wrong.says("This token does not work");
        let right = browser.fill(&path, &[("token", " come in ")]).await;
        if round == 1 {
            right.says("This token does not work");
            continue;
        }
        let step = follow(&mut browser, &right).await;
        let path = step.location().to_owned();
        let named = browser.fill(&path, &[("action", "skip")]).await;
        follow(&mut browser, &named).await.leads_to("/");
    }
    assert!(!server.log().contains("come in"));
}

fn issue(server: &TestServer, arguments: &[&str]) -> Value {
    let mut all = vec!["registration-tokens", "issue", "--json"];
    all.extend_from_slice(arguments);
    let output = server.command(&all);
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{output:?}"))
}

async fn a_registration_belongs_to_its_browser_and_completes_once(database: TestDatabase) {
    let server = start(&database, &format!("{OPEN}{UNLIMITED}")).await;
    let mut browser = Browser::new(&server);
    let begun = begin(&mut browser, "john", "").await;
    let finish = begun.location().to_owned();
    let step = follow(&mut browser, &begun).await;
    let path = step.location().to_owned();
    browser.fill(&path, &[("action", "skip")]).await;
    let mut stranger = Browser::new(&server);
    assert_eq!(stranger.get(&finish).await.status, 400);
    let mut twin = Browser::new(&server);
    twin.cookies.clone_from(&browser.cookies);
    let (one, two) = tokio::join!(browser.get(&finish), twin.get(&finish));
    for answer in [&one, &two] {
        assert!(answer.status == 303 || answer.status == 409, "{answer:?}");
    }
    browser.get(&finish).await.leads_to("/");
    let log = stdout(&server.command(&["audit", "log", "john", "--json"]));
    assert_eq!(log.matches("\"user.registered\"").count(), 1, "{log}");
}
