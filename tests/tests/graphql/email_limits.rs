//! How often codes may be asked for and tried (contract/graphql.md 11).

use muniment_tests::{
    TestDatabase, each_backend,
    mailbox::{Mailbox, code_in},
};
use serde_json::json;

use crate::{
    Api, STRONG,
    people::{PATIENT_LOGINS, Person},
};

each_backend!(
    an_address_is_mailed_so_often,
    a_source_may_ask_so_often,
    an_authentication_is_mailed_so_often,
    so_many_codes_may_be_tried,
);

impl Person<'_> {
    async fn asks_for(&mut self, email: &str, password: &str) -> String {
        let input = json!({ "email": email, "password": password });
        let status = self.status("startEmailAuthentication", input).await;
        status.as_str().unwrap().to_owned()
    }
}

/// D23, and whoever is refused later has used it up as well.
async fn an_address_is_mailed_so_often(database: TestDatabase) {
    let api = Api::with_pages(&database, PATIENT_LOGINS).await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    // What is no address costs nothing.
    for _ in 0..6 {
        let junk = alice.asks_for("junk", STRONG).await;
        assert_eq!(junk, "INVALID_EMAIL_ADDRESS");
    }
    assert_eq!(alice.asks_for("a@example.com", STRONG).await, "STARTED");
    assert_eq!(
        alice.asks_for("A@example.com", "wrong").await,
        "INCORRECT_PASSWORD"
    );
    assert_eq!(alice.asks_for("a@EXAMPLE.com", STRONG).await, "STARTED");
    assert_eq!(
        alice.asks_for("a@example.com", STRONG).await,
        "RATE_LIMITED"
    );
}

async fn a_source_may_ask_so_often(database: TestDatabase) {
    let api = Api::with_pages(&database, PATIENT_LOGINS).await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    for n in 0..5 {
        let email = format!("a{n}@example.com");
        assert_eq!(alice.asks_for(&email, STRONG).await, "STARTED");
    }
    assert_eq!(
        alice.asks_for("a6@example.com", STRONG).await,
        "RATE_LIMITED"
    );
}

/// D24
async fn an_authentication_is_mailed_so_often(database: TestDatabase) {
    let api = Api::with_pages(&database, PATIENT_LOGINS).await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "email": "a@example.com", "password": STRONG });
    let started = alice
        .mutate("startEmailAuthentication", "authentication{id}", input)
        .await;
    for status in ["RESENT", "RESENT", "RATE_LIMITED"] {
        let input = json!({ "id": started["authentication"]["id"] });
        let answer = alice.status("resendEmailAuthenticationCode", input).await;
        assert_eq!(answer, status);
    }
    assert_eq!(Mailbox::of(&database).mails(3).await.len(), 3);
}

/// D25
async fn so_many_codes_may_be_tried(database: TestDatabase) {
    let api = Api::with_pages(&database, PATIENT_LOGINS).await;
    api.person("alice").await;
    let mut alice = api.signed_in("alice").await;
    let input = json!({ "email": "a@example.com", "password": STRONG });
    let started = alice
        .mutate("startEmailAuthentication", "authentication{id}", input)
        .await;
    let id = &started["authentication"]["id"];
    let mail = Mailbox::of(&database).mails(1).await.remove(0);
    for n in 0..11 {
        let input = json!({ "id": id, "code": "wrong" });
        let status = alice.status("completeEmailAuthentication", input).await;
        let wanted = if n < 10 {
            "INVALID_CODE"
        } else {
            "RATE_LIMITED"
        };
        assert_eq!(status, wanted);
    }
    let right = json!({ "id": id, "code": code_in(&mail) });
    let status = alice.status("completeEmailAuthentication", right).await;
    assert_eq!(status, "RATE_LIMITED");
}
