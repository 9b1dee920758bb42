//! What is sealed, by whom, and what is proven about it.

use muniment_domain::UserCommand;
use muniment_store::{
    sql::query,
    tree::{self, ProofError, SealError},
};
use muniment_tests::{
    LogSetup, TestDatabase, TestLog, TestServer, audit_signer, destroy_erased, each_backend,
    rich_history, seal, seal_with,
    server::{configuration, stdout},
    within,
};
use serde_json::Value;

use crate::support::{add_events, assert_says, check, newest};

each_backend!(
    a_log_is_sealed_as_it_grows,
    two_processes_seal_one_tree,
    proofs_hold_for_trees_of_many_sizes,
    erasing_a_person_leaves_the_proofs_as_they_were,
    a_server_that_was_killed_goes_on_sealing,
    what_cannot_be_sealed_is_an_alert,
);

async fn a_log_is_sealed_as_it_grows(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    assert_eq!(seal(&log).await, 0);
    let alice = log.register("alice").await;
    assert_eq!(seal(&log).await, 1);
    let first = newest(&log).await;
    assert_eq!(seal(&log).await, 1);
    assert_eq!(newest(&log).await, first);
    for (more, size) in [(254, 255), (1, 256), (1, 257), (4_500, 4_757)] {
        add_events(&log, alice, more).await;
        assert_eq!(seal(&log).await, size);
        let row = newest(&log).await;
        let said = audit_signer().key().open(&row.note).unwrap();
        assert_eq!((said.size, said.root), (row.tree_size, row.root));
    }
    assert_eq!(check(&log, &database).await, Vec::<String>::new());
    // What is made of the events alone may be made again.
    log.tamper("DELETE FROM tree_nodes").await;
    add_events(&log, alice, 1).await;
    assert_eq!(seal(&log).await, 4_758);
    assert_eq!(check(&log, &database).await, Vec::<String>::new());
    log.close().await;
}

async fn two_processes_seal_one_tree(database: TestDatabase) {
    let one = TestLog::open(&database).await;
    let other = TestLog::open(&database).await;
    let alice = one.register("alice").await;
    for _ in 0..5 {
        add_events(&one, alice, 700).await;
        let sealing = within("sealing", async {
            tokio::join!(seal(&one), seal(&other), seal(&one))
        });
        let head = one.head().await;
        assert_eq!(sealing.await, (head, head, head));
    }
    let chain = "SELECT count(*) FROM checkpoints c WHERE previous <> 0 AND NOT EXISTS \
                 (SELECT 1 FROM checkpoints p WHERE p.tree_size = c.previous)";
    let row = one.database.fetch_one(query(chain)).await.unwrap();
    assert_eq!(row.get::<i64, _>(0).unwrap(), 0);
    assert_eq!(check(&one, &database).await, Vec::<String>::new());
    one.close().await;
    other.close().await;
}

async fn proofs_hold_for_trees_of_many_sizes(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    add_events(&log, alice, 1_299).await;
    seal(&log).await;
    let key = audit_signer().key().clone();
    // They are verified before they are handed out; others do so over HTTP.
    for (position, size) in [
        (1, Some(1)),
        (1, None),
        (256, Some(256)),
        (257, Some(300)),
        (1_300, None),
        (777, Some(1_025)),
    ] {
        let proof = tree::inclusion(&log.database, &key, position, size);
        let proof = proof.await.unwrap();
        assert_eq!(proof.tree_size, size.unwrap_or(1_300));
    }
    for (from, to) in [(1, 2), (255, 257), (256, 1_300), (300, 300), (1_023, 1_025)] {
        let proof = tree::consistency(&log.database, &key, from, Some(to)).await;
        assert_eq!(proof.unwrap().to, to);
    }
    add_events(&log, alice, 1).await;
    for refused in [
        tree::inclusion(&log.database, &key, 1_301, None)
            .await
            .err(),
        tree::inclusion(&log.database, &key, 1, Some(1_301))
            .await
            .err(),
        tree::consistency(&log.database, &key, 1, Some(1_301))
            .await
            .err(),
    ] {
        assert!(matches!(
            refused,
            Some(ProofError::Beyond { sealed: 1_300 })
        ));
    }
    log.close().await;
}

