//! A database for one test.

use std::path::Path;

use muniment_store::sql::{Database, DatabaseOptions};
use tempfile::TempDir;

use crate::{Backend, postgres::PostgresDatabase};

/// An empty database that is gone when the value is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    uri: String,
    // Dropped in this order: the database before the folder it may be in.
    postgres: Option<PostgresDatabase>,
    folder: TempDir,
}

impl TestDatabase {
    /// An SQLite file that is made when it is first opened, or a PostgreSQL database on the server
    /// that `MUNIMENT_TEST_POSTGRES` names, migrated already.
    pub async fn new(backend: Backend) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("muniment-test-")
            .tempdir()
            .expect("a temporary folder can be made");
        let postgres = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(PostgresDatabase::create().await),
        };
        let uri = match &postgres {
            Some(postgres) => postgres.uri().to_owned(),
            None => format!("sqlite://{}", folder.path().join("muniment.db").display()),
        };
        Self {
            uri,
            postgres,
            folder,
        }
    }

    #[must_use]
    pub const fn backend(&self) -> Backend {
        match self.postgres {
            None => Backend::Sqlite,
            Some(_) => Backend::Postgres,
        }
    }

    /// As in `database.uri` of the configuration.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// A folder that lives as long as the database, for whatever files the test needs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    #[must_use]
    pub fn options(&self) -> DatabaseOptions {
        DatabaseOptions::new(&self.uri)
    }

    /// Opens it and brings its schema up to date. May be called again, as another process would.
    pub async fn open(&self) -> Database {
        self.options().open().await.expect("the database opens")
    }
}
