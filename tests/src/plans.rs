//! How a database finds what a list is made of.

use sqlx::{Connection, Row, postgres::PgConnection, sqlite::SqliteConnection};

/// The statement that a server on PostgreSQL sent last for a page of this table. It is the same on SQLite.
pub async fn last_page_of(uri: &str, table: &str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect(uri).await?;
    let row = sqlx::query(
        "SELECT query FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND query LIKE 'SELECT %' AND query LIKE '% FROM ' || $1 || ' %' \
         AND query LIKE '% ORDER BY %' ORDER BY query_start DESC LIMIT 1",
    )
    .bind(table)
    .fetch_one(&mut connection)
    .await?;
    row.try_get(0)
}

/// The plan for a statement with these parameters, as SQL has them, and what came of it.
pub async fn of_postgres(
    uri: &str,
    statement: &str,
    parameters: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    let explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)";
    let execute = format!("EXECUTE page({})", parameters.join(", "));
    let prepare = format!("PREPARE page AS {statement}");
    prepared(uri, &[&prepare], &format!("{explain} {execute}")).await
}

/// The plan for whatever parameters, if the table were so long that reading all of it, or sorting, is
/// out of the question.
pub async fn of_postgres_for_a_long_list(
    uri: &str,
    statement: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let count = (1..1000)
        .take_while(|number| statement.contains(&format!("${number}")))
        .count();
    let settings = [
        "SET enable_seqscan = off",
        "SET enable_sort = off",
        "SET enable_bitmapscan = off",
        "SET plan_cache_mode = force_generic_plan",
        &format!("PREPARE page AS {statement}"),
    ];
    let execute = vec!["NULL"; count].join(", ");
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE page({execute})");
    prepared(uri, &settings, &explain).await
}

async fn prepared(uri: &str, first: &[&str], explain: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut connection = PgConnection::connect(uri).await?;
    for statement in first {
        sqlx::raw_sql(statement).execute(&mut connection).await?;
    }
    let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

pub async fn of_sqlite(uri: &str, statement: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut connection = SqliteConnection::connect(uri).await?;
    let explain = format!("EXPLAIN QUERY PLAN {statement}");
    let rows = sqlx::query(&explain).fetch_all(&mut connection).await?;
    rows.iter().map(|row| row.try_get("detail")).collect()
}
