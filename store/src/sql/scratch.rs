//! A database for the time of one task, with the same tables as a real one.

use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use super::{Database, OpenError, Transaction, connect::SQLITE};

/// What is kept in memory before it goes to the file, in KiB, as SQLite's negative number says.
const CACHE: &str = "-65536";
/// Statements kept prepared: a replay has some dozens, in four sizes each.
const STATEMENTS: usize = 256;
/// Answers that may wait to be fetched.
const ROWS: usize = 256;

/// An empty SQLite database that keeps what does not fit into memory in a file without a name, which
/// is gone with the process, however that ends: what is worked out from a log is personal data.
///
/// It has one connection, so that a transaction is all there is to work with while it lasts.
pub async fn scratch_database() -> Result<Database, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename("")
        .journal_mode(SqliteJournalMode::Memory)
        .pragma("cache_size", CACHE)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS)
        .foreign_keys(false)
        .disable_statement_logging();
    let only = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
        .map_err(OpenError::connecting)?;
    let database = Database::Sqlite {
        readers: only.clone(),
        writer: only,
    };
    let mut transaction = database.begin().await?;
    if let Transaction::Sqlite(tx) = &mut transaction {
        // `run` would make a future of which the compiler cannot tell that it is `Send`.
        SQLITE
            .run_direct(&mut **tx)
            .await
            .map_err(OpenError::migrating)?;
    }
    transaction.commit().await?;
    Ok(database)
}

/// The one transaction of such a database.
pub async fn scratch() -> Result<Transaction, OpenError> {
    Ok(scratch_database().await?.begin().await?)
}
