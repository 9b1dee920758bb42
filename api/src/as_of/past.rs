//! A program that answers as of an earlier moment, out of a replay of the log up to there. Nothing can
//! be changed by it. Who asks, and what is written down of it, is the present's.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use muniment_projections::{Leaves, ProjectionsError, Replay, queries::erasures_since};
use muniment_store::{
    Clock, index,
    log::{EventLog, LogError, Position},
    sql::{Database, Transaction, scratch_database},
};

use super::AsOf;
use crate::app::{App, Parts, StartError};

/// Events about a person read at once.
const PAGE: u32 = 1_000;
/// How often erasures are looked for at most, however fast the log grows.
const PAUSE: Duration = Duration::from_millis(100);

/// What an [`App`] that looks back knows of.
#[derive(Debug)]
pub struct Past {
    pub at: AsOf,
    /// The program beside it that is of today.
    pub present: Arc<App>,
}

/// It is still then.
#[derive(Debug, Clone, Copy)]
pub struct Still(i64);

impl Clock for Still {
    fn now(&self) -> i64 {
        self.0
    }
}

impl Past {
    pub fn clock(&self) -> Still {
        Still(self.at.time.unwrap_or_default())
    }
}

/// How far the making of one has come.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    Replaying(Position),
    /// What events are found by.
    Indexing(Position),
}

#[derive(Debug, thiserror::Error)]
pub enum LookBackError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Projections(#[from] ProjectionsError),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Replays the log up to a moment into a database without a name, and puts a program together that
/// answers from it.
pub async fn look_back(
    present: &Arc<App>,
    parts: Parts,
    at: AsOf,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Arc<App>, LookBackError> {
    let database = scratch_database().await.map_err(ProjectionsError::from)?;
    replay(present, &database, at, &mut progress).await?;
    loop {
        let filled = index::fill(&database).await?;
        progress(Progress::Indexing(filled.position));
        if !filled.more {
            break;
        }
    }
    let past = Past {
        at,
        present: present.clone(),
    };
    let app = App::looking_back(parts, database, past).await?;
    Erasures::since(at.position).take_out(&app).await?;
    Ok(app)
}

async fn replay(
    present: &App,
    database: &Database,
    at: AsOf,
    progress: &mut (impl FnMut(Progress) + Send),
) -> Result<(), LookBackError> {
    let live = Transaction::snapshot(&present.database).await;
    let replay = Replay {
        live: live.map_err(LogError::from)?,
        scratch: database.begin().await.map_err(LogError::from)?,
        to: at.position,
        leaves: Leaves::Everything,
    };
    let mut untaken = None;
    let reached = |position| progress(Progress::Replaying(position));
    let replayed = present
        .projections
        .replay(replay, reached, |finding| {
            untaken.get_or_insert(finding);
        })
        .await?;
    if let Some(finding) = untaken {
        return Err(ProjectionsError::Untaken(finding.to_string()).into());
    }
    replayed.scratch.commit().await.map_err(LogError::from)?;
    Ok(())
}

/// What was erased since the moment, as far as it has been taken out: personal data must not outlast
/// its key.
#[derive(Debug)]
struct Erasures {
    done: Position,
}

impl Erasures {
    const fn since(position: Position) -> Self {
        Self { done: position }
    }

    async fn take_out(&mut self, app: &App) -> Result<(), LookBackError> {
        let Some(Past { at, present }) = &app.past else {
            return Ok(());
        };
        let erasures = erasures_since(&present.database, self.done).await;
        let erasures = erasures.map_err(LogError::from)?;
        let subjects: BTreeSet<_> = erasures
            .iter()
            .map(|(_, erasure)| erasure.subject)
            .collect();
        for subject in subjects {
            let mut after = at.position;
            loop {
                let later = present.log.read_subject(subject, after, PAGE).await?;
                let Some(last) = later.last() else { break };
                after = last.position;
                app.projections.forget(&app.database, &later).await?;
            }
        }
        if let Some((newest, _)) = erasures.last() {
            self.done = *newest;
        }
        Ok(())
    }
}

/// Takes out what is erased while it runs. Ends when the present's log does.
pub async fn follow_erasures(app: &App) {
    let Some(past) = &app.past else { return };
    let mut erasures = Erasures::since(past.at.position);
    let mut tail = past.present.log.tail();
    loop {
        if let Err(error) = erasures.take_out(app).await {
            tracing::warn!(%error, "what was erased could not be taken out yet; trying again");
            tail.mark_changed();
        }
        tokio::time::sleep(PAUSE).await;
        if tail.changed().await.is_err() {
            return;
        }
    }
}
