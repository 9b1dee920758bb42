//! Leaving nothing of deleted rows in the database's files.

use sqlx::{Executor, Row as _};

use super::{Database, DatabaseError};

impl Database {
    /// Rewrites what holds traces of rows that are gone: on SQLite the whole file and its write-ahead
    /// log, on PostgreSQL these tables. Writers wait meanwhile. False when somebody was reading all
    /// the time, so that the write-ahead log could not be emptied.
    pub async fn scrub(&self, tables: &[&str]) -> Result<bool, DatabaseError> {
        match self {
            Self::Sqlite { writer, .. } => {
                let mut connection = writer.acquire().await?;
                connection.execute("VACUUM").await?;
                // Answers whether it was kept from it, and two numbers of pages.
                let answer = connection
                    .fetch_one("PRAGMA wal_checkpoint(TRUNCATE)")
                    .await?;
                Ok(answer.try_get::<i64, _>(0)? == 0)
            }
            Self::Postgres { readers, .. } => {
                for table in tables {
                    let statement = format!("VACUUM (FULL) {table}");
                    readers.execute(statement.as_str()).await?;
                }
                Ok(true)
            }
        }
    }
}