async fn erasing_a_person_leaves_the_proofs_as_they_were(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    let frank = log.register("frank").await;
    let size = seal(&log).await;
    let key = audit_signer().key().clone();
    let before = tree::inclusion(&log.database, &key, size, None)
        .await
        .unwrap();
    log.execute(frank, UserCommand::EraseUser).await.unwrap();
    destroy_erased(&log, &database, &LogSetup::default().master).await;
    let after = tree::inclusion(&log.database, &key, size, Some(size)).await;
    assert_eq!(after.unwrap(), before);
    assert!(seal(&log).await > size);
    assert_eq!(check(&log, &database).await, Vec::<String>::new());
    log.close().await;
}

/// The newest checkpoint of a server, once it is about all events.
async fn sealed(server: &TestServer, token: &str, head: u64) -> Value {
    within("the checkpoint", async {
        loop {
            let latest = server.get("/api/admin/v1/audit/checkpoint");
            let answer = latest.bearer_auth(token).send().await.unwrap();
            if answer.status() == 200 {
                let answer: Value = answer.json().await.unwrap();
                if answer["data"]["attributes"]["tree_size"].as_u64() >= Some(head) {
                    return answer;
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await
}

const FAST: &str = "audit: {checkpoint_interval: 1, origin: tests.example/log}\n";

async fn a_server_that_was_killed_goes_on_sealing(database: TestDatabase) {
    let mut server = TestServer::start_with(&database, FAST).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    let first = sealed(&server, &token, 1).await;
    server.register(&token, "bob").await;
    server.kill();
    let server = server.restart().await;
    let size = first["data"]["attributes"]["tree_size"].as_u64().unwrap();
    let later = sealed(&server, &token, size + 1).await;
    let key = |answer: &Value| answer["data"]["attributes"]["verifier_key"].clone();
    assert_eq!(key(&first), key(&later));
    let told = stdout(&server.command(&["audit", "key"]));
    assert_eq!(Some(told.trim()), key(&later).as_str());
    assert!(told.starts_with("tests.example/log+"), "{told}");
    let checked = server.command(&["log", "check"]);
    assert!(checked.status.success(), "{}", stdout(&checked));
    drop(server);

    // The key keeps the origin that it was made for.
    let config = database.folder().join("config.yaml");
    let yaml = configuration(database.uri(), "audit: {origin: other.example}\n");
    std::fs::write(&config, yaml).unwrap();
    let output = muniment_tests::server::program(database.folder())
        .args(["audit", "key", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("audit.origin is other.example"), "{told}");
}

async fn what_cannot_be_sealed_is_an_alert(database: TestDatabase) {
    let server = TestServer::start_with(&database, FAST).await;
    let token = server.admin_token().await;
    server.register(&token, "alice").await;
    let latest = sealed(&server, &token, 1).await;
    let size = latest["data"]["attributes"]["tree_size"].as_u64().unwrap();
    let open = database.open().await;
    let damage = "UPDATE events SET recorded_at = recorded_at - 1 WHERE position = 1";
    assert_eq!(open.execute(query(damage)).await.unwrap(), 1);
    server.register(&token, "bob").await;
    let health = within("the alert", async {
        loop {
            let health = server.get("/health").send().await.unwrap();
            assert_eq!(health.status(), 200);
            let text = health.text().await.unwrap();
            if text.starts_with("degraded") {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_says(
        &[health],
        &["the log is not sealed any more: position 1: leaf hash differs from the stored bytes"],
        "health",
    );
    // Writing goes on, and what was sealed is not taken back.
    server.register(&token, "carol").await;
    let still = server.get("/api/admin/v1/audit/checkpoint");
    let still: Value = still
        .bearer_auth(&token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(still["data"]["attributes"]["tree_size"], size);
    let proof = server.get("/api/admin/v1/audit/proofs/inclusion?position=1");
    let proof = proof.bearer_auth(&token).send().await.unwrap();
    assert_eq!(proof.status(), 500);
    // As soon as it is what it was, sealing goes on.
    let repair = "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 1";
    assert_eq!(open.execute(query(repair)).await.unwrap(), 1);
    open.close().await;
    sealed(&server, &token, size + 2).await;

    let log = TestLog::open_with(
        &database,
        LogSetup {
            master: muniment_tests::server::master(),
            ..LogSetup::default()
        },
    )
    .await;
    let refused = seal_with(&log, &crate::support::other_signer()).await;
    assert!(matches!(refused, Err(SealError::Forged { .. })));
    log.close().await;
}
