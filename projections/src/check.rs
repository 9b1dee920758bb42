//! Checking the read models against what the events amount to.

use std::collections::HashMap;

use async_trait::async_trait;
use muniment_store::{
    check::{Finding, Findings, ReadModels, compare_table},
    log::{Applied, FollowError, Position},
    sql::{DatabaseError, Transaction},
};

use crate::{
    Projections, Target,
    checkpoint::{Checkpoint, checkpoints},
};

#[async_trait]
impl ReadModels for Projections {
    async fn apply(
        &self,
        scratch: &mut Transaction,
        applied: Applied<'_>,
        findings: &mut Findings,
    ) -> Result<(), DatabaseError> {
        for projection in &self.all {
            // The tables of a scratch database are nobody's: they are as good as live ones.
            let reason = match projection.apply(scratch, Target::Live, applied).await {
                Ok(()) => continue,
                Err(FollowError::Apply { reason, .. }) => reason,
                Err(FollowError::Database(error)) if error.is_violation() => {
                    "there is a row already".to_owned()
                }
                Err(FollowError::Database(error)) => return Err(error),
            };
            findings.add(Finding {
                table: "events".to_owned(),
                place: format!("position {}", applied.record.position),
                column: Some("payload".to_owned()),
                problem: format!("{} cannot take the event: {reason}", projection.name()),
            });
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
        let found: HashMap<String, Checkpoint> = checkpoints(live).await?.into_iter().collect();
        let mut rows = 0;
        for projection in &self.all {
            let name = projection.name();
            let mut add = |table: &str, column: &str, problem: String| {
                findings.add(Finding {
                    table: table.to_owned(),
                    place: format!("name {name}"),
                    column: Some(column.to_owned()),
                    problem,
                });
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
                rows += compare_table(scratch, live, table, findings).await?;
            }
        }
        Ok(rows)
    }
}
