//! Looking at the read models' rows whole.

use muniment_domain::{UserCommand, UserId};
use muniment_projections::{
    Progress,
    queries::{Direction, PageRequest, UserRow, user},
};
use muniment_store::{
    log::{Append, EventLog, StreamAppend, StreamId},
    sql::{DatabaseError, Row, query},
};
use muniment_tests::TestLog;
use uuid::Uuid;

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
    user(&log.database, id).await.unwrap().expect("a user")
}

fn text(row: &Row, column: &str) -> Result<String, DatabaseError> {
    row.get(column)
}

fn id(row: &Row, column: &str) -> Result<String, DatabaseError> {
    let id: Option<Uuid> = row.get(column)?;
    Ok(id.map_or_else(|| "-".to_owned(), |id| id.to_string()))
}

fn number(row: &Row, column: &str) -> Result<String, DatabaseError> {
    let number: Option<i64> = row.get(column)?;
    Ok(number.map_or_else(|| "-".to_owned(), |number| number.to_string()))
}

fn flag(row: &Row, column: &str) -> Result<String, DatabaseError> {
    row.get::<bool, _>(column).map(|flag| flag.to_string())
}

type Read = fn(&Row, &str) -> Result<String, DatabaseError>;

/// Every table of every projection, with all its columns.
const TABLES: [(&str, &[(&str, Read)]); 3] = [
    (
        "users",
        &[
            ("id", id),
            ("username", text),
            ("created_at", number),
            ("locked_at", number),
            ("deactivated_at", number),
            ("can_request_admin", flag),
            ("has_password", flag),
            ("sessions_valid_from", number),
        ],
    ),
    (
        "user_emails",
        &[
            ("id", id),
            ("user_id", id),
            ("email", text),
            ("email_folded", text),
            ("created_at", number),
        ],
    ),
    (
        "oauth2_sessions",
        &[
            ("id", id),
            ("client_id", id),
            ("user_id", id),
            ("scope", text),
            ("created_at", number),
            ("finished_at", number),
        ],
    ),
];

/// All rows of all read models, one line each.
pub async fn rows(log: &TestLog) -> Vec<String> {
    let mut lines = Vec::new();
    for (table, columns) in TABLES {
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let statement = format!("SELECT {} FROM {table} ORDER BY id", names.join(", "));
        for row in log.database.fetch_all(query(statement)).await.unwrap() {
            let values: Vec<_> = columns
                .iter()
                .map(|(name, read)| format!("{name}={}", read(&row, name).unwrap()))
                .collect();
            lines.push(format!("{table}: {}", values.join(" ")));
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
    let names = ["oauth2_sessions", "user_emails", "users"];
    let expected: Vec<_> = names.map(|name| (name.to_owned(), 1, head)).into();
    assert_eq!(checkpoints(log).await, expected);
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
