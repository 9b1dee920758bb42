use muniment_tests::{TestDatabase, each_backend};
use serde_json::json;

use crate::{
    PASSWORD, UNLIMITED,
    browser::Browser,
    mails,
    recovery::{ON, ticket},
    signed_in, start, user,
};

each_backend!(
    a_password_is_changed_with_the_old_one,
    a_password_is_changed_where_that_is_allowed,
    guesses_at_the_old_password_are_limited,
    the_link_of_a_mail_leads_to_a_new_password_once,
    a_link_that_leads_nowhere_says_why,
);

const CHANGE: &str = "/account/password/change";
const NEW: &str = "an entirely different horse 7";

fn fields<'a>(current: &'a str, new: &'a str, again: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("current_password", current),
        ("password", new),
        ("password_confirm", again),
    ]
}

async fn a_password_is_changed_with_the_old_one(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut stranger = Browser::new(&server);
    let login = stranger.get(CHANGE).await;
    login.leads_to("/login?kind=change_password");
    let login = login.location().to_owned();
    let mut browser = Browser::new(&server);
    let answer = browser.sign_in(&login, "john", PASSWORD).await;
    answer.leads_to(CHANGE);
    let unsigned = browser.post(CHANGE, &fields(PASSWORD, NEW, NEW)).await;
    assert_eq!(unsigned.status, 400);
    for (current, new, again, problem) in [
        ("", NEW, NEW, "Please fill this in"),
        (PASSWORD, "", "", "Please fill this in"),
        (PASSWORD, NEW, "another", "The two passwords differ"),
        (PASSWORD, "a", "a", "too easy to guess"),
        ("wrong", NEW, NEW, "not your current password"),
    ] {
        let answer = browser.fill(CHANGE, &fields(current, new, again)).await;
        assert_eq!(answer.status, 200);
        answer.says(problem);
    }
    let done = browser.fill(CHANGE, &fields(PASSWORD, NEW, NEW)).await;
    done.says("Your new password is set");
    assert_eq!(browser.get("/account/").await.status, 200);
    let mut other = Browser::new(&server);
    let old = other.sign_in("/login", "john", PASSWORD).await;
    assert_eq!(old.status, 200);
    other.sign_in("/login", "john", NEW).await.leads_to("/");
    let log = server.command(&["audit", "log", "john", "--json"]);
    let log = muniment_tests::server::stdout(&log);
    assert_eq!(log.matches("user.password_set").count(), 2, "{log}");
}

async fn a_password_is_changed_where_that_is_allowed(database: TestDatabase) {
    let fixed = format!("account: {{password_change_allowed: false}}\n{UNLIMITED}");
    let server = start(&database, &fixed).await;
    user(&server, "john", None).await;
    let mut browser = signed_in(&server, "john").await;
    browser.get(CHANGE).await.says("cannot be changed");
    let csrf = browser.get("/").await.csrf();
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend(fields(PASSWORD, NEW, NEW));
    browser.post(CHANGE, &all).await.says("cannot be changed");
    Browser::new(&server)
        .sign_in("/login", "john", PASSWORD)
        .await
        .leads_to("/");
}

async fn guesses_at_the_old_password_are_limited(database: TestDatabase) {
    let server = start(&database, "rate_limiting: {}\n").await;
    user(&server, "john", None).await;
    let mut browser = signed_in(&server, "john").await;
    for _ in 0..2 {
        let wrong = browser.fill(CHANGE, &fields("wrong", NEW, NEW)).await;
        wrong.says("not your current password");
    }
    let limited = browser.fill(CHANGE, &fields(PASSWORD, NEW, NEW)).await;
    limited.says("a little too often");
}

async fn the_link_of_a_mail_leads_to_a_new_password_once(database: TestDatabase) {
    let server = start(&database, &format!("{ON}{UNLIMITED}")).await;
    user(&server, "john", Some("john@example.com")).await;
    let mut browser = Browser::new(&server);
    browser
        .fill("/recover", &[("email", "john@example.com")])
        .await;
    let ticket = ticket(&mails(&database, 1).await.remove(0));
    let link = format!("/account/password/recovery?ticket={ticket}");
    browser.get(&link).await.says("john");
    let fields = |new| {
        [
            ("ticket", ticket.as_str()),
            ("password", new),
            ("password_confirm", new),
        ]
    };
    let weak = browser.fill(&link, &fields("a")).await;
    weak.says("too easy to guess");
    weak.says("john");
    let csrf = browser.get(&link).await.csrf();
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend(fields(NEW));
    let path = "/account/password/recovery";
    browser
        .post(path, &all)
        .await
        .says("Your new password is set");
    browser.post(path, &all).await.says("used already");
    browser.get(&link).await.says("used already");
    assert!(!browser.cookies.contains_key("session"));
    browser.sign_in("/login", "john", NEW).await.leads_to("/");
    let log = server.log();
    assert!(!log.contains(&ticket) && !log.contains(NEW), "{log}");
}

async fn a_link_that_leads_nowhere_says_why(database: TestDatabase) {
    let server = start(&database, &format!("{ON}{UNLIMITED}")).await;
    let id = user(&server, "john", Some("john@example.com")).await;
    let mut browser = Browser::new(&server);
    for query in ["", "?ticket=nonsense", "?ticket=%FF", "?other=1"] {
        let link = format!("/account/password/recovery{query}");
        browser.get(&link).await.says("does not work");
    }
    browser
        .fill("/recover", &[("email", "john@example.com")])
        .await;
    let ticket = ticket(&mails(&database, 1).await.remove(0));
    let token = server.admin_token().await;
    let lock = "mutation($id: ID!) { lockUser(input: {userId: $id}) { status } }";
    let variables = json!({"id": format!("user:{id}")});
    server.graphql(Some(&token), lock, variables).await;
    let link = format!("/account/password/recovery?ticket={ticket}");
    browser.get(&link).await.says("locked or deactivated");
}
