//! The pools, and reading outside a transaction.

use sqlx::{PgPool, SqlitePool};

use super::{DatabaseError, Query, Row, Transaction};

/// Which database one speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// An open database, cheap to clone.
#[derive(Debug, Clone)]
pub enum Database {
    Sqlite {
        /// Any number of readers.
        readers: SqlitePool,
        /// SQLite has one writer at a time.
        writer: SqlitePool,
    },
    Postgres {
        readers: PgPool,
        /// The log's writer, on a connection of its own: it never waits for readers to give one
        /// back, and it is not asked whether it is alive before every use.
        writer: PgPool,
    },
}

impl Database {
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }

    pub async fn fetch_all(&self, query: Query<'_>) -> Result<Vec<Row>, DatabaseError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => query
                .sqlite()
                .fetch_all(readers)
                .await?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Self::Postgres { readers, .. } => query
                .postgres()
                .fetch_all(readers)
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    /// The row there may be, as what `read` makes of it.
    pub async fn read_optional<T>(
        &self,
        query: Query<'_>,
        read: impl FnOnce(&Row) -> Result<T, DatabaseError> + Send,
    ) -> Result<Option<T>, DatabaseError> {
        let row = self.fetch_optional(query).await?;
        row.as_ref().map(read).transpose()
    }

    pub async fn fetch_optional(&self, query: Query<'_>) -> Result<Option<Row>, DatabaseError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => query
                .sqlite()
                .fetch_optional(readers)
                .await?
                .map(Row::Sqlite),
            Self::Postgres { readers, .. } => query
                .postgres()
                .fetch_optional(readers)
                .await?
                .map(Row::Postgres),
        })
    }

    pub async fn fetch_one(&self, query: Query<'_>) -> Result<Row, DatabaseError> {
        self.fetch_optional(query)
            .await?
            .ok_or_else(|| DatabaseError::from(sqlx::Error::RowNotFound))
    }

    /// A transaction that is not the log's writer: for rows beside the log, such as keys.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        let database = self.clone();
        whole(async move {
            Ok(match database {
                Self::Sqlite { writer, .. } => Transaction::Sqlite(begin_sqlite(&writer).await?),
                Self::Postgres { readers, .. } => Transaction::Postgres(readers.begin().await?),
            })
        })
        .await
    }

    /// Runs one statement that changes rows beside the log, in a transaction of its own; returns how
    /// many rows it touched.
    pub async fn execute(&self, query: Query<'_>) -> Result<u64, DatabaseError> {
        let mut transaction = self.begin().await?;
        let touched = transaction.execute(query).await?;
        transaction.commit().await?;
        Ok(touched)
    }

    /// Waits for every statement under way and closes the connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

/// Begins a transaction in a task, which goes on when the caller is gone: sqlx would leave the
/// connection inside a transaction, with its locks, that nobody ends.
pub(super) async fn whole(
    beginning: impl Future<Output = Result<Transaction, sqlx::Error>> + Send + 'static,
) -> Result<Transaction, DatabaseError> {
    // The task does not panic; it is cancelled when the runtime shuts down.
    let begun = tokio::spawn(beginning).await;
    begun
        .unwrap_or(Err(sqlx::Error::PoolClosed))
        .map_err(DatabaseError::from)
}

/// After a write that failed for want of space, SQLite has ended the transaction by itself, which
/// the connection is not aware of. A new one takes its place.
async fn begin_sqlite(
    writer: &SqlitePool,
) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, sqlx::Error> {
    match writer.begin_with("BEGIN IMMEDIATE").await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with("BEGIN IMMEDIATE").await
        }
        begun => begun,
    }
}
