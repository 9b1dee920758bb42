//! Pages of the events that a filter asks for, in the order of the log.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{EventFilter, facets::Facet, fill::state, time::last_before};
use crate::{
    log::{
        LogError, Position, RecordedEvent, events_query, fetch_events, read_all, read_head, signed,
    },
    sql::{Database, DatabaseError, Query, query},
};

/// Events not indexed yet that are looked at one by one. The index is seldom a second behind.
const UNINDEXED: u64 = 10_000;
/// Events read at once.
const PAGE: u32 = 1_000;
/// How far the events of each condition are counted, to begin with the rarest: further where there are
/// so many of all. Whatever leads is gone through to its end if nothing fits.
const COUNTED: [i64; 2] = [1_000, 5_000];

/// Which of the events are wanted; both bounds are exclusive.
#[derive(Debug, Clone, Copy)]
pub struct EventPage {
    pub after: Option<Position>,
    pub before: Option<Position>,
    /// The newest of the range instead of the oldest.
    pub backward: bool,
    pub limit: u32,
}

/// A page, in the order of the log.
#[derive(Debug, Clone, Default)]
pub struct FoundEvents {
    pub events: Vec<RecordedEvent>,
    /// Whether there are others beyond the page, in its direction.
    pub has_more: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the metadata at position {position} is not readable: {source}")]
    Metadata {
        position: Position,
        source: serde_json::Error,
    },
    /// It is made anew, or was never made: for a while, conditions can't be looked up.
    #[error("the events are being indexed: {position} of {head} are done; try again later")]
    Behind { position: Position, head: Position },
}

impl From<DatabaseError> for FindError {
    fn from(error: DatabaseError) -> Self {
        Self::Log(error.into())
    }
}

/// An event by its id.
pub async fn event(database: &Database, id: Uuid) -> Result<Option<RecordedEvent>, LogError> {
    let found = events_query().push_with("WHERE event_id = {}", id);
    Ok(fetch_events(database, found).await?.pop())
}

/// The page of the events that the filter asks for. What is in the log is found, indexed or not.
pub async fn find(
    database: &Database,
    filter: &EventFilter,
    page: EventPage,
) -> Result<FoundEvents, FindError> {
    let span = Span::of(database, filter, page).await?;
    if span.is_empty() {
        return Ok(FoundEvents::default());
    }
    if !filter.needs_index() {
        let events = fetch_events(database, span.scan(filter)).await?;
        return Ok(span.cut(events));
    }
    let indexed = state(database).await?;
    let head = read_head(database).await?;
    if head.saturating_sub(indexed) > UNINDEXED {
        // One person's events are few enough to be gone through.
        if filter.subject.is_some()
            && filter.groups().len() == usize::from(!filter.types.is_empty())
        {
            let events = fetch_events(database, span.scan(filter)).await?;
            return Ok(span.cut(events));
        }
        return Err(FindError::Behind {
            position: indexed,
            head,
        });
    }
    let mut found = BTreeMap::new();
    let newer = span.above(indexed);
    if span.backward {
        newer.unindexed(database, filter, head, &mut found).await?;
        if (found.len() as u64) < span.wanted {
            span.indexed(database, filter, &mut found).await?;
        }
    } else {
        span.indexed(database, filter, &mut found).await?;
        if (found.len() as u64) < span.wanted {
            newer.unindexed(database, filter, head, &mut found).await?;
        }
    }
    let mut events: Vec<RecordedEvent> = found.into_values().collect();
    if span.backward {
        events.reverse();
    }
    Ok(span.cut(events))
}

/// A part of the log, and how many events of it are wanted from which end: one more than the page has.
#[derive(Debug, Clone, Copy)]
struct Span {
    low: Position,
    high: Position,
    backward: bool,
    wanted: u64,
}

impl Span {
    async fn of(
        database: &Database,
        filter: &EventFilter,
        page: EventPage,
    ) -> Result<Self, LogError> {
        let mut span = Self {
            low: page.after.unwrap_or(0),
            high: page.before.unwrap_or(i64::MAX.unsigned_abs()),
            backward: page.backward,
            wanted: u64::from(page.limit) + 1,
        };
        if let Some(since) = filter.since {
            span.low = span.low.max(last_before(database, since).await?);
        }
        if let Some(until) = filter.until {
            span.high = span.high.min(last_before(database, until).await? + 1);
        }
        Ok(span)
    }

    const fn is_empty(self) -> bool {
        self.high <= self.low.saturating_add(1)
    }

    fn above(self, position: Position) -> Self {
        Self {
            low: self.low.max(position),
            ..self
        }
    }

    /// The page of events that stand in the span's direction.
    fn cut(self, mut events: Vec<RecordedEvent>) -> FoundEvents {
        let limit = usize::try_from(self.wanted - 1).unwrap_or(usize::MAX);
        let has_more = events.len() > limit;
        events.truncate(limit);
        if self.backward {
            events.reverse();
        }
        FoundEvents { events, has_more }
    }

