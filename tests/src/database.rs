//! A database for one test.

use std::path::Path;

use muniment_store::sql::{Database, DatabaseOptions};
use tempfile::TempDir;

#[cfg(feature = "eventstoredb")]
use crate::eventstoredb::EventStore;
use crate::{Backend, postgres::PostgresDatabase};

/// An empty database that is gone when the value is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    uri: String,
    // Dropped in this order: the database before the folder it may be in.
    postgres: Option<PostgresDatabase>,
    #[cfg(feature = "eventstoredb")]
    event_store: Option<EventStore>,
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
            #[cfg(feature = "eventstoredb")]
            Backend::EventStoreDb => None,
        };
        #[cfg(feature = "eventstoredb")]
        let event_store = match backend {
            Backend::EventStoreDb => Some(EventStore::start().await),
            Backend::Sqlite | Backend::Postgres => None,
        };
        let uri = match &postgres {
            Some(postgres) => postgres.uri().to_owned(),
            None => format!("sqlite://{}", folder.path().join("muniment.db").display()),
        };
        Self {
            uri,
            postgres,
            #[cfg(feature = "eventstoredb")]
            event_store,
            folder,
        }
    }

    #[must_use]
    pub const fn backend(&self) -> Backend {
        #[cfg(feature = "eventstoredb")]
        if self.event_store.is_some() {
            return Backend::EventStoreDb;
        }
        match self.postgres {
            None => Backend::Sqlite,
            Some(_) => Backend::Postgres,
        }
    }

    /// The log of record, if it is not the database.
    #[cfg(feature = "eventstoredb")]
    #[must_use]
    pub const fn event_store(&self) -> Option<&EventStore> {
        self.event_store.as_ref()
    }

    /// As in `database.uri` of the configuration.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The configuration's section about the log of record; empty when it is the database.
    #[must_use]
    pub fn event_store_section(&self) -> String {
        #[cfg(feature = "eventstoredb")]
        if let Some(event_store) = &self.event_store {
            let options = event_store.options();
            return format!(
                "event_store:\n  kind: eventstoredb\n  uri: '{}'\n  stream: '{}'\n",
                options.uri, options.stream
            );
        }
        String::new()
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
