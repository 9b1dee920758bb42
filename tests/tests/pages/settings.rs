//! What the configuration changes on the pages (contract/oauth2.md 13, 19 and 23).

use muniment_tests::{TestDatabase, TestServer, each_backend, server::configuration};

use crate::{
    PASSWORD, UNLIMITED,
    browser::{Answer, Browser},
    start,
};

each_backend!(
    registrations_are_limited,
    addresses_are_mailed_so_often,
    guesses_at_a_mailed_code_are_limited,
    recoveries_are_limited,
    a_challenge_has_to_be_answered,
    without_a_challenge_nobody_answers_one,
    configured_rules_decide_over_names_and_addresses,
);

const TOO_OFTEN: &str = "That was a little too often";
const PROVIDER: &str = "Email addresses of this provider are not allowed here";
const CHALLENGE: &str = "Please solve the puzzle";

const OPEN: &str = "account: {password_registration_enabled: true, \
    password_registration_email_required: false}\n";
const WITH_EMAIL: &str =
    "account: {password_registration_enabled: true, password_recovery_enabled: true}\n";

async fn register(browser: &mut Browser<'_>, name: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("username", name),
        ("password", PASSWORD),
        ("password_confirm", PASSWORD),
    ];
    fields.extend_from_slice(more);
    browser.fill("/register/password", &fields).await
}

fn refused(answer: &Answer, why: &str) {
    assert!(matches!(answer.status, 200 | 429), "{answer:?}");
    answer.says(why);
}

async fn registrations_are_limited(database: TestDatabase) {
    let limits = "rate_limiting: {registration: {burst: 1, per_second: 0.0001}}\n";
    let server = start(&database, &format!("{OPEN}{limits}")).await;
    let first = register(&mut Browser::new(&server), "john", &[]).await;
    assert_eq!(first.status, 303, "{first:?}");
    // What is wrong anyway costs nothing.
    let wrong = register(&mut Browser::new(&server), "", &[]).await;
    wrong.says_not(TOO_OFTEN);
    let second = register(&mut Browser::new(&server), "jane", &[]).await;
    refused(&second, TOO_OFTEN);
}

async fn addresses_are_mailed_so_often(database: TestDatabase) {
    let limits = "rate_limiting:
  registration: {burst: 100, per_second: 100}
  email_authentication:
    per_ip: {burst: 3, per_second: 0.0001}
    per_address: {burst: 1, per_second: 0.0001}\n";
    let server = start(&database, &format!("{WITH_EMAIL}{limits}")).await;
    let mut left = 3;
    for (name, email) in [
        ("john", "a@example.com"),
        ("jane", "A@example.com"),
        ("jill", "b@example.com"),
        ("jack", "c@example.com"),
    ] {
        let answer = register(&mut Browser::new(&server), name, &[("email", email)]).await;
        let again = email.starts_with('A');
        if left == 0 || again {
            refused(&answer, TOO_OFTEN);
        } else {
            assert_eq!(answer.status, 303, "{email}: {answer:?}");
        }
        // The source is charged for a refusal by the address, too.
        left = std::cmp::max(left, 1) - 1;
    }
}

async fn guesses_at_a_mailed_code_are_limited(database: TestDatabase) {
    let limits = "rate_limiting:
  registration: {burst: 100, per_second: 100}
  email_authentication:
    attempt_per_session: {burst: 2, per_second: 0.0001}\n";
    let server = start(&database, &format!("{WITH_EMAIL}{limits}")).await;
    let mut browser = Browser::new(&server);
    let begun = register(&mut browser, "john", &[("email", "a@example.com")]).await;
    let step = browser.get(begun.location()).await.location().to_owned();
    for attempt in 0..3 {
        let answer = browser.fill(&step, &[("code", "000000")]).await;
        if attempt < 2 {
            answer.says_not(TOO_OFTEN);
        } else {
            refused(&answer, TOO_OFTEN);
        }
    }
}

async fn recoveries_are_limited(database: TestDatabase) {
    let limits = "rate_limiting:
  account_recovery:
    per_ip: {burst: 3, per_second: 0.0001}
    per_address: {burst: 1, per_second: 0.0001}\n";
    let server = start(&database, &format!("{WITH_EMAIL}{limits}")).await;
    for (email, allowed) in [
        ("a@example.com", true),
        ("A@example.com", false),
        ("b@example.com", true),
        ("c@example.com", false),
    ] {
        let mut browser = Browser::new(&server);
        let answer = browser.fill("/recover", &[("email", email)]).await;
        if allowed {
            assert_eq!(answer.status, 303, "{email}: {answer:?}");
        } else {
            refused(&answer, TOO_OFTEN);
        }
    }
}

async fn a_challenge_has_to_be_answered(database: TestDatabase) {
    let captcha = "captcha: {service: hcaptcha, site_key: the-site-key, secret_key: hush}\n";
    let server = start(&database, &format!("{OPEN}{UNLIMITED}{captcha}")).await;
    let mut browser = Browser::new(&server);
    let form = browser.get("/register/password").await;
    form.says("the-site-key");
    form.says_not("hush");
    let policy = form.header("content-security-policy").unwrap();
    assert!(policy.contains("hcaptcha.com"), "{policy}");
    // Neither is sent to the service.
    for field in [&[][..], &[("g-recaptcha-response", "solved")]] {
        let answer = register(&mut browser, "john", field).await;
        refused(&answer, CHALLENGE);
    }
}

async fn without_a_challenge_nobody_answers_one(database: TestDatabase) {
    let server = start(&database, &format!("{OPEN}{UNLIMITED}")).await;
    let mut browser = Browser::new(&server);
    let answered = [("h-captcha-response", "solved")];
    refused(&register(&mut browser, "john", &answered).await, CHALLENGE);
    assert_eq!(register(&mut browser, "john", &[]).await.status, 303);
}

async fn configured_rules_decide_over_names_and_addresses(database: TestDatabase) {
    let rules = "  data:
    registration:
      allowed_usernames: {prefixes: [j]}
      banned_usernames: {literals: [jack]}
    emails: {banned_addresses: {suffixes: ['+spam@example.com']}}
    allowed_domains: ['*.com']
    banned_domains: [evil.com]\n";
    let yaml = configuration(database.uri(), &format!("{WITH_EMAIL}{UNLIMITED}"))
        .replacen("  data:\n", rules, 1)
        .replacen(
            "        - name: oauth\n",
            "        - name: human\n        - name: oauth\n",
            1,
        );
    let server = TestServer::start_configured(&database, &yaml).await;
    let mut browser = Browser::new(&server);
    for (name, email, reason) in [
        ("jack", "a@example.com", "This username is not allowed here"),
        (
            "alice",
            "a@example.com",
            "This username is not allowed here",
        ),
        (
            "john",
            "a+spam@example.com",
            "This email address is not allowed here",
        ),
        ("john", "a@example.org", PROVIDER),
        ("john", "a@evil.com", PROVIDER),
    ] {
        let answer = register(&mut browser, name, &[("email", email)]).await;
        assert_eq!(answer.status, 200, "{name} {email}: {answer:?}");
        answer.says(reason);
        answer.says("-error");
    }
    let allowed = register(&mut browser, "john", &[("email", "a@example.com")]).await;
    assert_eq!(allowed.status, 303, "{allowed:?}");
}
