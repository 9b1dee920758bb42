//! Reads that somebody's rights hang on: whose session this is, whether it goes on, whether an account
//! is locked. They tell what is acknowledged also while a read model is stopped (ADR 11).
//!
//! A read model that is stopped is right about every row of which nothing was said since. What a row
//! of which something was said would be, is worked out from the events that it is made of, by the
//! read model's own code. Where that cannot be done, the answer is an error, never the older row.

use std::{collections::HashMap, sync::Arc};

use cqrs_es::Aggregate;
use muniment_domain::{ClaimKind, Event, User};
use muniment_store::{
    ClaimHasher, KeyError,
    log::{Applied, EventLog, FollowError, LogError, Position, RecordedEvent, StreamId, newest_of},
    owner_by_reference, owners_of,
    sql::{Database, DatabaseError, Query, Row, Transaction, query, scratch},
};
use uuid::Uuid;

use crate::{Projection, Projections, ProjectionsError, Target, follower::apply, queries::push_in};

/// Events of a stream read at once.
const PAGE: u32 = 500;
/// Rows asked for by one statement.
const BATCH: usize = 500;

/// What such reads are asked of.
#[derive(Debug, Clone)]
pub struct Reads {
    database: Database,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) projections: Arc<Projections>,
    hasher: ClaimHasher,
}

/// A row that is made of the events of one aggregate, and of a few others.
pub(crate) trait Standing: Sized + Send {
    /// The type of the aggregate, whose id is the row's.
    const AGGREGATE: &'static str;
    const COLUMNS: &'static str;

    /// Its one table is called as it is.
    fn projection() -> &'static dyn Projection;

    fn read(row: &Row) -> Result<Self, DatabaseError>;

    /// What else has a say in this row: the person whose sessions end with their account.
    fn others(&self) -> Vec<StreamId>;
}

/// `SELECT … FROM table WHERE `, with up to where the read model has come if it is stopped.
fn marked(columns: &str, table: &str) -> Query<'static> {
    let mark = mark(table);
    query(format!("SELECT {columns}, {mark} FROM {table} WHERE "))
}

/// A column that [`taken`] reads.
pub(crate) fn mark(projection: &str) -> String {
    format!(
        "(SELECT COALESCE((SELECT position FROM projections p WHERE p.name = s.name), 0) \
         FROM stopped_projections s WHERE s.name = '{projection}') AS taken_position"
    )
}

/// Up to where the read model has come, if it is stopped.
pub(crate) fn taken(row: &Row) -> Result<Option<Position>, DatabaseError> {
    let position: Option<i64> = row.get("taken_position")?;
    // Written from an unsigned value.
    Ok(position.map(|position| Position::try_from(position).unwrap_or(0)))
}

impl Reads {
    #[must_use]
    pub fn new(
        database: Database,
        log: Arc<dyn EventLog>,
        projections: Arc<Projections>,
        hasher: ClaimHasher,
    ) -> Self {
        Self {
            database,
            log,
            projections,
            hasher,
        }
    }

    /// The same of another database with read models in it.
    pub(crate) fn of(&self, database: Database) -> Self {
        Self {
            database,
            ..self.clone()
        }
    }

    /// For what does not hang on a read model.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Up to where a read model has come, if it is stopped.
    pub(crate) async fn stopped(
        &self,
        projection: &str,
    ) -> Result<Option<Position>, DatabaseError> {
        let found = query(format!("SELECT {}", mark(projection)));
        taken(&self.database.fetch_one(found).await?)
    }

    /// Refuses while one of these read models is stopped: for lists after which something is done
    /// that cannot be undone.
    pub(crate) async fn refuse_stopped(
        &self,
        projections: &[&dyn Projection],
    ) -> Result<(), DatabaseError> {
        for projection in projections {
            let name = projection.name();
            if self.stopped(name).await?.is_some() {
                return Err(DatabaseError::Unknown(format!(
                    "projection {name} is stopped; run `muniment projections rebuild`"
                )));
            }
        }
        Ok(())
    }

    /// The row of an aggregate.
    pub(crate) async fn one<R: Standing>(&self, id: Uuid) -> Result<Option<R>, DatabaseError> {
        let table = R::projection().name();
        let found = marked(R::COLUMNS, table).push_with("id = {}", id);
        match self.database.fetch_optional(found).await? {
            Some(row) => {
                let (live, taken) = (R::read(&row)?, taken(&row)?);
                self.confirmed(id, Some(live), taken).await
            }
            None => self.confirmed(id, None, self.stopped(table).await?).await,
        }
    }

