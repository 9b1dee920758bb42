//! Opening a database and bringing its schema up to date.

use std::{
    path::Path,
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Connection as _, SqlitePool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Database, OpenError, Transaction, query};

pub(super) static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static SQLITE_KEYS: Migrator = sqlx::migrate!("../migrations/sqlite_keys");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long to wait before an SQLite file is opened again that somebody else is just setting up.
const BUSY_PERIOD: Duration = Duration::from_millis(10);

/// How to reach a database.
#[derive(Clone)]
pub struct DatabaseOptions {
    /// `sqlite://path` or `postgres://…`.
    pub uri: String,
    pub max_connections: u32,
    pub min_connections: u32,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    pub idle_timeout: Option<Duration>,
    pub max_lifetime: Option<Duration>,
}

impl DatabaseOptions {
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            max_connections: 10,
            min_connections: 0,
            connect_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(600)),
            max_lifetime: Some(Duration::from_secs(1800)),
        }
    }

    /// Opens the database that holds the log, the vault and the projections.
    pub async fn open(&self) -> Result<Database, OpenError> {
        if self.is_sqlite() {
            self.open_sqlite(&self.sqlite_options()?, &SQLITE).await
        } else if self.uri.starts_with("postgres://") || self.uri.starts_with("postgresql://") {
            self.open_postgres().await
        } else {
            Err(OpenError::Uri(
                self.uri.split("://").next().unwrap_or_default().to_owned(),
            ))
        }
    }

    /// Opens the store of keys that belongs to `database`: a second file beside an SQLite database,
    /// a second schema of a PostgreSQL one.
    pub async fn open_keys(&self, database: &Database) -> Result<Database, OpenError> {
        match database {
            Database::Postgres { .. } => Ok(database.clone()),
            Database::Sqlite { .. } => {
                let options = self.sqlite_options()?;
                let file = options.get_filename().with_extension("keys.db");
                self.open_sqlite(&options.filename(file), &SQLITE_KEYS)
                    .await
            }
        }
    }

    fn is_sqlite(&self) -> bool {
        self.uri.starts_with("sqlite:")
    }

    fn sqlite_options(&self) -> Result<SqliteConnectOptions, OpenError> {
        SqliteConnectOptions::from_str(&self.uri)
            .map(|options| {
                options
                    .create_if_missing(false)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    // What is deleted is overwritten, not only forgotten.
                    .pragma("secure_delete", "ON")
                    .foreign_keys(false)
                    .busy_timeout(Duration::from_secs(30))
                    .disable_statement_logging()
            })
            .map_err(OpenError::connecting)
    }

    async fn open_sqlite(
        &self,
        options: &SqliteConnectOptions,
        migrations: &Migrator,
    ) -> Result<Database, OpenError> {
        let folder = match options.get_filename().parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        std::fs::read_dir(folder)
            .map_err(|error| OpenError::Folder(folder.display().to_string(), error))?;
        create_private(options.get_filename())?;
        if self.uri.contains("mode=ro") || is_marked_read_only(options.get_filename()) {
            return Err(OpenError::ReadOnly);
        }
        let writer = self.connect_sqlite(options).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(self.max_connections)
            .min_connections(self.min_connections)
            .acquire_timeout(self.connect_timeout)
            .idle_timeout(self.idle_timeout)
            .connect_lazy_with(options.clone());
        let database = Database::Sqlite { readers, writer };
        // In one transaction, so that of several processes that start at once only one migrates.
        let mut transaction = database.begin().await.map_err(read_only)?;
        if let Transaction::Sqlite(tx) = &mut transaction {
            migrations
                .run(&mut **tx)
                .await
                .map_err(OpenError::migrating)?;
        }
        transaction.commit().await?;
        Ok(database)
    }

    /// A new file is given its write-ahead log on the first connection. While that goes on, SQLite
    /// refuses others at once, whatever the busy timeout.
    async fn connect_sqlite(
        &self,
        options: &SqliteConnectOptions,
    ) -> Result<SqlitePool, OpenError> {
        let since = Instant::now();
        loop {
            let connected = SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(self.connect_timeout)
                .connect_with(options.clone())
                .await;
            match connected {
                Err(error) if is_busy(&error) && since.elapsed() < self.connect_timeout => {
                    tokio::time::sleep(BUSY_PERIOD).await;
                }
                connected => return connected.map_err(OpenError::connecting),
            }
        }
    }

    /// One connection before the pool, which would try again for a long time and then not say why.
    async fn try_postgres(&self, options: &PgConnectOptions) -> Result<(), OpenError> {
        let connected = tokio::time::timeout(self.connect_timeout, options.connect()).await;
        let connection = match connected {
            Ok(connected) => connected.map_err(OpenError::connecting)?,
            Err(_) => return Err(OpenError::Unreachable(sqlx::Error::PoolTimedOut)),
        };
        connection.close().await.map_err(OpenError::connecting)
    }

    async fn open_postgres(&self) -> Result<Database, OpenError> {
        let options = PgConnectOptions::from_str(&self.uri)
            .map_err(OpenError::connecting)?
            .application_name("muniment")
            .options([("synchronous_commit", "on")])
            .disable_statement_logging();
        self.try_postgres(&options).await?;
        let pool = || {
            PgPoolOptions::new()
                .acquire_timeout(self.connect_timeout)
                .idle_timeout(self.idle_timeout)
                .max_lifetime(self.max_lifetime)
        };
        let readers = pool()
            .max_connections(self.max_connections)
            .min_connections(self.min_connections)
            .connect_with(options.clone())
            .await
            .map_err(OpenError::connecting)?;
        let writer = pool()
            .max_connections(1)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let database = Database::Postgres {
            readers: readers.clone(),
            writer,
        };
        check_writable(&database).await?;
        POSTGRES.run(&readers).await.map_err(OpenError::migrating)?;
        Ok(database)
    }
}

impl std::fmt::Debug for DatabaseOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URI may hold a password.
        f.write_str("DatabaseOptions(***)")
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.as_deref() == Some("5")
}

async fn check_writable(database: &Database) -> Result<(), OpenError> {
    let mut transaction = database.begin().await.map_err(read_only)?;
    if let Transaction::Postgres(_) = transaction {
        let row = transaction
            .fetch_optional(query("SELECT current_setting('transaction_read_only')"))
            .await?;
        if row.map(|row| row.get::<String, _>(0)).transpose()? == Some("on".to_owned()) {
            return Err(OpenError::ReadOnly);
        }
    }
    Ok(())
}

fn read_only(error: super::DatabaseError) -> OpenError {
    match error {
        super::DatabaseError::ReadOnly(_) => OpenError::ReadOnly,
        other => OpenError::Database(other),
    }
}

/// Makes the file, readable by its owner alone, unless it is there: whoever made it chose its mode.
fn create_private(file: &Path) -> Result<(), OpenError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OpenError::Folder(file.display().to_string(), error)),
    }
}

/// SQLite would open such a file for reading and fail at the first write.
fn is_marked_read_only(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().readonly())
}
