//! The bare database: one insert a transaction, into one table with the log's two unique keys; and
//! cqrs-es's own PostgreSQL store.

use std::{sync::Arc, time::Duration};

use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use muniment_domain::Oauth2Session;
use postgres_es::PostgresEventRepository;
use sqlx::{PgPool, SqlitePool, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};
use uuid::Uuid;

use crate::{
    Result,
    measure::{Measured, measure},
    ours::{Scratch, Servers, ids, payload},
};

const INSERT: &str = "INSERT INTO bare (aggregate_type, aggregate_id, sequence, event_type, \
    event_version, payload, metadata, event_id) VALUES ($1, $2, 1, $3, $4, $5, $6, $7)";

/// One insert a transaction, each writer on a connection of its own.
pub async fn postgres(servers: &Servers, writers: usize, time: Duration) -> Result<Measured> {
    let scratch = Scratch::postgres(servers).await?;
    let pool = pool(&scratch.uri, writers).await?;
    sqlx::raw_sql(
        "CREATE TABLE bare (aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
         sequence bigint NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
         payload json NOT NULL, metadata json NOT NULL, event_id uuid NOT NULL UNIQUE, \
         PRIMARY KEY (aggregate_type, aggregate_id, sequence))",
    )
    .execute(&pool)
    .await?;
    let insert = INSERT.replace("$5, $6", "$5::text::json, $6::text::json");
    let measured = measure(writers, time, |_| {
        let (pool, insert) = (pool.clone(), insert.clone());
        move || {
            let (pool, insert) = (pool.clone(), insert.clone());
            async move {
                sqlx::query(&insert)
                    .bind("oauth2_session")
                    .bind(ids().event_id().to_string())
                    .bind("oauth2_session.started")
                    .bind("1")
                    .bind(payload())
                    .bind(METADATA)
                    .bind(ids().event_id())
                    .execute(&pool)
                    .await?;
                Ok(())
            }
        }
    })
    .await?;
    pool.close().await;
    scratch.drop().await?;
    Ok(measured)
}

/// As long as ours.
const METADATA: &str = r#"{"actor":"client:01JZZZZZZZZZZZZZZZZZZZADMN","client":"01JZZZZZZZZZZZZZZZZZZZADMN","correlation_id":"01a20c89-a597-7600-99fe-8e81c86faaf2"}"#;

/// cqrs-es's own store: appends without positions, hashes, claims or read models.
pub async fn postgres_es(servers: &Servers, writers: usize, time: Duration) -> Result<Measured> {
    let scratch = Scratch::postgres(servers).await?;
    let pool = pool(&scratch.uri, writers).await?;
    sqlx::raw_sql(
        "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
         sequence bigint NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
         payload json NOT NULL, metadata json NOT NULL, \
         timestamp timestamptz DEFAULT CURRENT_TIMESTAMP, \
         PRIMARY KEY (aggregate_type, aggregate_id, sequence))",
    )
    .execute(&pool)
    .await?;
    let repository = Arc::new(PostgresEventRepository::new(pool.clone()));
    let body: serde_json::Value = serde_json::from_str(&payload())?;
    let measured = measure(writers, time, |_| {
        let (repository, body) = (repository.clone(), body.clone());
        move || {
            let (repository, body) = (repository.clone(), body.clone());
            async move {
                let event = SerializedEvent::new(
                    ids().event_id().to_string(),
                    1,
                    "oauth2_session".to_owned(),
                    "oauth2_session.started".to_owned(),
                    "1".to_owned(),
                    body,
                    serde_json::json!({}),
                );
                repository.persist::<Oauth2Session>(&[event], None).await?;
                Ok(())
            }
        }
    })
    .await?;
    pool.close().await;
    scratch.drop().await?;
    Ok(measured)
}

/// One insert a transaction at synchronous=FULL; SQLite has one writer, however many wait for it.
pub async fn sqlite(servers: &Servers, writers: usize, time: Duration) -> Result<Measured> {
    let scratch = Scratch::sqlite(servers)?;
    let options = scratch
        .uri
        .parse::<sqlx::sqlite::SqliteConnectOptions>()?
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let pool: SqlitePool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    sqlx::raw_sql(
        "CREATE TABLE bare (aggregate_type TEXT NOT NULL, aggregate_id TEXT NOT NULL, \
         sequence INTEGER NOT NULL, event_type TEXT NOT NULL, event_version TEXT NOT NULL, \
         payload TEXT NOT NULL, metadata TEXT NOT NULL, event_id BLOB NOT NULL UNIQUE, \
         PRIMARY KEY (aggregate_type, aggregate_id, sequence))",
    )
    .execute(&pool)
    .await?;
    let measured = measure(writers, time, |_| {
        let pool = pool.clone();
        move || {
            let pool = pool.clone();
            async move {
                let id: Uuid = ids().event_id();
                sqlx::query(INSERT)
                    .bind("oauth2_session")
                    .bind(ids().event_id().to_string())
                    .bind("oauth2_session.started")
                    .bind("1")
                    .bind(payload())
                    .bind(METADATA)
                    .bind(id)
                    .execute(&pool)
                    .await?;
                Ok(())
            }
        }
    })
    .await?;
    pool.close().await;
    scratch.drop().await?;
    Ok(measured)
}

async fn pool(uri: &str, writers: usize) -> Result<PgPool> {
    let connections = u32::try_from(writers)?;
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .test_before_acquire(false)
        .min_connections(connections)
        .connect(uri)
        .await?)
}
