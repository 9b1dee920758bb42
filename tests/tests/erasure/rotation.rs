//! `muniment keys rotate`: another `secrets.encryption`, the same events.

use muniment_domain::{StoredEvent, UserEvent, user::Origin};
use muniment_store::{
    log::{Append, EventLog, RecordedEvent, StreamAppend, StreamId},
    sql::{Database, Dialect, Transaction, query},
};
use muniment_tests::{
    LogSetup, TestDatabase, TestLog, TestServer, each_log,
    server::{ENCRYPTION, configuration, master, master_of, program, stderr},
    username, within,
};
use serde_json::{Value, json};

use crate::{
    events_of, events_under, key_store, run,
    support::{EMAIL, FORMER_EMAIL, USERNAME, history, live, text, told},
};

each_log!(
    after_a_rotation_the_old_secret_is_not_needed,
    a_rotation_may_be_repeated,
    a_rotation_that_is_killed_goes_on,
    a_secret_that_wraps_no_key_is_refused_at_start
);

const ANOTHER: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff00112233445566778899aabbccddeeff";

/// The configuration of the test servers under another secret, with the old one if so wanted.
fn configure(database: &TestDatabase, previous: bool) {
    let mut yaml =
        configuration(database.uri(), &database.event_store_section()).replace(ENCRYPTION, ANOTHER);
    if previous {
        let file = database.folder().join("old.key");
        std::fs::write(&file, format!("{ENCRYPTION}\n")).unwrap();
        yaml = yaml.replace(
            "secrets:\n",
            &format!(
                "secrets:\n  previous_encryption: [{{key_file: '{}'}}]\n",
                file.display()
            ),
        );
    }
    std::fs::write(database.folder().join("config.yaml"), yaml).unwrap();
}

fn rotate(server: &TestServer) -> u64 {
    let answer: Value =
        serde_json::from_str(&text(&server.command(&["keys", "rotate", "--json"]))).unwrap();
    answer["keys"].as_u64().unwrap()
}

fn bytes(events: &[RecordedEvent]) -> Vec<(&str, [u8; 32])> {
    events
        .iter()
        .map(|event| (event.payload.as_str(), event.leaf_hash))
        .collect()
}

async fn after_a_rotation_the_old_secret_is_not_needed(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    live(&server, &admin).await;
    let before = events_of(&database).await;

    configure(&database, true);
    let server = server.restart().await;
    server.register(&admin, "between").await;
    // Those for claims, for secrets in rows and for the outbox, one of the person and two of addresses;
    // `between` has the new secret already.
    assert_eq!(rotate(&server), 6);
    configure(&database, false);
    let server = server.restart().await;

    let told_now = history(&server, USERNAME);
    assert_eq!(told(&told_now, "username"), [USERNAME]);
    assert_eq!(told(&told_now, "email"), [FORMER_EMAIL, EMAIL]);
    let again = server
        .post("/api/admin/v1/users")
        .bearer_auth(&admin)
        .json(&json!({ "username": USERNAME }))
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 409, "claims are known under the new secret");
    let after = events_under(&database, master_of(ANOTHER)).await;
    assert_eq!(bytes(&after[..before.len()]), bytes(&before));
}

async fn a_rotation_may_be_repeated(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    live(&server, &admin).await;
    assert_eq!(rotate(&server), 0);
    configure(&database, true);
    assert_eq!(rotate(&server), 6);
    assert_eq!(rotate(&server), 0);
}

/// Several pages of keys.
const PERSONS: usize = 2_000;

