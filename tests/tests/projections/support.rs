//! Looking at the read models' rows whole.

use muniment_domain::{UserCommand, UserId};
use muniment_projections::{
    Progress,
    queries::{Direction, PageRequest, UserRow, user},
};
use muniment_store::{
    log::{Append, EventLog, StreamAppend, StreamId},
    sql::{Dialect, query},
};
use muniment_tests::TestLog;

pub const LOCK: UserCommand = UserCommand::LockUser { deactivate: false };
pub const UNLOCK: UserCommand = UserCommand::UnlockUser { reactivate: false };

/// The first of a list.
pub const fn first(limit: u32) -> PageRequest {
    PageRequest {
        after: None,
        before: None,
        direction: Direction::Forward,
        limit,
    }
}

pub async fn row(log: &TestLog, id: UserId) -> UserRow {
    user(&log.reads, id).await.unwrap().expect("a user")
}

/// The names of all read models; each has a table of its name.
pub async fn names(log: &TestLog) -> Vec<String> {
    let all = checkpoints(log).await.into_iter().map(|(name, ..)| name);
    all.filter(|name| !name.ends_with("__rebuild")).collect()
}

/// How a table's row is written as one line, with all its columns.
async fn line(log: &TestLog, table: &str) -> String {
    if log.database.dialect() == Dialect::Postgres {
        return format!("CAST({table} AS TEXT)");
    }
    let columns = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
    let columns = log.database.fetch_all(query(columns)).await.unwrap();
    let columns: Vec<String> = columns
        .iter()
        .map(|row| format!("quote({})", row.get::<String, _>("name").unwrap()))
        .collect();
    columns.join(" || ' ' || ")
}

/// All rows of all read models, one line each.
pub async fn rows(log: &TestLog) -> Vec<String> {
    let mut lines = Vec::new();
    for table in names(log).await {
        let line = line(log, &table).await;
        let statement = format!("SELECT {line} AS line FROM {table} ORDER BY 1");
        for row in log.database.fetch_all(query(statement)).await.unwrap() {
            let line: String = row.get("line").unwrap();
            lines.push(format!("{table}: {line}"));
        }
    }
    lines
}

/// Name, version and position of every checkpoint, also of rebuilds under way.
pub async fn checkpoints(log: &TestLog) -> Vec<(String, i64, i64)> {
    log.database
        .fetch_all(query(
            "SELECT name, version, position FROM projections ORDER BY name",
        ))
        .await
        .unwrap()
        .iter()
        .map(|row| {
            (
                row.get("name").unwrap(),
                row.get("version").unwrap(),
                row.get("position").unwrap(),
            )
        })
        .collect()
}

/// No rebuild is under way, and every projection has come as far as the log.
pub async fn assert_up_to_date(log: &TestLog) {
    let head = i64::try_from(log.head().await).unwrap();
    let checkpoints = checkpoints(log).await;
    for (name, version, position) in &checkpoints {
        assert!(!name.ends_with("__rebuild"), "{name}");
        assert!(*version > 0, "{name}");
        assert_eq!(*position, head, "{name}");
    }
    for name in ["oauth2_sessions", "user_emails", "users"] {
        assert!(checkpoints.iter().any(|(found, ..)| found == name));
    }
}

pub async fn rebuild(log: &TestLog) {
    log.projections
        .rebuild(&log.database, |_: Progress| {})
        .await
        .unwrap();
}

/// A few accounts in different states, with addresses and sessions.
pub async fn some_accounts(log: &TestLog) -> Vec<UserId> {
    let mut users = Vec::new();
    for (n, name) in ["alice", "bob", "carol", "dave"].into_iter().enumerate() {
        log.clock.step(1_000);
        let user = log.register(name).await;
        let address = format!("{name}@example.com");
        log.add_email(user, &address).await.unwrap();
        log.set_password(user, "hash").await.unwrap();
        let client = muniment_tests::client(n as u128 % 2 + 1);
        log.start_session(client, Some(user)).await.unwrap();
        users.push(user);
    }
    log.clock.step(1_000);
    for (user, command) in [
        (users[1], LOCK),
        (users[2], UserCommand::LockUser { deactivate: true }),
        (users[3], UserCommand::GrantAdmin),
    ] {
        log.execute(user, command).await.unwrap();
    }
    users
}

/// Locks and unlocks an account `count` times in turn, in one append.
pub async fn many_events(log: &TestLog, user: UserId, expected_version: u64, count: usize) {
    use muniment_domain::UserEvent::{UserLocked, UserUnlocked};
    let mut events = Vec::new();
    for n in 0..count {
        let event = if n % 2 == 0 {
            UserLocked { user_id: user }
        } else {
            UserUnlocked { user_id: user }
        };
        let event_id = log.ids.event_id();
        events.push(log.codec.seal(&event, event_id).await.unwrap());
    }
    let mut append = Append::new(log.metadata());
    append.streams.push(StreamAppend {
        stream: StreamId::new("user", user.as_uuid()),
        expected_version,
        events,
    });
    log.log.append(append).await.unwrap();
}