    /// The rows of several aggregates, by their ids; those that there are not are missing.
    pub(crate) async fn many<R: Standing>(
        &self,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, R>, DatabaseError> {
        let table = R::projection().name();
        let (mut found, mut stopped) = (HashMap::with_capacity(ids.len()), None);
        for batch in ids.chunks(BATCH) {
            let rows = marked(R::COLUMNS, table).push("id");
            let rows = self
                .database
                .fetch_all(push_in(rows, batch.to_vec()))
                .await?;
            for row in &rows {
                stopped = stopped.max(taken(row)?);
                found.insert(row.get("id")?, R::read(row)?);
            }
        }
        // Rows that are not there say nothing of the read model.
        if stopped.is_none() && found.len() < ids.len() {
            stopped = self.stopped(table).await?;
        }
        if stopped.is_none() {
            return Ok(found);
        }
        let mut standing = HashMap::with_capacity(ids.len());
        for id in ids {
            let live = found.remove(id);
            if let Some(row) = self.confirmed(*id, live, stopped).await? {
                standing.insert(*id, row);
            }
        }
        Ok(standing)
    }

    /// What the row of an aggregate is, given how its read model has it and where that one stands if
    /// it is stopped.
    pub(crate) async fn confirmed<R: Standing>(
        &self,
        id: Uuid,
        live: Option<R>,
        taken: Option<Position>,
    ) -> Result<Option<R>, DatabaseError> {
        let Some(taken) = taken else { return Ok(live) };
        let own = StreamId::new(R::AGGREGATE, id);
        if let Some(live) = live {
            let mut streams = live.others();
            streams.push(own.clone());
            if self.newest(&streams).await? <= taken {
                return Ok(Some(live));
            }
        }
        self.worked_out(&own, id, Position::MAX)
            .await
            .map_err(|error| unknown(R::projection(), &own, error))
    }

    /// The row of an aggregate as it was when the event at a position was the newest.
    pub(crate) async fn one_at<R: Standing>(
        &self,
        id: Uuid,
        position: Position,
    ) -> Result<Option<R>, DatabaseError> {
        let own = StreamId::new(R::AGGREGATE, id);
        let row = self.worked_out(&own, id, position).await;
        row.map_err(|error| unknown(R::projection(), &own, error))
    }

    async fn worked_out<R: Standing>(
        &self,
        own: &StreamId,
        id: Uuid,
        up_to: Position,
    ) -> Result<Option<R>, ProjectionsError> {
        let mut records = self.stream(own, up_to).await?;
        let Some(began) = records.first().map(|record| record.position) else {
            return Ok(None);
        };
        let mut scratch = scratch().await?;
        scratch.execute(query("SAVEPOINT own")).await?;
        self.replay(&mut scratch, R::projection(), &records).await?;
        let Some(alone) = row_in::<R>(&mut scratch, id).await? else {
            return Ok(None);
        };
        let others = alone.others();
        if others.is_empty() {
            return Ok(Some(alone));
        }
        // Once more, now with what came in between.
        scratch.execute(query("ROLLBACK TO SAVEPOINT own")).await?;
        for other in others {
            let of_other = self.stream(&other, up_to).await?;
            records.extend(
                of_other
                    .into_iter()
                    .filter(|record| record.position > began),
            );
        }
        records.sort_by_key(|record| record.position);
        // Whom several roles name is there several times.
        records.dedup_by_key(|record| record.position);
        self.replay(&mut scratch, R::projection(), &records).await?;
        Ok(row_in(&mut scratch, id).await?)
    }

    /// The rows that a user has in a read model that is made of the events of accounts alone.
    pub(crate) async fn of_user<R>(
        &self,
        projection: &dyn Projection,
        user: Uuid,
        found: Query<'static>,
        read: fn(&Row) -> Result<R, DatabaseError>,
    ) -> Result<Vec<R>, DatabaseError> {
        let rows = self.database.fetch_all(found.clone()).await?;
        if let Some(taken) = self.stopped(projection.name()).await? {
            let own = StreamId::new(User::TYPE, user);
            if self.newest(std::slice::from_ref(&own)).await? > taken {
                return self
                    .rows_worked_out(projection, &own, Position::MAX, found, read)
                    .await
                    .map_err(|error| unknown(projection, &own, error));
            }
        }
        rows.iter().map(read).collect()
    }

    /// The same as it was when the event at a position was the newest.
    pub(crate) async fn of_user_at<R>(
        &self,
        projection: &dyn Projection,
        (user, position): (Uuid, Position),
        found: Query<'static>,
        read: fn(&Row) -> Result<R, DatabaseError>,
    ) -> Result<Vec<R>, DatabaseError> {
        let own = StreamId::new(User::TYPE, user);
        self.rows_worked_out(projection, &own, position, found, read)
            .await
            .map_err(|error| unknown(projection, &own, error))
    }

    async fn rows_worked_out<R>(
        &self,
        projection: &dyn Projection,
        own: &StreamId,
        up_to: Position,
        found: Query<'static>,
        read: fn(&Row) -> Result<R, DatabaseError>,
    ) -> Result<Vec<R>, ProjectionsError> {
        let records = self.stream(own, up_to).await?;
        let mut scratch = scratch().await?;
        self.replay(&mut scratch, projection, &records).await?;
        let rows = scratch.fetch_all(found).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Who holds a value, which is decided with the log and never by a read model.
    pub(crate) async fn owners(
        &self,
        kind: ClaimKind,
        value: &str,
        limit: u32,
    ) -> Result<Vec<Uuid>, DatabaseError> {
        owners_of(&self.database, &self.hasher, kind, value, limit).await
    }

    /// The same, by the id of what claims it.
    pub(crate) async fn owner_by_reference(
        &self,
        kind: ClaimKind,
        reference: Uuid,
    ) -> Result<Option<Uuid>, DatabaseError> {
        owner_by_reference(&self.database, kind, reference).await
    }

    async fn newest(&self, streams: &[StreamId]) -> Result<Position, DatabaseError> {
        newest_of(&self.database, streams)
            .await
            .map_err(|error| match error {
                LogError::Database(error) => error,
                error @ LogError::Range(_) => DatabaseError::Unknown(error.to_string()),
            })
    }

    pub(crate) async fn stream(
        &self,
        stream: &StreamId,
        up_to: Position,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let mut records: Vec<RecordedEvent> = Vec::new();
        loop {
            let after = records.last().map_or(0, |record| record.sequence);
            let mut page = self.log.read_stream(stream, after, PAGE).await?;
            page.retain(|record| record.position <= up_to);
            let is_last = page.len() < PAGE as usize;
            records.extend(page);
            if is_last {
                return Ok(records);
            }
        }
    }

    async fn replay(
        &self,
        scratch: &mut Transaction,
        projection: &dyn Projection,
        records: &[RecordedEvent],
    ) -> Result<(), ProjectionsError> {
        for record in records {
            let event: &Event = &self.projections.open(record).await?;
            let applied = Applied { record, event };
            apply(projection, scratch, Target::Live, applied).await?;
        }
        Ok(())
    }
}

async fn row_in<R: Standing>(
    scratch: &mut Transaction,
    id: Uuid,
) -> Result<Option<R>, DatabaseError> {
    let found = marked(R::COLUMNS, R::projection().name()).push_with("id = {}", id);
    scratch.read_optional(found, R::read).await
}

/// Why a row is not known, which is told to the log here: whoever asks learns that they may try again.
fn unknown(
    projection: &dyn Projection,
    stream: &StreamId,
    error: ProjectionsError,
) -> DatabaseError {
    let name = projection.name();
    let reason = match reason(error) {
        Ok(reason) => reason,
        Err(outage) => return outage,
    };
    tracing::error!(
        projection.name = name,
        stream.id = %stream,
        reason,
        "what the events of {stream} amount to in projection {name} cannot be worked out; who asks is \
         told to try again"
    );
    DatabaseError::Unknown(format!("projection {name} cannot tell, as {reason}"))
}

/// Why something cannot be worked out, unless it is that the database is away.
pub(crate) fn reason(error: ProjectionsError) -> Result<String, DatabaseError> {
    Ok(match error {
        ProjectionsError::Database(error)
        | ProjectionsError::Log(LogError::Database(error))
        | ProjectionsError::Follow(FollowError::Database(error))
        | ProjectionsError::Codec {
            source: muniment_store::CodecError::Key(KeyError::Database(error)),
            ..
        } => return Err(error),
        // Its text may quote what was personal data.
        ProjectionsError::Codec { position, .. } => {
            format!("the event at position {position} cannot be read")
        }
        error => error.to_string(),
    })
}
