//! A database for the time of one task, with the same tables as a real one.

use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use super::{Database, OpenError, Transaction, connect::SQLITE};

/// An empty SQLite database that keeps what does not fit into memory in a file without a name, which
/// is gone with the process, however that ends: what is worked out from a log is personal data.
///
/// It has one connection, so its one transaction is all there is to work with.
pub async fn scratch() -> Result<Transaction, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename("")
        .journal_mode(SqliteJournalMode::Memory)
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
    Ok(transaction)
}