/// Registers many accounts, in appends that every log takes.
async fn crowd(database: &TestDatabase) {
    let setup = LogSetup {
        master: master(),
        ..LogSetup::default()
    };
    let log = TestLog::open_with(database, setup).await;
    let mut append = Append::new(log.metadata());
    for n in 0..PERSONS {
        if append.streams.len() == 500 {
            let full = std::mem::replace(&mut append, Append::new(log.metadata()));
            log.log.append(full).await.unwrap();
        }
        let user_id = log.new_user_id();
        let event = UserEvent::UserRegistered {
            user_id,
            username: username(&format!("person-{n}")).into(),
            origin: Origin::Admin,
        };
        append.claims.extend(event.claims());
        append.streams.push(StreamAppend {
            stream: StreamId::new("user", user_id.as_uuid()),
            expected_version: 0,
            events: vec![log.codec.seal(&event, log.ids.event_id()).await.unwrap()],
        });
    }
    log.log.append(append).await.unwrap();
    log.close().await;
}

/// What keeps a rotation from coming to its end.
enum Held {
    /// A trigger that never ends.
    Trigger,
    /// A row that somebody else has locked.
    Row(Transaction),
}

/// Lets a rotation come as far as the last key, and no further.
async fn hold_the_last(keys: &Database, table: &str) -> Held {
    match keys.dialect() {
        Dialect::Sqlite => {
            let trigger = format!(
                "CREATE TRIGGER hold AFTER UPDATE ON {table} \
                 WHEN NEW.id = (SELECT max(id) FROM {table}) \
                 BEGIN SELECT count(*) FROM {table} a, {table} b, {table} c, {table} d; END"
            );
            run(keys, trigger).await;
            Held::Trigger
        }
        Dialect::Postgres => {
            let mut transaction = keys.begin().await.unwrap();
            let last = format!("SELECT id FROM {table} ORDER BY id DESC LIMIT 1 FOR UPDATE");
            transaction.fetch_optional(query(last)).await.unwrap();
            Held::Row(transaction)
        }
    }
}

impl Held {
    async fn let_go(self, keys: &Database) {
        match self {
            Self::Trigger => run(keys, "DROP TRIGGER hold".to_owned()).await,
            Self::Row(transaction) => transaction.commit().await.unwrap(),
        }
    }
}

async fn a_rotation_that_is_killed_goes_on(database: TestDatabase) {
    crowd(&database).await;
    let mut server = TestServer::start(&database).await;
    server.stop();
    let before = events_of(&database).await;
    configure(&database, true);
    let (keys, table) = key_store(&database).await;
    let secrets = format!("SELECT count(DISTINCT wrapped_by) FROM {table}");
    let secrets = async || {
        let row = keys.fetch_one(query(secrets.clone())).await.unwrap();
        row.get::<i64, _>(0).unwrap()
    };
    assert_eq!(secrets().await, 1);
    let held = hold_the_last(&keys, table).await;
    let mut rotating = program(database.folder())
        .args(["keys", "rotate", "--config"])
        .arg(database.folder().join("config.yaml"))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let begun = async {
        while secrets().await == 1 {
            assert_eq!(rotating.try_wait().unwrap(), None);
        }
    };
    within("the first page", begun).await;
    rotating.kill().unwrap();
    assert_eq!(rotating.wait().unwrap().code(), None, "killed");
    held.let_go(&keys).await;
    assert_eq!(secrets().await, 2, "in the middle");

    // Some are wrapped under the one, some under the other; with both, all can be read.
    let server = server.restart().await;
    let users = text(&server.command(&["users", "list", "--json"]));
    assert!(users.contains("person-0"));
    text(&server.command(&["log", "check"]));
    let left = rotate(&server);
    assert!(left > 0 && left < PERSONS as u64, "{left}");
    assert_eq!(secrets().await, 1);
    configure(&database, false);
    let server = server.restart().await;
    assert_eq!(rotate(&server), 0);
    text(&server.command(&["log", "check"]));
    let after = events_under(&database, master_of(ANOTHER)).await;
    assert_eq!(bytes(&after), bytes(&before));
}

async fn a_secret_that_wraps_no_key_is_refused_at_start(database: TestDatabase) {
    let server = TestServer::start(&database).await;
    let admin = server.admin_token().await;
    live(&server, &admin).await;
    configure(&database, false);
    let refused = server.command(&["users", "list"]);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("secrets.previous_encryption"));
}
