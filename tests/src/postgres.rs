//! Databases on a PostgreSQL server, copied from a template that has the schema already.
//!
//! Any number of test processes may do this at once: the template is made by one of them, under a
//! name that changes with the migrations, and is visible only when it is complete.

use std::str::FromStr;

use muniment_store::sql::DatabaseOptions;
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use url::Url;

const VARIABLE: &str = "MUNIMENT_TEST_POSTGRES";
const MISSING: &str = "run the tests with `cargo xtask test`, or set MUNIMENT_TEST_POSTGRES to a \
                       PostgreSQL server on which databases may be created";
/// Held on the server while the template is made.
const TEMPLATE_LOCK: i64 = 5_500_838_862_418;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/postgres");

#[derive(Debug)]
pub(crate) struct PostgresDatabase {
    server: PgConnectOptions,
    name: String,
    uri: String,
}

impl PostgresDatabase {
    pub(crate) async fn create() -> Self {
        let server_uri = std::env::var(VARIABLE).unwrap_or_else(|_| panic!("{MISSING}"));
        let server = PgConnectOptions::from_str(&server_uri)
            .unwrap_or_else(|error| panic!("{VARIABLE} is not a PostgreSQL URI: {error}"))
            .disable_statement_logging();
        let mut connection = PgConnection::connect_with(&server)
            .await
            .unwrap_or_else(|error| panic!("{VARIABLE} cannot be reached: {error}"));
        let template = template(&mut connection, &server_uri).await;
        let name = format!("muniment_test_{}", random_hex());
        execute(
            &mut connection,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        let uri = sibling(&server_uri, &name);
        Self { server, name, uri }
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }
}

impl Drop for PostgresDatabase {
    /// Best effort: what is left over goes with the server.
    fn drop(&mut self) {
        let server = self.server.clone();
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The runtime of the test may be this thread's, and may be shutting down.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&server).await.ok()?;
                connection.execute(statement.as_str()).await.ok()
            })
        });
        drop(dropping.join());
    }
}

/// The name of the template, made now unless it is there.
async fn template(connection: &mut PgConnection, server_uri: &str) -> String {
    let name = format!("muniment_test_template_{}", fingerprint());
    if exists(connection, &name).await {
        return name;
    }
    execute(
        connection,
        &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"),
    )
    .await;
    if !exists(connection, &name).await {
        let unfinished = format!("{name}_unfinished");
        for statement in [
            format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
            format!("CREATE DATABASE {unfinished}"),
        ] {
            execute(connection, &statement).await;
        }
        DatabaseOptions::new(sibling(server_uri, &unfinished))
            .open()
            .await
            .expect("the template can be migrated")
            .close()
            .await;
        for statement in [
            // A template that somebody is connected to cannot be copied.
            format!("ALTER DATABASE {unfinished} WITH ALLOW_CONNECTIONS false"),
            format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
        ] {
            execute(connection, &statement).await;
        }
    }
    execute(
        connection,
        &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"),
    )
    .await;
    name
}

async fn exists(connection: &mut PgConnection, database: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(database)
        .fetch_one(connection)
        .await
        .expect("the server lists its databases")
}

async fn execute(connection: &mut PgConnection, statement: &str) {
    if let Err(error) = connection.execute(statement).await {
        panic!("the server named by {VARIABLE} refused `{statement}`: {error}");
    }
}

/// The URI of another database on the same server.
fn sibling(server_uri: &str, database: &str) -> String {
    let mut uri = Url::parse(server_uri).expect("parsed before");
    uri.set_path(database);
    uri.into()
}

/// Differs whenever a migration does.
fn fingerprint() -> String {
    let mut hasher = Sha256::new();
    for migration in MIGRATIONS.iter() {
        hasher.update(migration.version.to_be_bytes());
        hasher.update(&migration.checksum);
    }
    hex::encode(&hasher.finalize()[..8])
}

fn random_hex() -> String {
    let mut bytes = [0u8; 12];
    OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the operating system has randomness");
    hex::encode(bytes)
}
