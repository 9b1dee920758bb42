//! Many writes in few messages to the database, for a replay.
//!
//! Writes wait until there are many of them, and are then sorted by their statements. What one write
//! finds is what it would have found in its own turn: each waits for those of the same stream before
//! it, and what reaches other streams' rows for all before it.

use std::collections::HashMap;

use muniment_store::{
    check::Finding,
    log::{Applied, FollowError, Position, StreamId},
    sql::{DatabaseError, Repeated, Transaction, Value},
};

use crate::{
    Projection, Projections, Target,
    check::untaken,
    projection::{Reach, Write},
};

/// The writes of all projections that wait.
pub(crate) struct Batches<'p> {
    projections: &'p Projections,
    waiting: Vec<Batch>,
    repeated: Repeated,
}

impl<'p> Batches<'p> {
    pub fn new(projections: &'p Projections) -> Self {
        Self {
            projections,
            waiting: projections.all.iter().map(|_| Batch::default()).collect(),
            repeated: Repeated::default(),
        }
    }

    /// Takes in what an event leads to; calls `untaken` for every projection that cannot take it.
    pub fn add(
        &mut self,
        applied: Applied<'_>,
        untaken: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<(), DatabaseError> {
        for (projection, batch) in self.projections.all.iter().zip(&mut self.waiting) {
            if let Some(finding) = batch.add(&**projection, applied)? {
                untaken(finding);
            }
        }
        Ok(())
    }

    /// Runs all that waits; calls `untaken` for every event that a projection cannot take.
    pub async fn flush(
        &mut self,
        scratch: &mut Transaction,
        untaken: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<(), DatabaseError> {
        for (projection, batch) in self.projections.all.iter().zip(&mut self.waiting) {
            batch
                .flush(&**projection, scratch, &mut self.repeated, untaken)
                .await?;
        }
        Ok(())
    }
}

/// Those of one projection.
#[derive(Default)]
struct Batch {
    /// To be run one after the other; within one of them, the order does not matter.
    steps: Vec<HashMap<String, Vec<Waiting>>>,
    /// The first step that a stream may write in.
    streams: HashMap<StreamId, usize>,
    /// The first step for streams that have not written yet.
    first: usize,
}

struct Waiting {
    position: Position,
    reach: Reach,
    values: Vec<Value>,
}

impl Batch {
    /// Answers why the projection cannot take the event.
    fn add(
        &mut self,
        projection: &dyn Projection,
        applied: Applied<'_>,
    ) -> Result<Option<Finding>, DatabaseError> {
        let writes = match projection.writes(Target::Live, applied) {
            Ok(writes) => writes,
            Err(FollowError::Apply {
                position, reason, ..
            }) => return Ok(Some(untaken(projection, position, &reason))),
            Err(FollowError::Database(error)) => return Err(error),
        };
        let position = applied.record.position;
        for Write { statement, reach } in writes {
            let step = match reach {
                Reach::Row(_) | Reach::Stream => {
                    let stream = applied.record.stream.clone();
                    let next = self.streams.entry(stream).or_insert(0);
                    let step = self.first.max(*next);
                    *next = step + 1;
                    step
                }
                Reach::Others => {
                    let step = self.steps.len();
                    self.first = step + 1;
                    step
                }
            };
            while self.steps.len() <= step {
                self.steps.push(HashMap::new());
            }
            let (sql, values) = statement.into_parts();
            self.steps[step].entry(sql).or_default().push(Waiting {
                position,
                reach,
                values,
            });
        }
        Ok(None)
    }

    async fn flush(
        &mut self,
        projection: &dyn Projection,
        scratch: &mut Transaction,
        repeated: &mut Repeated,
        each: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<(), DatabaseError> {
        self.streams.clear();
        self.first = 0;
        for step in self.steps.drain(..) {
            for (sql, waiting) in step {
                let (marks, sets): (Vec<_>, Vec<_>) = waiting
                    .into_iter()
                    .map(|one| ((one.position, one.reach), one.values))
                    .unzip();
                let touched = scratch.execute_each(repeated, &sql, &sets).await?;
                for ((position, reach), touched) in marks.into_iter().zip(touched) {
                    if let Some(reason) = reach.fault(touched)? {
                        each(untaken(projection, position, &reason));
                    }
                }
            }
        }
        Ok(())
    }
}
