//! Transactions, and the lock that makes one of them the log's only writer.

use futures_util::{StreamExt, stream::BoxStream};
use sqlx::{Postgres, Sqlite};

use super::{Database, DatabaseError, Dialect, Query, Row, database::whole};

/// The advisory lock that the log's writer holds on PostgreSQL. Also used by
/// `events_place_foreign` in `migrations/postgres/0001_log.sql`.
pub(crate) const WRITER_LOCK: i64 = 5_500_838_862_417;

/// A transaction under way; undone when dropped without [`Transaction::commit`].
#[derive(Debug)]
pub enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Begins as the log's only writer, among all processes that share the database.
    pub async fn writing(database: &Database) -> Result<Self, DatabaseError> {
        let Database::Postgres { writer, .. } = database else {
            return database.begin().await;
        };
        // One message, and so one round trip.
        let begin = format!("BEGIN; SELECT pg_advisory_xact_lock({WRITER_LOCK})");
        let writer = writer.clone();
        whole(async move {
            let transaction = match writer.begin_with(begin.clone()).await {
                // The connection was lost while nobody used it; a new one is made.
                Err(error) if DatabaseError::is_lost_connection(&error) => {
                    writer.begin_with(begin).await
                }
                other => other,
            };
            transaction.map(Self::Postgres)
        })
        .await
    }

    /// Begins a transaction that only reads, and that sees the database as it is at its first read,
    /// whatever others commit meanwhile. It keeps nobody from writing.
    pub async fn snapshot(database: &Database) -> Result<Self, DatabaseError> {
        let database = database.clone();
        whole(async move {
            Ok(match database {
                Database::Sqlite { readers, .. } => Self::Sqlite(readers.begin().await?),
                Database::Postgres { readers, .. } => Self::Postgres(
                    readers
                        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                        .await?,
                ),
            })
        })
        .await
    }

    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; returns how many rows it touched.
    pub async fn execute(&mut self, query: Query<'_>) -> Result<u64, DatabaseError> {
        Ok(match self {
            Self::Sqlite(tx) => query.sqlite().execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => query.postgres().execute(&mut **tx).await?.rows_affected(),
        })
    }

    pub async fn fetch_all(&mut self, query: Query<'_>) -> Result<Vec<Row>, DatabaseError> {
        Ok(match self {
            Self::Sqlite(tx) => query
                .sqlite()
                .fetch_all(&mut **tx)
                .await?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Self::Postgres(tx) => query
                .postgres()
                .fetch_all(&mut **tx)
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    /// The row there may be, as what `read` makes of it.
    pub async fn read_optional<T>(
        &mut self,
        query: Query<'_>,
        read: impl FnOnce(&Row) -> Result<T, DatabaseError> + Send,
    ) -> Result<Option<T>, DatabaseError> {
        let row = self.fetch_optional(query).await?;
        row.as_ref().map(read).transpose()
    }

    pub async fn fetch_optional(&mut self, query: Query<'_>) -> Result<Option<Row>, DatabaseError> {
        Ok(match self {
            Self::Sqlite(tx) => query
                .sqlite()
                .fetch_optional(&mut **tx)
                .await?
                .map(Row::Sqlite),
            Self::Postgres(tx) => query
                .postgres()
                .fetch_optional(&mut **tx)
                .await?
                .map(Row::Postgres),
        })
    }

    /// Reads rows one by one, for answers that may not fit into memory.
    pub fn fetch<'t>(
        &'t mut self,
        query: &'t Query<'_>,
    ) -> BoxStream<'t, Result<Row, DatabaseError>> {
        match self {
            Self::Sqlite(tx) => query
                .sqlite()
                .fetch(&mut **tx)
                .map(|row| Ok(Row::Sqlite(row?)))
                .boxed(),
            Self::Postgres(tx) => query
                .postgres()
                .fetch(&mut **tx)
                .map(|row| Ok(Row::Postgres(row?)))
                .boxed(),
        }
    }

    pub async fn commit(self) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
