//! A log beside a running server, as another process would open it: to write what the server has no
//! surface for, and to let time go by.

use muniment_store::sql::query;

use crate::{LogSetup, TestClock, TestDatabase, TestEntropy, TestLog, server::master};

/// Another process on the server's database.
pub async fn beside(database: &TestDatabase) -> TestLog {
    let setup = LogSetup {
        clock: TestClock::at(now()),
        entropy: TestEntropy::real(),
        master: master(),
        ..LogSetup::default()
    };
    TestLog::open_with(database, setup).await
}

/// Microseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is another process, which reads this clock too"
)]
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_micros()).unwrap()
}

/// Moves times of a table's rows back, as if so many seconds had gone by.
pub async fn age(log: &TestLog, table: &str, columns: &[&str], seconds: i64) {
    let sets: Vec<String> = columns
        .iter()
        .map(|column| format!("{column} = {column} - {}", seconds * 1_000_000))
        .collect();
    let mut transaction = log.database.begin().await.unwrap();
    let statement = query(format!("UPDATE {table} SET {}", sets.join(", ")));
    transaction.execute(statement).await.unwrap();
    transaction.commit().await.unwrap();
}