    fn bound<'q>(self, statement: Query<'q>, column: &str) -> Query<'q> {
        statement
            .push_with(&format!(" AND {column} > {{}}"), signed(self.low))
            .push_with(&format!(" AND {column} < {{}}"), signed(self.high))
    }

    fn end<'q>(self, statement: Query<'q>, column: &str) -> Query<'q> {
        let direction = if self.backward { " DESC" } else { "" };
        statement
            .push(&format!(" ORDER BY {column}{direction}"))
            .push_with(" LIMIT {}", signed(self.wanted))
    }

    /// Goes through the log, or through one person's part of it.
    fn scan(self, filter: &EventFilter) -> Query<'static> {
        let mut statement = events_query().push("WHERE 1 = 1");
        if let Some(subject) = filter.subject {
            statement = statement.push_with(" AND subject = {}", subject);
        }
        if !filter.types.is_empty() {
            let types = filter.types.iter().map(String::as_str);
            statement = statement.push(" AND event_type IN ").push_list(types);
        }
        self.end(self.bound(statement, "position"), "position")
    }

    /// Adds what the index does not hold yet.
    async fn unindexed(
        self,
        database: &Database,
        filter: &EventFilter,
        head: Position,
        found: &mut BTreeMap<Position, RecordedEvent>,
    ) -> Result<(), FindError> {
        let mut after = self.low;
        let last = head.min(self.high - 1);
        while after < last {
            let records = read_all(database, after, PAGE).await?;
            let Some(end) = records.last() else { break };
            after = end.position;
            for record in records {
                if record.position <= last && is_wanted(filter, &record)? {
                    found.insert(record.position, record);
                }
            }
        }
        Ok(())
    }

    /// Adds what the index holds.
    async fn indexed(
        self,
        database: &Database,
        filter: &EventFilter,
        found: &mut BTreeMap<Position, RecordedEvent>,
    ) -> Result<(), FindError> {
        let conditions = self.rarest_first(database, filter).await?;
        let rows = database.fetch_all(self.positions(&conditions)).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let positions: Result<Vec<i64>, _> = rows.iter().map(|row| row.get(0)).collect();
        let statement = events_query()
            .push("WHERE position IN ")
            .push_list(positions?);
        for record in fetch_events(database, statement).await? {
            if is_wanted(filter, &record)? {
                found.insert(record.position, record);
            }
        }
        Ok(())
    }

    async fn rarest_first(
        self,
        database: &Database,
        filter: &EventFilter,
    ) -> Result<Vec<Condition>, FindError> {
        let mut conditions: Vec<Condition> =
            filter.groups().into_iter().map(Condition::AnyOf).collect();
        // With types, it is part of those facets.
        if let Some(subject) = filter.subject.filter(|_| filter.types.is_empty()) {
            conditions.push(Condition::Subject(subject));
        }
        if conditions.len() < 2 {
            return Ok(conditions);
        }
        let mut counts = Vec::new();
        for limit in COUNTED {
            counts.clear();
            for condition in &conditions {
                let mut count = 0;
                for statement in condition.counts(self, limit) {
                    count += database.fetch_one(statement).await?.get::<i64, _>(0)?;
                }
                counts.push(count);
            }
            if counts.iter().any(|count| *count < limit) {
                break;
            }
        }
        let mut counted: Vec<_> = counts.into_iter().zip(conditions).collect();
        counted.sort_by_key(|(count, _)| *count);
        Ok(counted
            .into_iter()
            .map(|(_, condition)| condition)
            .collect())
    }

    /// The positions of events for which all conditions hold; the first leads.
    fn positions(self, conditions: &[Condition]) -> Query<'static> {
        let Some((leading, others)) = conditions.split_first() else {
            return query("SELECT position FROM events WHERE 1 = 0");
        };
        let mut statement = query("");
        for (index, part) in leading.parts().into_iter().enumerate() {
            let lead = if index == 0 {
                "SELECT"
            } else {
                " UNION ALL SELECT"
            };
            statement = statement.push(&format!("{lead} position FROM ("));
            statement = self.bound(part.select(statement), "l.position");
            for other in others {
                statement = other.and_holds(statement);
            }
            statement = self.end(statement, "l.position");
            statement = statement.push(&format!(") AS part{index}"));
        }
        self.end(statement, "position")
    }
}

fn is_wanted(filter: &EventFilter, record: &RecordedEvent) -> Result<bool, FindError> {
    let metadata = record.metadata().map_err(|source| FindError::Metadata {
        position: record.position,
        source,
    })?;
    Ok(filter.matches(record, &metadata))
}

/// One condition, as the database looks it up.
enum Condition {
    Subject(Uuid),
    AnyOf(Vec<Facet>),
}

/// What is in one order already.
enum Part {
    Subject(Uuid),
    Facet(Facet),
}

impl Condition {
    fn parts(&self) -> Vec<Part> {
        match self {
            Self::Subject(subject) => vec![Part::Subject(*subject)],
            Self::AnyOf(facets) => facets.iter().copied().map(Part::Facet).collect(),
        }
    }

    /// How many events there are, counted so far as it matters.
    fn counts(&self, span: Span, limit: i64) -> Vec<Query<'static>> {
        self.parts()
            .into_iter()
            .map(|part| {
                let statement = query("SELECT count(*) FROM (");
                span.bound(part.select(statement), "l.position")
                    .push_with(" LIMIT {}) AS counted", limit)
            })
            .collect()
    }

    fn and_holds<'q>(&self, statement: Query<'q>) -> Query<'q> {
        match self {
            Self::Subject(subject) => statement.push_with(
                " AND EXISTS (SELECT 1 FROM events o WHERE o.position = l.position \
                 AND o.subject = {})",
                *subject,
            ),
            Self::AnyOf(facets) => statement
                .push(
                    " AND EXISTS (SELECT 1 FROM event_facets o WHERE o.position = l.position \
                     AND o.facet IN ",
                )
                .push_list(facets.iter().copied())
                .push(")"),
        }
    }
}

impl Part {
    fn select<'q>(&self, statement: Query<'q>) -> Query<'q> {
        match self {
            Self::Subject(subject) => statement.push_with(
                "SELECT l.position FROM events l WHERE l.subject = {}",
                *subject,
            ),
            Self::Facet(facet) => statement.push_with(
                "SELECT l.position FROM event_facets l WHERE l.facet = {}",
                *facet,
            ),
        }
    }
}
