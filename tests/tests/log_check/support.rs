//! Running a check, and damaging what it looks at.

use muniment_store::{
    KeyRing,
    check::{Check, Report},
    sql::{Dialect, Transaction, query},
};
use muniment_tests::{LogSetup, TestDatabase, TestEntropy, TestLog};

/// Everything that a check looks at, besides the store of keys.
const TABLES: [&str; 11] = [
    "claims",
    "erasures",
    "events",
    "idempotency_keys",
    "oauth2_access_tokens",
    "oauth2_sessions",
    "personal_access_tokens",
    "projections",
    "user_emails",
    "user_passwords",
    "users",
];

/// Checks with keys of its own, as another process would.
pub async fn check(log: &TestLog, database: &TestDatabase) -> Report {
    let keys = database.options().open_keys(&log.database).await.unwrap();
    let master = LogSetup::default().master;
    let ring = KeyRing::open(keys.clone(), &log.database, &master, TestEntropy::next());
    let codec = muniment_store::Codec::new(std::sync::Arc::new(ring.await.unwrap()));
    let check = Check {
        database: &log.database,
        keys: &keys,
        codec: &codec,
        hasher: &log.hasher,
        read_models: &*log.projections,
        audit_key: None,
    };
    check.run(|_, _| {}).await.unwrap()
}

/// What it found, one line each.
pub fn lines(report: &Report) -> Vec<String> {
    let told = report.findings.told();
    told.iter().map(ToString::to_string).collect()
}

pub async fn assert_sound(log: &TestLog, database: &TestDatabase) -> Report {
    let report = check(log, database).await;
    assert_eq!(lines(&report), Vec::<String>::new());
    report
}

/// In the dialect of the database: `{json}` casts a text to what payloads are, `{uuid}` is a new id,
/// `{true}` a flag that is set.
fn in_dialect(sql: &str, dialect: Dialect) -> String {
    let (json, uuid, yes) = match dialect {
        Dialect::Sqlite => ("", "randomblob(16)", "1"),
        Dialect::Postgres => ("::json", "gen_random_uuid()", "true"),
    };
    sql.replace("{json}", json)
        .replace("{uuid}", uuid)
        .replace("{true}", yes)
}

/// Runs statements in one transaction; each must have an effect.
pub async fn damage(log: &TestLog, statements: &[String]) {
    let mut transaction = Transaction::writing(&log.database).await.unwrap();
    for sql in statements {
        let sql = in_dialect(sql, transaction.dialect());
        let touched = match transaction.execute(query(sql.clone())).await {
            Ok(touched) => touched,
            Err(error) => panic!("{sql}: {error}"),
        };
        assert!(touched > 0, "{sql}");
    }
    transaction.commit().await.unwrap();
}

/// Sets everything aside.
pub async fn save(log: &TestLog) {
    for table in TABLES {
        log.tamper(&format!(
            "CREATE TABLE saved_{table} AS SELECT * FROM {table}"
        ))
        .await;
    }
}

/// Makes everything what it was.
pub async fn restore(log: &TestLog) {
    let mut transaction = Transaction::writing(&log.database).await.unwrap();
    for table in TABLES {
        for statement in [
            format!("DELETE FROM {table}"),
            format!("INSERT INTO {table} SELECT * FROM saved_{table}"),
        ] {
            transaction.execute(query(statement)).await.unwrap();
        }
    }
    transaction.commit().await.unwrap();
}
