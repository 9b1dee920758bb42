//! Adding an address by a mailed code (contract/graphql.md 10.1).

use muniment_store::sql::query;
use muniment_tests::{
    TestDatabase, TestLog,
    beside::{age, beside},
    each_backend,
    mailbox::{Mailbox, code_in},
};
use serde_json::{Value, json};

use crate::{
    Api, STRONG, UNKNOWN,
    people::{Person, assert_recorded_by, count, metadata},
};

each_backend!(
    an_address_is_added_by_the_code_that_was_mailed_to_it,
    what_is_no_address_or_not_confirmed_begins_nothing,
    a_code_counts_in_the_session_that_asked_for_it,
    an_address_of_somebody_else_is_told_of_only_by_its_code,
    a_code_is_too_old_after_five_minutes,
    another_code_leaves_the_one_before_good,
    of_two_who_come_with_one_code_one_adds_the_address,
    where_changes_are_off_nothing_begins,
    only_browsers_may,
);

const START: &str = "startEmailAuthentication";
const RESEND: &str = "resendEmailAuthenticationCode";
const COMPLETE: &str = "completeEmailAuthentication";
const CHANGES_OFF: &str = "Email changes are not allowed on this server";

impl Person<'_> {
    async fn start(&mut self, email: &str) -> String {
        let input = json!({ "email": email, "password": STRONG });
        let fields = "status violations authentication{id email createdAt completedAt}";
        let started = self.mutate(START, fields, input).await;
        let authentication = &started["authentication"];
        assert_eq!(
            started,
            json!({
                "status": "STARTED",
                "violations": null,
                "authentication": {
                    "id": authentication["id"],
                    "email": email,
                    "createdAt": authentication["createdAt"],
                    "completedAt": null,
                },
            })
        );
        let id = authentication["id"].as_str().unwrap();
        assert!(id.starts_with("user_email_authentication:"), "{id}");
        id.to_owned()
    }

    async fn complete(&mut self, id: &str, code: &str) -> Value {
        self.status(COMPLETE, json!({ "id": id, "code": code }))
            .await
    }

    async fn emails(&mut self) -> Value {
        let list = "{viewer{... on User{emails(first: 9){nodes{email}}}}}";
        self.data(list, Value::Null).await["viewer"]["emails"]["nodes"].clone()
    }
}

/// Another code than this one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

async fn completions(log: &TestLog) -> i64 {
    let complete = "SELECT count(*) AS n FROM email_authentications \
        WHERE completed_at IS NOT NULL";
    let row = log.database.fetch_one(query(complete)).await.unwrap();
    row.get("n").unwrap()
}

async fn an_address_is_added_by_the_code_that_was_mailed_to_it(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let id = api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "email": "alice@example.com", "password": STRONG, "language": "de-AT" });
    let started = alice.mutate(START, "authentication{id}", input).await;
    let authentication = started["authentication"]["id"].as_str().unwrap();
    let mail = Mailbox::of(&database).mails(1).await.remove(0);
    assert!(mail.contains("To: alice <alice@example.com>"), "{mail}");
    assert!(mail.contains("Hallo alice"), "it is in German: {mail}");
    let code = code_in(&mail);
    for junk in [wrong(code), "", &format!("{code} "), "12345\u{0}"] {
        assert_eq!(alice.complete(authentication, junk).await, "INVALID_CODE");
    }
    assert_eq!(alice.emails().await, json!([]));
    assert_eq!(alice.complete(authentication, code).await, "COMPLETED");
    assert_eq!(
        alice.emails().await,
        json!([{ "email": "alice@example.com" }])
    );
    let log = beside(&database).await;
    assert_recorded_by(&log, "user.email_added", &id, &alice.session).await;
    // Once is enough.
    let input = json!({ "id": authentication, "code": code });
    assert_eq!(
        alice.error(COMPLETE, input).await,
        "Expected 1 rows to be affected, but 0 rows were affected"
    );
    let resent = alice.status(RESEND, json!({ "id": authentication })).await;
    assert_eq!(resent, "COMPLETED");
    let again = json!({ "email": "ALICE@example.com", "password": STRONG });
    assert_eq!(alice.status(START, again).await, "IN_USE");
    assert_eq!(count(&log, "user.email_added").await, 1);
    for secret in [code, "alice@example.com"] {
        assert!(!api.server.log().contains(secret), "the log tells {secret}");
    }
}

