//! Checking the read models against what the events amount to.

use std::collections::HashMap;

use async_trait::async_trait;
use muniment_store::{
    check::{Difference, Finding, Findings, ReadModels, compare_table},
    log::{Applied, FollowError, Position},
    sql::{DatabaseError, Transaction},
};

use crate::{
    Projection, Projections, Target,
    checkpoint::{Checkpoint, checkpoints},
};

/// Where a read model and the log do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discrepancy {
    /// The read model as a whole, or an event that it cannot take.
    Model(Finding),
    /// One of its rows.
    Row(Difference),
}

impl From<Discrepancy> for Finding {
    fn from(discrepancy: Discrepancy) -> Self {
        match discrepancy {
            Discrepancy::Model(finding) => finding,
            Discrepancy::Row(difference) => difference.into(),
        }
    }
}

/// A table whose rows were compared with what the events amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparedTable {
    pub table: &'static str,
    /// How many the live one has.
    pub rows: u64,
}

#[async_trait]
impl ReadModels for Projections {
    async fn apply(
        &self,
        scratch: &mut Transaction,
        applied: Applied<'_>,
        findings: &mut Findings,
    ) -> Result<(), DatabaseError> {
        for projection in &self.all {
            if let Some(reason) = take(&**projection, scratch, applied).await? {
                findings.add(untaken(&**projection, applied.record.position, &reason));
            }
        }
        Ok(())
    }

    async fn compare(
        &self,
        scratch: &mut Transaction,
        live: &mut Transaction,
        head: Position,
        findings: &mut Findings,
    ) -> Result<u64, DatabaseError> {
        let compared = self
            .discrepancies(scratch, live, head, |found| findings.add(found.into()))
            .await?;
        Ok(compared.iter().map(|table| table.rows).sum())
    }
}

/// Lets a projection take an event into the tables of a scratch database, which are nobody's: they
/// are as good as live ones. Answers why it cannot.
async fn take(
    projection: &dyn Projection,
    scratch: &mut Transaction,
    applied: Applied<'_>,
) -> Result<Option<String>, DatabaseError> {
    let writes = match projection.writes(Target::Live, applied) {
        Ok(writes) => writes,
        Err(FollowError::Apply { reason, .. }) => return Ok(Some(reason)),
        Err(FollowError::Database(error)) => return Err(error),
    };
    for write in writes {
        let touched = scratch.execute(write.statement).await;
        if let Some(reason) = write.reach.fault(touched)? {
            return Ok(Some(reason));
        }
    }
    Ok(None)
}

/// That a projection cannot take an event.
pub(crate) fn untaken(projection: &dyn Projection, position: Position, reason: &str) -> Finding {
    Finding {
        table: "events".to_owned(),
        place: format!("position {position}"),
        column: Some("payload".to_owned()),
        problem: format!("{} cannot take the event: {reason}", projection.name()),
    }
}

impl Projections {
    /// Compares the rows in `scratch`, into which all events up to `head` were taken, with the live
    /// ones, table by table.
    pub async fn discrepancies(
        &self,
        scratch: &mut Transaction,
        live: &mut Transaction,
        head: Position,
        mut each: impl FnMut(Discrepancy) + Send,
    ) -> Result<Vec<ComparedTable>, DatabaseError> {
        let found: HashMap<String, Checkpoint> = checkpoints(live).await?.into_iter().collect();
        let mut compared = Vec::new();
        for projection in &self.all {
            let name = projection.name();
            let mut add = |table: &str, column: &str, problem: String| {
                each(Discrepancy::Model(Finding {
                    table: table.to_owned(),
                    place: format!("name {name}"),
                    column: Some(column.to_owned()),
                    problem,
                }));
            };
            let at = found.get(name).copied();
            if let Some(position) = at.and_then(|at| at.stopped_at) {
                // Its rows are of an earlier time, of which nothing is known here.
                let problem = format!(
                    "stopped at position {position}, whose event it could not take; run `muniment \
                     projections rebuild`"
                );
                add("stopped_projections", "stopped_at_position", problem);
                continue;
            }
            let position = at.map_or(0, |at| at.position);
            if position != head {
                let problem = format!("stands at position {position}, the log at {head}");
                add("projections", "position", problem);
            }
            if let Some(at) = at
                && at.version != projection.version()
            {
                // Rows of another version need not look like those of this one.
                let problem = format!(
                    "built by version {} of itself, this program has {}",
                    at.version,
                    projection.version()
                );
                add("projections", "version", problem);
                continue;
            }
            for table in projection.tables() {
                let row = |difference| each(Discrepancy::Row(difference));
                let rows = compare_table(scratch, live, table, row).await?;
                compared.push(ComparedTable { table, rows });
            }
        }
        Ok(compared)
    }
}
