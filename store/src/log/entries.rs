//! The events table: writing rows and reading them back.

use sqlx::Postgres;
use uuid::Uuid;

use super::{LogError, Metadata, Position, RecordedEvent, StreamId};
use crate::sql::{Database, DatabaseError, Query, Row, Transaction, query};

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

pub(super) async fn select(
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
            for stream in streams {
                let row = transaction
                    .fetch_optional(
                        query(
                            "SELECT max(sequence) FROM events \
                             WHERE aggregate_type = $1 AND aggregate_id = $2",
                        )
                        .bind(stream.aggregate_type.as_str())
                        .bind(stream.aggregate_id.as_str()),
                    )
                    .await?;
                let version = match row {
                    Some(row) => row.get::<Option<i64>, _>(0)?.unwrap_or(0),
                    None => 0,
                };
                versions.push(unsigned(version, "sequence")?);
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
        Transaction::Sqlite(_) => insert_each(transaction, placed).await,
        Transaction::Postgres(tx) => insert_unnested(tx, placed).await,
    }
}

async fn insert_each(
    transaction: &mut Transaction,
    placed: &[Placed],
) -> Result<(), DatabaseError> {
    for Placed { record, metadata } in placed {
        transaction
            .execute(
                query(
                    "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, \
                     event_version, payload, metadata, position, event_id, recorded_at, actor, \
                     correlation_id, causation_id, subject, leaf_hash) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                )
                .bind(record.stream.aggregate_type.as_str())
                .bind(record.stream.aggregate_id.as_str())
                .bind(signed(record.sequence))
                .bind(record.event_type.as_str())
                .bind(record.event_version.as_str())
                .bind(record.payload.as_str())
                .bind(record.metadata.as_str())
                .bind(signed(record.position))
                .bind(record.event_id)
                .bind(record.recorded_at)
                .bind(metadata.actor.as_str())
                .bind(metadata.correlation_id)
                .bind(metadata.causation_id)
                .bind(record.subject)
                .bind(record.leaf_hash.as_slice()),
            )
            .await?;
    }
    Ok(())
}

async fn insert_unnested(
    tx: &mut sqlx::Transaction<'static, Postgres>,
    placed: &[Placed],
) -> Result<(), DatabaseError> {
    fn column<'a, T>(placed: &'a [Placed], value: impl Fn(&'a Placed) -> T) -> Vec<T> {
        placed.iter().map(value).collect()
    }
    sqlx::query(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload, metadata, position, event_id, recorded_at, actor, correlation_id, causation_id, \
         subject, leaf_hash) \
         SELECT t, i, s, et, ev, p::json, m::json, pos, id, at, a, co, ca, su, l \
         FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], \
         $7::text[], $8::int8[], $9::uuid[], $10::int8[], $11::text[], $12::uuid[], $13::uuid[], \
         $14::uuid[], $15::bytea[]) \
         AS n(t, i, s, et, ev, p, m, pos, id, at, a, co, ca, su, l)",
    )
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
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) fn unsigned(value: i64, column: &'static str) -> Result<u64, LogError> {
    u64::try_from(value).map_err(|_| LogError::Range(column))
}

/// Positions and sequences count events one by one and never come near 2^63.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