async fn what_is_no_address_or_not_confirmed_begins_nothing(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let mut start = async |email: &str, more: Value| {
        let mut input = json!({ "email": email });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        alice
            .mutate(START, "status violations authentication{id}", input)
            .await
    };
    let only =
        |status: &str| json!({ "status": status, "violations": null, "authentication": null });
    // D22
    for junk in [
        "not-an-email",
        "",
        "@example.com",
        "a@",
        "a\u{0}b@example.com",
    ] {
        let answer = start(junk, json!({ "password": STRONG })).await;
        assert_eq!(answer, only("INVALID_EMAIL_ADDRESS"), "{junk:?}");
    }
    // M18
    for password in [Value::Null, json!(""), json!("wrong")] {
        let answer = start("alice@example.org", json!({ "password": password })).await;
        assert_eq!(answer, only("INCORRECT_PASSWORD"));
    }
    let data = json!({ "data": { "banned_domains": ["evil.example.com"] } });
    let set = api.server.post("/api/admin/v1/policy-data").json(&data);
    let set = set.bearer_auth(&api.admin).send().await.unwrap();
    assert_eq!(set.status(), 201);
    // The policy comes before the password.
    let denied = start("alice@evil.example.com", json!({ "password": "wrong" })).await;
    assert_eq!(
        denied,
        json!({ "status": "DENIED", "violations": ["email domain is banned"], "authentication": null })
    );
    let input =
        json!({ "email": "alice@example.com", "password": STRONG, "language": "no language" });
    assert!(!alice.error(START, input).await.is_empty());
    let log = beside(&database).await;
    let rows = query("SELECT count(*) AS n FROM email_authentications");
    let row = log.database.fetch_one(rows).await.unwrap();
    assert_eq!(row.get::<i64, _>("n").unwrap(), 0);
}

async fn a_code_counts_in_the_session_that_asked_for_it(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let mut elsewhere = api.signed_in("alice").await;
    let id = alice.start("alice@example.com").await;
    let mail = Mailbox::of(&database).mails(1).await.remove(0);
    // D28
    assert_eq!(
        elsewhere.complete(&id, code_in(&mail)).await,
        "INVALID_CODE"
    );
    let error = elsewhere.error(RESEND, json!({ "id": id })).await;
    assert_eq!(error, "Unauthorized");
    // D29
    let unknown = format!("user_email_authentication:{UNKNOWN}");
    assert_eq!(
        alice.status(RESEND, json!({ "id": unknown })).await,
        "COMPLETED"
    );
    assert_eq!(alice.complete(&unknown, "123456").await, "INVALID_CODE");
    for mutation in [RESEND, COMPLETE] {
        let mut input = json!({ "id": format!("user_email:{UNKNOWN}") });
        if mutation == COMPLETE {
            input["code"] = json!("123456");
        }
        assert_eq!(alice.error(mutation, input).await, "invalid id");
    }
    assert_eq!(alice.complete(&id, code_in(&mail)).await, "COMPLETED");
}

async fn an_address_of_somebody_else_is_told_of_only_by_its_code(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let bob = api.person("bob").await;
    let input = json!({ "userId": bob, "email": "bob@example.com" });
    let added = api.mutate(&api.admin, "addEmail", "status", &input).await;
    assert_eq!(added["status"], "ADDED");
    let mut alice = api.signed_in("alice").await;
    // D27
    let id = alice.start("Bob@example.com").await;
    let mail = Mailbox::of(&database).mails(1).await.remove(0);
    let log = beside(&database).await;
    assert_eq!(completions(&log).await, 0);
    assert_eq!(alice.complete(&id, code_in(&mail)).await, "IN_USE");
    assert_eq!(completions(&log).await, 1);
    let again = json!({ "id": id, "code": code_in(&mail) });
    assert_eq!(
        alice.error(COMPLETE, again).await,
        "Expected 1 rows to be affected, but 0 rows were affected"
    );
    assert_eq!(alice.emails().await, json!([]));
    assert_eq!(count(&log, "user.email_added").await, 1);
}

