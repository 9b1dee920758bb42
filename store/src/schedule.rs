//! When work that comes round again is due, and who does it: one process among several.
//!
//! A run belongs to whoever wins its row, for the length of a lease that the run can prolong. What
//! happens in a run may happen again if its process dies, and so must bear it.

use crate::sql::{Database, DatabaseError, query};

/// The right to run something.
#[derive(Debug)]
pub struct Run {
    name: &'static str,
    until: i64,
}

/// A job's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobState {
    pub name: String,
    /// Microseconds since 1970.
    pub due_at: i64,
    pub leased_until: i64,
    pub last_succeeded_at: Option<i64>,
}

/// Every job that was ever put on the schedule.
pub async fn states(database: &Database) -> Result<Vec<JobState>, DatabaseError> {
    let rows = database
        .fetch_all(query(
            "SELECT name, due_at, leased_until, last_succeeded_at FROM job_runs ORDER BY name",
        ))
        .await?;
    rows.iter()
        .map(|row| {
            Ok(JobState {
                name: row.get("name")?,
                due_at: row.get("due_at")?,
                leased_until: row.get("leased_until")?,
                last_succeeded_at: row.get("last_succeeded_at")?,
            })
        })
        .collect()
}

/// Puts a job on the schedule, unless it is there.
pub async fn announce(database: &Database, name: &str, due_at: i64) -> Result<(), DatabaseError> {
    let statement = query(
        "INSERT INTO job_runs (name, due_at, leased_until) VALUES ($1, $2, 0) \
         ON CONFLICT DO NOTHING",
    )
    .bind(name)
    .bind(due_at);
    database.execute(statement).await.map(|_| ())
}

/// Takes a run that is due; `None` when it is not, or somebody has it.
pub async fn take(
    database: &Database,
    name: &'static str,
    now: i64,
    lease: i64,
) -> Result<Option<Run>, DatabaseError> {
    let until = now + lease;
    let statement = query(
        "UPDATE job_runs SET leased_until = $1 \
         WHERE name = $2 AND due_at <= $3 AND leased_until <= $3",
    )
    .bind(until)
    .bind(name)
    .bind(now);
    let taken = database.execute(statement).await? > 0;
    Ok(taken.then_some(Run { name, until }))
}

impl Run {
    /// Keeps the run for another lease; false when it was lost to somebody else.
    pub async fn prolong(
        &mut self,
        database: &Database,
        now: i64,
        lease: i64,
    ) -> Result<bool, DatabaseError> {
        let until = now + lease;
        let statement =
            query("UPDATE job_runs SET leased_until = $1 WHERE name = $2 AND leased_until = $3")
                .bind(until)
                .bind(self.name)
                .bind(self.until);
        let kept = database.execute(statement).await? > 0;
        if kept {
            self.until = until;
        }
        Ok(kept)
    }

    /// Ends the run, and says when the next one is due.
    pub async fn end(
        self,
        database: &Database,
        due_at: i64,
        succeeded_at: Option<i64>,
    ) -> Result<(), DatabaseError> {
        let statement = query(
            "UPDATE job_runs SET due_at = $1, leased_until = 0, \
             last_succeeded_at = COALESCE($2, last_succeeded_at) \
             WHERE name = $3 AND leased_until = $4",
        )
        .bind(due_at)
        .bind(succeeded_at)
        .bind(self.name)
        .bind(self.until);
        database.execute(statement).await.map(|_| ())
    }
}
