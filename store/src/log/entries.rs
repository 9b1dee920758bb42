//! The events table: writing rows and reading them back.

use sqlx::Postgres;
use uuid::Uuid;

use super::{LogError, Metadata, Position, RecordedEvent, StreamId};
use crate::sql::{Database, DatabaseError, Query, Row, Transaction, Value, batches, query};

const COLUMNS: &str = "SELECT position, event_id, aggregate_type, aggregate_id, sequence, \
    event_type, event_version, CAST(payload AS TEXT) AS payload, \
    CAST(metadata AS TEXT) AS metadata, recorded_at, subject, leaf_hash FROM events ";

/// The newest event's position and time; zeros for an empty log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    pub position: Position,
    pub recorded_at: i64,
}

pub(super) fn head_query() -> Query<'static> {
    query("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1")
}

pub(super) fn head_from(row: Option<Row>) -> Result<Head, LogError> {
    row.map_or(Ok(Head::default()), |row| {
        Ok(Head {
            position: unsigned(row.get("position")?, "position")?,
            recorded_at: row.get("recorded_at")?,
        })
    })
}

/// The newest position, as a transaction sees it.
pub async fn head_within(transaction: &mut Transaction) -> Result<Position, DatabaseError> {
    let head: Option<i64> = transaction
        .read_optional(head_query(), |row| row.get("position"))
        .await?;
    Ok(head.and_then(|head| u64::try_from(head).ok()).unwrap_or(0))
}

/// All events; a condition is to follow.
pub fn events_query() -> Query<'static> {
    query(COLUMNS)
}

/// The events of such a query.
pub async fn fetch_events(
    database: &Database,
    condition: Query<'_>,
) -> Result<Vec<RecordedEvent>, LogError> {
    database
        .fetch_all(condition)
        .await?
        .iter()
        .map(record)
        .collect()
}

pub(super) fn stream_query(stream: &StreamId, after: u64, limit: u32) -> Query<'static> {
    query(COLUMNS)
        .push_with("WHERE aggregate_type = {} ", stream.aggregate_type.as_str())
        .push_with("AND aggregate_id = {} ", stream.aggregate_id.as_str())
        .push_with("AND sequence > {} ", signed(after))
        .push_with("ORDER BY sequence LIMIT {}", limit)
}

pub(super) fn subject_query(subject: Uuid, after: Position, limit: u32) -> Query<'static> {
    query(COLUMNS)
        .push_with("WHERE subject = {} ", subject)
        .push_with("AND position > {} ", signed(after))
        .push_with("ORDER BY position LIMIT {}", limit)
}

/// Events above a position, as a transaction sees them: for projections that catch up.
pub async fn read_all_within(
    transaction: &mut Transaction,
    after: Position,
    limit: u32,
) -> Result<Vec<RecordedEvent>, LogError> {
    transaction
        .fetch_all(all_query(after, limit))
        .await?
        .iter()
        .map(record)
        .collect()
}

/// The position of the newest event in any of these streams; 0 when there is none.
pub async fn newest_of(database: &Database, streams: &[StreamId]) -> Result<Position, LogError> {
    let mut newest = 0;
    for stream in streams {
        let last = query("SELECT position FROM events ")
            .push_with("WHERE aggregate_type = {} ", stream.aggregate_type.as_str())
            .push_with("AND aggregate_id = {} ", stream.aggregate_id.as_str())
            .push("ORDER BY sequence DESC LIMIT 1");
        if let Some(row) = database.fetch_optional(last).await? {
            newest = newest.max(unsigned(row.get("position")?, "position")?);
        }
    }
    Ok(newest)
}

/// The leaf hash that is stored at a position; empty if there is none.
#[cfg(feature = "eventstoredb")]
pub(super) async fn leaf_hash_at(
    transaction: &mut Transaction,
    position: Position,
) -> Result<Vec<u8>, DatabaseError> {
    transaction
        .fetch_optional(
            query("SELECT leaf_hash FROM events WHERE position = $1").bind(signed(position)),
        )
        .await?
        .map_or(Ok(Vec::new()), |row| row.get("leaf_hash"))
}

/// Events above a position, outside a transaction.
pub async fn read_all(
    database: &Database,
    after: Position,
    limit: u32,
) -> Result<Vec<RecordedEvent>, LogError> {
    fetch_events(database, all_query(after, limit)).await
}

pub(super) fn all_query(after: Position, limit: u32) -> Query<'static> {
    query(COLUMNS)
        .push_with("WHERE position > {} ", signed(after))
        .push_with("ORDER BY position LIMIT {}", limit)
}

fn record(row: &Row) -> Result<RecordedEvent, LogError> {
    Ok(RecordedEvent {
        position: unsigned(row.get("position")?, "position")?,
        event_id: row.get("event_id")?,
        stream: StreamId {
            aggregate_type: row.get("aggregate_type")?,
            aggregate_id: row.get("aggregate_id")?,
        },
        sequence: unsigned(row.get("sequence")?, "sequence")?,
        event_type: row.get("event_type")?,
        event_version: row.get("event_version")?,
        payload: row.get("payload")?,
        metadata: row.get("metadata")?,
        recorded_at: row.get("recorded_at")?,
        subject: row.get("subject")?,
        leaf_hash: row
            .get::<Vec<u8>, _>("leaf_hash")?
            .try_into()
            .map_err(|_| LogError::Range("leaf_hash"))?,
    })
}

