use muniment_tests::{TestDatabase, browser::Browser, each_backend};
use serde_json::json;

use crate::{IMPORTS, Idp, addresses, follow, start_with, viewer, visit};

each_backend!(
    whoever_is_new_registers_and_then_signs_in,
    an_account_is_linked_by_its_own_form_alone,
    what_is_forced_is_taken_over_without_asking,
    a_name_that_is_taken_goes_by_the_rule_for_it,
    a_required_claim_that_is_missing_ends_it,
);

async fn whoever_is_new_registers_and_then_signs_in(database: TestDatabase) {
    let idp = Idp::start().await;
    let server = start_with(&database, &idp, IMPORTS).await;
    let told = json!({"preferred_username": "alice", "name": "Alice", "email": "a@example.org"});
    let mut browser = Browser::new(&server);
    let (path, page) = visit(&mut browser, &idp, &told).await;
    assert_eq!(page.status, 200);
    for text in ["alice", "Alice", "a@example.org"] {
        page.says(text);
    }
    let fields = [
        ("action", "register"),
        ("username", "alice"),
        ("import_email", "on"),
        ("import_display_name", "on"),
    ];
    let answer = browser.fill(&path, &fields).await;
    let home = follow(&mut browser, answer).await;
    assert_eq!(home.status, 200, "{home:?}");
    assert_eq!(viewer(&mut browser).await["username"], "alice");
    assert_eq!(addresses(&server).await, ["a@example.org"]);
    // It is used up.
    assert_ne!(browser.get(&path).await.status, 200);

    let mut another = Browser::new(&server);
    let (_, arrived) = visit(&mut another, &idp, &json!({})).await;
    arrived.leads_to("/");
    assert_eq!(viewer(&mut another).await["username"], "alice");
    // Once more, signed in: nothing but a fresh proof.
    let (_, arrived) = visit(&mut another, &idp, &json!({})).await;
    arrived.leads_to("/");
}

async fn an_account_is_linked_by_its_own_form_alone(database: TestDatabase) {
    let idp = Idp::start().await;
    let skip = "claims_imports: {skip_confirmation: true, localpart: {action: force}, \
        displayname: {action: force}}";
    let server = start_with(&database, &idp, skip).await;
    let mut browser = Browser::new(&server);
    let told = json!({"sub": "1", "preferred_username": "alice", "name": "Alice"});
    let (_, answer) = visit(&mut browser, &idp, &told).await;
    follow(&mut browser, answer).await;
    assert_eq!(viewer(&mut browser).await["username"], "alice");

    let (path, page) = visit(&mut browser, &idp, &json!({"sub": "2"})).await;
    assert_eq!(page.status, 200);
    let forged = browser.post(&path, &[("action", "link")]).await;
    assert_eq!(forged.status, 400);
    let odd = browser
        .fill(&path, &[("action", "register"), ("username", "x")])
        .await;
    odd.leads_to(&path);
    browser
        .fill(&path, &[("action", "link")])
        .await
        .leads_to("/");

    let mut another = Browser::new(&server);
    let (_, arrived) = visit(&mut another, &idp, &json!({"sub": "2"})).await;
    arrived.leads_to("/");
    assert_eq!(viewer(&mut another).await["username"], "alice");
    // Another person's identity is not taken over.
    let mut third = Browser::new(&server);
    let told = json!({"sub": "3", "preferred_username": "bob", "name": "Bob"});
    let (_, answer) = visit(&mut third, &idp, &told).await;
    follow(&mut third, answer).await;
    let (_, page) = visit(&mut third, &idp, &json!({"sub": "2"})).await;
    assert_eq!(page.status, 200);
    page.says("alice");
    assert_eq!(viewer(&mut third).await["username"], "bob");
}

async fn what_is_forced_is_taken_over_without_asking(database: TestDatabase) {
    let idp = Idp::start().await;
    let forced = "claims_imports: {localpart: {action: force}, displayname: {action: require}, \
        email: {action: force}}";
    let server = start_with(&database, &idp, forced).await;
    let mut browser = Browser::new(&server);
    let told = json!({"preferred_username": "alice", "name": "Alice", "email": "a@example.org"});
    let (path, _) = visit(&mut browser, &idp, &told).await;
    // What a browser sends instead is not looked at.
    let fields = [("action", "register"), ("username", "mallory")];
    let answer = browser.fill(&path, &fields).await;
    follow(&mut browser, answer).await;
    assert_eq!(viewer(&mut browser).await["username"], "alice");
    assert_eq!(addresses(&server).await, ["a@example.org"]);

    let mut other = Browser::new(&server);
    let told = json!({"sub": "x", "preferred_username": "no such name", "name": "X"});
    let (_, page) = visit(&mut other, &idp, &told).await;
    page.says("no such name");
    page.says_not("<form method=\"post\" action=\"/upstream");
}

async fn a_name_that_is_taken_goes_by_the_rule_for_it(database: TestDatabase) {
    let idp = Idp::start().await;
    let entry = |rule: &str| {
        format!("claims_imports: {{localpart: {{action: force, on_conflict: {rule}}}}}")
    };
    let told = |sub: &str| json!({"sub": sub, "preferred_username": "alice"});
    let server = start_with(&database, &idp, &entry("fail")).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    let mut browser = Browser::new(&server);
    let (_, page) = visit(&mut browser, &idp, &told("1")).await;
    assert_eq!(page.status, 200);
    page.says("alice");
    assert!(viewer(&mut browser).await["username"].is_null());
    drop(server);
    // Each with what the ones before have linked.
    for (rule, sub, linked) in [
        ("set", "1", true),
        ("set", "2", false),
        ("add", "2", true),
        ("replace", "3", true),
        ("fail", "3", true),
        ("fail", "1", false),
        ("fail", "2", false),
    ] {
        let server = start_with(&database, &idp, &entry(rule)).await;
        let mut browser = Browser::new(&server);
        let (_, answer) = visit(&mut browser, &idp, &told(sub)).await;
        assert_eq!(answer.status == 303, linked, "{rule} {sub}: {answer:?}");
        let viewer = viewer(&mut browser).await;
        assert_eq!(viewer["username"] == "alice", linked, "{rule} {sub}");
    }
}

async fn a_required_claim_that_is_missing_ends_it(database: TestDatabase) {
    let idp = Idp::start().await;
    let required = "claims_imports: {email: {action: require}}";
    let server = start_with(&database, &idp, required).await;
    for told in [
        json!({}),
        json!({"email": "nobody"}),
        json!({"email": "a@b.example\u{0}"}),
    ] {
        let mut browser = Browser::new(&server);
        let (_, page) = visit(&mut browser, &idp, &told).await;
        assert_eq!(page.status, 200);
        page.says("Handmade did not tell what is needed");
    }
}
