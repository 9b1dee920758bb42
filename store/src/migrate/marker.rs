//! The mark of a target that is not complete yet.

use super::MigrateError;
use crate::sql::{Database, DatabaseError, Dialect, query};

const TABLE: &str = "unfinished_migration";

pub(super) async fn set(database: &Database) -> Result<(), DatabaseError> {
    change(
        database,
        "CREATE TABLE IF NOT EXISTS unfinished_migration (begun BIGINT)",
        "CREATE TABLE IF NOT EXISTS unfinished_migration (begun INTEGER) STRICT",
    )
    .await
}

pub(super) async fn remove(database: &Database) -> Result<(), DatabaseError> {
    const DROP: &str = "DROP TABLE IF EXISTS unfinished_migration";
    change(database, DROP, DROP).await
}

async fn change(database: &Database, postgres: &str, sqlite: &str) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    let statement = match transaction.dialect() {
        Dialect::Postgres => postgres,
        Dialect::Sqlite => sqlite,
    };
    transaction.execute(query(statement)).await?;
    transaction.commit().await
}

pub(super) async fn is_set(database: &Database) -> Result<bool, DatabaseError> {
    let statement = match database.dialect() {
        Dialect::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
        Dialect::Postgres => "SELECT 1 FROM pg_class WHERE oid = to_regclass($1)",
    };
    Ok(database
        .fetch_optional(query(statement).bind(TABLE))
        .await?
        .is_some())
}

/// Fails for a database into which a log is being moved: it must not be written to, and what it holds
/// is not all there is.
pub async fn refuse_unfinished(database: &Database) -> Result<(), MigrateError> {
    if is_set(database).await? {
        return Err(MigrateError::Unfinished);
    }
    Ok(())
}