async fn a_code_is_too_old_after_five_minutes(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let id = alice.start("alice@example.com").await;
    let mail = Mailbox::of(&database).mails(1).await.remove(0);
    let log = beside(&database).await;
    age(
        &log,
        "email_authentication_codes",
        &["expires_at"],
        5 * 60 + 1,
    )
    .await;
    // D26
    assert_eq!(alice.complete(&id, code_in(&mail)).await, "CODE_EXPIRED");
    assert_eq!(completions(&log).await, 0);
    assert_eq!(alice.status(RESEND, json!({ "id": id })).await, "RESENT");
    let fresh = Mailbox::of(&database).mails(2).await.remove(1);
    assert_eq!(alice.complete(&id, code_in(&fresh)).await, "COMPLETED");
}

async fn another_code_leaves_the_one_before_good(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let id = alice.start("alice@example.com").await;
    let first = Mailbox::of(&database).mails(1).await.remove(0);
    let resend = json!({ "id": id, "language": "en" });
    assert_eq!(alice.status(RESEND, resend).await, "RESENT");
    let second = Mailbox::of(&database).mails(2).await.remove(1);
    assert!(second.contains("<alice@example.com>"), "{second}");
    let junk = json!({ "id": id, "language": "?" });
    assert!(!alice.error(RESEND, junk).await.is_empty());
    assert_eq!(alice.complete(&id, code_in(&first)).await, "COMPLETED");
}

async fn of_two_who_come_with_one_code_one_adds_the_address(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let id = alice.start("alice@example.com").await;
    let mail = Mailbox::of(&database).mails(1).await.remove(0);
    let cookie = &alice.browser.cookies;
    let cookie: Vec<String> = cookie.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let (query, variables) = crate::mutation_of(
        COMPLETE,
        "status",
        &json!({ "id": id, "code": code_in(&mail) }),
    );
    let body = json!({ "query": query, "variables": variables }).to_string();
    let attempt = || {
        let request = api.post(body.clone()).header("cookie", cookie.join("; "));
        crate::answer(request)
    };
    let (a, b, c) = tokio::join!(attempt(), attempt(), attempt());
    let completed = [&a, &b, &c]
        .into_iter()
        .filter(|answer| answer.text.contains("COMPLETED"))
        .count();
    assert_eq!(completed, 1, "{a:?} {b:?} {c:?}");
    let log = beside(&database).await;
    assert_eq!(count(&log, "user.email_added").await, 1);
    assert_eq!(alice.emails().await.as_array().unwrap().len(), 1);
    // What a request brings about can be found by the id that it was answered with.
    let winner = [&a, &b, &c]
        .into_iter()
        .find(|answer| answer.text.contains("COMPLETED"));
    let request_id = winner.unwrap().header("x-request-id").unwrap();
    let kept = metadata(&log, "user.email_added").await;
    assert_eq!(kept["correlation_id"], *request_id);
}

async fn where_changes_are_off_nothing_begins(database: TestDatabase) {
    let api = Api::with_pages(&database, "account: {email_change_allowed: false}\n").await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let id = format!("user_email_authentication:{UNKNOWN}");
    // D31
    for (mutation, input) in [
        (
            START,
            json!({ "email": "alice@example.com", "password": STRONG }),
        ),
        (RESEND, json!({ "id": id })),
        (COMPLETE, json!({ "id": id, "code": "123456" })),
    ] {
        assert_eq!(alice.error(mutation, input).await, CHANGES_OFF);
    }
}

async fn only_browsers_may(database: TestDatabase) {
    let api = Api::with_pages(&database, "").await;
    let alice = api.account("alice", &[]);
    let id = format!("user_email_authentication:{UNKNOWN}");
    // D21
    for token in [None, Some(&*alice.token), Some(&*api.admin)] {
        for (mutation, input) in [
            (START, json!({ "email": "not-an-email" })),
            (RESEND, json!({ "id": id })),
            (COMPLETE, json!({ "id": id, "code": "123456" })),
        ] {
            let error = api.mutation_error(token, mutation, &input).await;
            assert_eq!(error, "Unauthorized", "{mutation}");
        }
    }
}