/// The current version of each stream, in the order asked.
pub(super) async fn versions(
    transaction: &mut Transaction,
    streams: &[StreamId],
) -> Result<Vec<u64>, LogError> {
    match transaction {
        Transaction::Sqlite(_) => {
            let mut versions = Vec::with_capacity(streams.len());
            for batch in batches(streams) {
                let rows = batch.iter().zip(0u32..).map(|(stream, place)| {
                    let aggregate_type = stream.aggregate_type.as_str().into();
                    [
                        aggregate_type,
                        stream.aggregate_id.as_str().into(),
                        place.into(),
                    ]
                });
                let statement = query(
                    "SELECT coalesce((SELECT max(sequence) FROM events \
                     WHERE aggregate_type = column1 AND aggregate_id = column2), 0) FROM (VALUES ",
                )
                .push_rows(rows)
                .push(") ORDER BY column3");
                for row in transaction.fetch_all(statement).await? {
                    versions.push(unsigned(row.get(0)?, "sequence")?);
                }
            }
            Ok(versions)
        }
        Transaction::Postgres(tx) => {
            let types: Vec<&str> = streams.iter().map(|s| s.aggregate_type.as_str()).collect();
            let ids: Vec<&str> = streams.iter().map(|s| s.aggregate_id.as_str()).collect();
            sqlx::query_scalar::<Postgres, i64>(
                "SELECT coalesce((SELECT max(e.sequence) FROM events e \
                    WHERE e.aggregate_type = s.t AND e.aggregate_id = s.i), 0) \
                 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS s(t, i, n) ORDER BY s.n",
            )
            .bind(types)
            .bind(ids)
            .fetch_all(&mut **tx)
            .await
            .map_err(DatabaseError::from)?
            .into_iter()
            .map(|version| unsigned(version, "sequence"))
            .collect()
        }
    }
}

/// An event that has been given its place, with what is kept of its metadata in columns.
#[derive(Debug)]
pub(super) struct Placed {
    pub record: RecordedEvent,
    pub metadata: Metadata,
}

pub(super) async fn insert(
    transaction: &mut Transaction,
    placed: &[Placed],
) -> Result<(), DatabaseError> {
    match transaction {
        Transaction::Sqlite(_) => insert_batches(transaction, placed).await,
        Transaction::Postgres(tx) => insert_unnested(tx, placed).await,
    }
}

/// Writes events into another database as they are, with their places.
pub async fn copy(
    transaction: &mut Transaction,
    records: &[RecordedEvent],
) -> Result<(), LogError> {
    let placed = records.iter().map(|record| {
        let metadata = record.metadata().map_err(|_| LogError::Range("metadata"))?;
        let record = record.clone();
        Ok(Placed { record, metadata })
    });
    let placed: Vec<Placed> = placed.collect::<Result<_, LogError>>()?;
    Ok(insert(transaction, &placed).await?)
}

const INSERT: &str = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, \
    event_version, payload, metadata, position, event_id, recorded_at, actor, correlation_id, \
    causation_id, subject, leaf_hash) ";

async fn insert_batches(
    transaction: &mut Transaction,
    placed: &[Placed],
) -> Result<(), DatabaseError> {
    for batch in batches(placed) {
        let statement = query(INSERT).push("VALUES ");
        transaction
            .execute(statement.push_rows(batch.iter().map(row)))
            .await?;
    }
    Ok(())
}

/// The values of [`INSERT`].
fn row(placed: &Placed) -> [Value; 15] {
    let Placed { record, metadata } = placed;
    [
        record.stream.aggregate_type.as_str().into(),
        record.stream.aggregate_id.as_str().into(),
        signed(record.sequence).into(),
        record.event_type.as_str().into(),
        record.event_version.as_str().into(),
        record.payload.as_str().into(),
        record.metadata.as_str().into(),
        signed(record.position).into(),
        record.event_id.into(),
        record.recorded_at.into(),
        metadata.actor.as_str().into(),
        metadata.correlation_id.into(),
        metadata.causation_id.into(),
        record.subject.into(),
        record.leaf_hash.as_slice().into(),
    ]
}

async fn insert_unnested(
    tx: &mut sqlx::Transaction<'static, Postgres>,
    placed: &[Placed],
) -> Result<(), DatabaseError> {
    let statement = sqlx::query(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload, metadata, position, event_id, recorded_at, actor, correlation_id, causation_id, \
         subject, leaf_hash) \
         SELECT t, i, s, et, ev, p::json, m::json, pos, id, at, a, co, ca, su, l \
         FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], \
         $7::text[], $8::int8[], $9::uuid[], $10::int8[], $11::text[], $12::uuid[], $13::uuid[], \
         $14::uuid[], $15::bytea[]) \
         AS n(t, i, s, et, ev, p, m, pos, id, at, a, co, ca, su, l)",
    );
    bind_columns(statement, placed).execute(&mut **tx).await?;
    Ok(())
}

