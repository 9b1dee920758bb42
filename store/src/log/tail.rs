//! Learning of events that other processes append.

use std::time::Duration;

use sqlx::{
    ConnectOptions,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::sync::watch;

use super::{LogError, Position, entries};
use crate::sql::Database;

/// How often an SQLite database is asked whether another process has written to it, and how long to
/// wait before listening to PostgreSQL again.
const PERIOD: Duration = Duration::from_millis(100);

/// Moves the watch forward whenever the log grows, until the task is aborted.
pub(super) async fn follow(database: Database, tail: watch::Sender<Position>) {
    loop {
        let result = match &database {
            Database::Sqlite { .. } => poll(&database, &tail).await,
            Database::Postgres { readers, .. } => listen(readers, &database, &tail).await,
        };
        if let Err(error) = result {
            tracing::warn!(%error, "following the log's tail was interrupted; trying again");
        }
        tokio::time::sleep(PERIOD).await;
    }
}

async fn advance(database: &Database, tail: &watch::Sender<Position>) -> Result<(), LogError> {
    let row = database.fetch_optional(entries::head_query()).await?;
    let head = entries::head_from(row)?.position;
    tail.send_if_modified(|tail| std::mem::replace(tail, head.max(*tail)) < *tail);
    Ok(())
}

async fn poll(database: &Database, tail: &watch::Sender<Position>) -> Result<(), LogError> {
    // `data_version` changes on one connection when another one commits, so it needs its own.
    let Database::Sqlite { readers, .. } = database else {
        return Ok(());
    };
    let options = readers.connect_options();
    let mut connection = options.connect().await.map_err(into_log_error)?;
    let mut seen: Option<i64> = None;
    loop {
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut connection)
            .await
            .map_err(into_log_error)?;
        if seen.replace(version) != Some(version) {
            advance(database, tail).await?;
        }
        tokio::time::sleep(PERIOD).await;
    }
}

async fn listen(
    pool: &sqlx::PgPool,
    database: &Database,
    tail: &watch::Sender<Position>,
) -> Result<(), LogError> {
    // A connection of its own: the pool's are for those who come and go.
    let own = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(pool.connect_options().as_ref().clone());
    let mut listener = PgListener::connect_with(&own)
        .await
        .map_err(into_log_error)?;
    listener
        .listen("muniment_tail")
        .await
        .map_err(into_log_error)?;
    loop {
        // Also after a lost connection, which may have lost notifications.
        advance(database, tail).await?;
        listener.try_recv().await.map_err(into_log_error)?;
    }
}

fn into_log_error(error: sqlx::Error) -> LogError {
    LogError::Database(error.into())
}
