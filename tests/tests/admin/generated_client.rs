//! A client made of the committed document by openapi-typescript, which checks that the program fits
//! the document; and the server does what the program asks.

use std::path::Path;

use muniment_tests::{TestDatabase, beside::beside, each_backend, node, sign_in_everywhere};

use crate::Admin;

each_backend!(a_generated_client_lists_users_locks_one_and_ends_its_sessions);

const KINDS: [(&str, &str); 4] = [
    ("user-sessions", "user"),
    ("oauth2-sessions", "user"),
    ("compat-sessions", "user"),
    ("personal-sessions", "actor_user"),
];

impl Admin {
    /// How many sessions of each kind of somebody go on.
    async fn going_on(&self, user: &str) -> Vec<u64> {
        let mut counts = Vec::new();
        for (kind, filter) in KINDS {
            let query = format!("/{kind}?filter[{filter}]={user}&filter[status]=active&count=only");
            let count = self.get(&query).await.json()["meta"]["count"].as_u64();
            counts.push(count.unwrap());
        }
        counts
    }
}

async fn a_generated_client_lists_users_locks_one_and_ends_its_sessions(database: TestDatabase) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = |path: &str| folder.join(path).display().to_string();
    let (document, program) = (file("../openapi/admin.json"), file("node/admin-client.ts"));
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    sign_in_everywhere(&log, alice).await;
    let alice = alice.to_string();
    let mut others = Vec::new();
    for name in ["bob", "carol", "dave", "erin"] {
        others.push(admin.server.register(&admin.token, name).await);
        let issue = ["users", "issue-compatibility-token", name];
        assert!(admin.server.command(&issue).status.success());
    }
    assert_eq!(admin.going_on(&alice).await, [1, 1, 1, 1]);

    let base = admin.server.url("");
    let variables = [
        ("BASE", base.as_str()),
        ("TOKEN", &admin.token),
        ("NAME", "alice"),
        ("DOCUMENT", &document),
        ("PROGRAM", &program),
    ];
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let printed = node::run(target, "admin-client.mjs", &variables).await;
    assert_eq!(printed, "alice bob carol dave erin\nlocked true\n1 1 1 1\n");

    let locked = admin.get(&format!("/users/{alice}")).await.json();
    assert!(locked["data"]["attributes"]["locked_at"].is_string());
    assert_eq!(admin.going_on(&alice).await, [0, 0, 0, 0]);
    for other in others {
        let untouched = admin.get(&format!("/users/{other}")).await.json();
        assert!(untouched["data"]["attributes"]["locked_at"].is_null());
        assert_eq!(admin.going_on(&other).await, [0, 0, 1, 0]);
    }
}