/// What a batch took for granted when it worked out its places.
#[derive(Debug)]
pub(super) struct Assumed<'a> {
    pub head: Position,
    pub versions: &'a [(StreamId, u64)],
    /// Values that nobody may hold.
    pub free: &'a [(&'static str, [u8; 32])],
}

/// Inserts the events, and on PostgreSQL announces them, if all that was assumed is so; otherwise
/// does nothing and answers `false`.
///
/// On SQLite, where a statement costs little, only for a lone event; for more there is nothing to
/// be won.
pub(super) async fn insert_unless_moved(
    transaction: &mut Transaction,
    assumed: &Assumed<'_>,
    placed: &[Placed],
) -> Result<bool, DatabaseError> {
    match (transaction, placed) {
        (Transaction::Postgres(tx), _) => insert_unless_moved_postgres(tx, assumed, placed).await,
        (sqlite @ Transaction::Sqlite(_), [lone]) => {
            insert_unless_moved_sqlite(sqlite, assumed, lone).await
        }
        (Transaction::Sqlite(_), _) => Ok(false),
    }
}

async fn insert_unless_moved_sqlite(
    transaction: &mut Transaction,
    assumed: &Assumed<'_>,
    lone: &Placed,
) -> Result<bool, DatabaseError> {
    let mut statement = query(INSERT)
        .push("SELECT * FROM (VALUES ")
        .push_rows([row(lone)])
        .push_with(
            ") WHERE coalesce((SELECT max(position) FROM events), 0) = {}",
            signed(assumed.head),
        );
    for (stream, version) in assumed.versions {
        statement = statement
            .push_with(
                " AND coalesce((SELECT max(sequence) FROM events WHERE aggregate_type = {}",
                stream.aggregate_type.as_str(),
            )
            .push_with(" AND aggregate_id = {}), 0)", stream.aggregate_id.as_str())
            .push_with(" = {}", signed(*version));
    }
    for (kind, digest) in assumed.free {
        statement = statement
            .push_with(
                " AND NOT EXISTS (SELECT 1 FROM claims WHERE kind = {}",
                *kind,
            )
            .push_with(" AND digest = {})", digest.as_slice());
    }
    Ok(transaction.execute(statement).await? == 1)
}

async fn insert_unless_moved_postgres(
    tx: &mut sqlx::Transaction<'static, Postgres>,
    assumed: &Assumed<'_>,
    placed: &[Placed],
) -> Result<bool, DatabaseError> {
    let versions = assumed.versions;
    let statement = sqlx::query(
        "SELECT append_events_unless_moved($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
         $13, $14, $15, $16, $17, $18, $19, $20, $21)",
    )
    .bind(signed(assumed.head))
    .bind(column(versions, |(stream, _)| {
        stream.aggregate_type.as_str()
    }))
    .bind(column(versions, |(stream, _)| stream.aggregate_id.as_str()))
    .bind(column(versions, |(_, version)| signed(*version)))
    .bind(column(assumed.free, |(kind, _)| *kind))
    .bind(column(assumed.free, |(_, digest)| digest.as_slice()));
    let row = bind_columns(statement, placed).fetch_one(&mut **tx).await?;
    Ok(sqlx::Row::try_get(&row, 0)?)
}

type PgQuery<'q> = sqlx::query::Query<'q, Postgres, sqlx::postgres::PgArguments>;

/// The events' columns as arrays, in the order of the statements above.
fn bind_columns<'q>(statement: PgQuery<'q>, placed: &'q [Placed]) -> PgQuery<'q> {
    statement
        .bind(column(placed, |p| p.record.stream.aggregate_type.as_str()))
        .bind(column(placed, |p| p.record.stream.aggregate_id.as_str()))
        .bind(column(placed, |p| signed(p.record.sequence)))
        .bind(column(placed, |p| p.record.event_type.as_str()))
        .bind(column(placed, |p| p.record.event_version.as_str()))
        .bind(column(placed, |p| p.record.payload.as_str()))
        .bind(column(placed, |p| p.record.metadata.as_str()))
        .bind(column(placed, |p| signed(p.record.position)))
        .bind(column(placed, |p| p.record.event_id))
        .bind(column(placed, |p| p.record.recorded_at))
        .bind(column(placed, |p| p.metadata.actor.as_str()))
        .bind(column(placed, |p| p.metadata.correlation_id))
        .bind(column(placed, |p| p.metadata.causation_id))
        .bind(column(placed, |p| p.record.subject))
        .bind(column(placed, |p| p.record.leaf_hash.as_slice()))
}

fn column<'a, S, T>(rows: &'a [S], value: impl Fn(&'a S) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

pub(crate) fn unsigned(value: i64, column: &'static str) -> Result<u64, LogError> {
    u64::try_from(value).map_err(|_| LogError::Range(column))
}

/// Positions and sequences count events one by one and never come near 2^63.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
