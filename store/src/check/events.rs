//! Walking through the log: each event by itself, beside its neighbours, and what it leads to.

use muniment_domain::Event;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Check, CheckError, Finding, Findings, PAGE, Report, claims, erasures,
    index::Index,
    is_outage, passwords,
    stored::{self, Stored},
    streams::Streams,
    tokens,
    tree::Tree,
};
use crate::{
    log::{Applied, Metadata, Position, leaf_hash},
    sql::{DatabaseError, Transaction, query},
    tree::Hash,
};

/// What the next event is measured by.
struct Neighbour {
    position: i64,
    recorded_at: i64,
}

/// Reads every event, reports what is wrong with it, and works out in `scratch` what all amount to.
pub(super) async fn check(
    check: &Check<'_>,
    live: &mut Transaction,
    scratch: &mut Transaction,
    report: &mut Report,
    progress: &mut (dyn FnMut(Position, Position) + Send),
) -> Result<(), CheckError> {
    let head = head(live).await?;
    report.head = u64::try_from(head).unwrap_or_default();
    let mut streams = Streams::prepare(scratch).await?;
    claims::prepare(scratch).await?;
    passwords::prepare(scratch).await?;
    erasures::prepare(scratch).await?;
    tokens::prepare(scratch).await?;
    let mut tree = Tree::prepare(live, check.audit_key).await?;
    let mut index = Index::prepare(live).await?;
    let mut last = Neighbour {
        position: 0,
        recorded_at: i64::MIN,
    };
    let mut after = None;
    loop {
        let page = stored::page(live, after, PAGE).await?;
        for row in &page {
            let position = row.position;
            after = Some(position);
            report.events += 1;
            density(position, &mut last, &mut report.findings);
            match &row.read {
                Ok(stored) => {
                    let leaf = leaf_hash(&stored.record);
                    alone(stored, leaf, &mut last, &mut report.findings);
                    tree.take(live, stored.record.position, leaf, &mut report.findings)
                        .await?;
                    index.take(&stored.record);
                    streams
                        .check(scratch, &stored.record, &mut report.findings)
                        .await?;
                    meaning(check, scratch, stored, &mut report.findings).await?;
                }
                Err(column) => report.findings.add(Finding::of_event(
                    position,
                    column,
                    format!("{column} is not readable"),
                )),
            }
        }
        streams.rest(scratch).await?;
        tree.compare_nodes(live, &mut report.findings).await?;
        progress(
            u64::try_from(last.position).unwrap_or_default(),
            report.head,
        );
        if page.len() < PAGE as usize {
            break;
        }
    }
    report.checkpoints = tree.finish(live, report.head, &mut report.findings).await?;
    index.compare(live, &mut report.findings).await?;
    report.streams = Streams::count(scratch).await?;
    repeated_ids(live, &mut report.findings).await?;
    Ok(())
}

async fn head(live: &mut Transaction) -> Result<i64, DatabaseError> {
    let row = live
        .fetch_optional(query("SELECT coalesce(max(position), 0) FROM events"))
        .await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Positions are 1, 2, 3 …
fn density(position: i64, last: &mut Neighbour, findings: &mut Findings) {
    let next = last.position + 1;
    let problem = match position - next {
        0 => None,
        1 => Some((next, format!("the event is missing, {position} follows"))),
        2.. => Some((
            next,
            format!("this event and those up to {} are missing", position - 1),
        )),
        _ => Some((position, "the log begins at 1".to_owned())),
    };
    if let Some((at, problem)) = problem {
        findings.add(Finding::of_event(at, "position", problem));
    }
    last.position = position.max(last.position);
}

/// What an event's own columns say of each other, and the time of the one before.
fn alone(stored: &Stored, leaf: Hash, last: &mut Neighbour, findings: &mut Findings) {
    let record = &stored.record;
    let position = i64::try_from(record.position).unwrap_or(i64::MAX);
    let mut add = |column: &str, problem: &str| {
        findings.add(Finding::of_event(position, column, problem));
    };
    if record.recorded_at < last.recorded_at {
        add(
            "recorded_at",
            "recorded_at is before that of the event before",
        );
    }
    last.recorded_at = record.recorded_at.max(last.recorded_at);
    if leaf != record.leaf_hash {
        add("leaf_hash", "leaf hash differs from the stored bytes");
    }
    let Ok(raw) = serde_json::from_str::<Value>(&record.metadata) else {
        add("metadata", "metadata is not JSON");
        return;
    };
    // What a foreign program's metadata does not say, the database has filled in.
    let foreign_correlation = raw.get("correlation_id").is_none();
    let Ok(metadata) = serde_json::from_value::<Metadata>(raw) else {
        add("metadata", "metadata is not what it should be");
        return;
    };
    let correlation_id = if foreign_correlation {
        record.event_id
    } else {
        metadata.correlation_id
    };
    if metadata.actor != stored.actor {
        add("actor", "actor differs from the metadata");
    }
    if correlation_id != stored.correlation_id {
        add("correlation_id", "correlation_id differs from the metadata");
    }
    if metadata.causation_id != stored.causation_id {
        add("causation_id", "causation_id differs from the metadata");
    }
}

/// What the event says, and what follows from it.
async fn meaning(
    check: &Check<'_>,
    scratch: &mut Transaction,
    stored: &Stored,
    findings: &mut Findings,
) -> Result<(), CheckError> {
    let record = &stored.record;
    let position = i64::try_from(record.position).unwrap_or(i64::MAX);
    let event = match check.codec.open(record).await {
        Ok(event) => event,
        Err(error) if is_outage(&error) => return Err(CheckError::Codec(error)),
        Err(error) => {
            let problem = format!("the event cannot be read: {error}");
            findings.add(Finding::of_event(position, "payload", problem));
            return Ok(());
        }
    };
    if !is_of_subject(stored, &event) {
        let problem = "subject differs from the payload";
        findings.add(Finding::of_event(position, "subject", problem));
    }
    claims::fold(scratch, check.hasher, &event).await?;
    passwords::fold(scratch, &event, position).await?;
    erasures::fold(scratch, &event).await?;
    tokens::fold(scratch, &event).await?;
    let applied = Applied {
        record,
        event: &event,
    };
    check.read_models.apply(scratch, applied, findings).await?;
    Ok(())
}

/// A foreign program's events name no subject.
fn is_of_subject(stored: &Stored, event: &Event) -> bool {
    let foreign = stored.actor == Metadata::EXTERNAL && stored.record.subject.is_none();
    foreign || stored.record.subject == event.subject()
}

/// The database sees to it that event ids are unique, but a database can be altered.
async fn repeated_ids(
    live: &mut Transaction,
    findings: &mut Findings,
) -> Result<(), DatabaseError> {
    let repeated = query(
        "SELECT event_id, min(position) AS first, max(position) AS last FROM events \
         GROUP BY event_id HAVING count(*) > 1 ORDER BY 2 LIMIT 100",
    );
    for row in live.fetch_all(repeated).await? {
        let id: Uuid = row.get("event_id")?;
        let (first, last): (i64, i64) = (row.get("first")?, row.get("last")?);
        let problem = format!("event_id {id} is also that of position {first}");
        findings.add(Finding::of_event(last, "event_id", problem));
    }
    Ok(())
}
