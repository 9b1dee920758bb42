//! Takes items from the outbox and does them, some at a time.

use std::{sync::Arc, time::Duration};

use muniment_store::outbox::{Outcome, Taken};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::{
    metrics::Ended,
    perform::{NotDone, perform},
    scheduled::{JOBS, keep_schedule},
};
use crate::app::App;

/// Items under way at once.
const CONCURRENCY: usize = 4;
/// How often is looked for what other processes have enqueued, and for what is due again.
const POLL: Duration = Duration::from_secs(1);
/// After the database could not be asked.
const PAUSE: Duration = Duration::from_secs(5);
/// For one item; less than its lease.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long items under way may take after the signal to stop. What is cut off is done again once its
/// lease has run out.
const GRACE: Duration = Duration::from_secs(10);
/// How often, and after which pauses, is tried to say what became of an item.
const TELLING: u32 = 5;

/// Works until stopped.
#[derive(Debug)]
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 2],
}

impl Worker {
    pub fn start(app: &Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (outbox, schedule) = (app.clone(), app.clone());
        let stopped_too = stopped.clone();
        Self {
            stop,
            tasks: [
                tokio::spawn(work(outbox, stopped)),
                tokio::spawn(async move { keep_schedule(&schedule, JOBS, stopped_too).await }),
            ],
        }
    }

    /// Takes nothing more and finishes what is under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for mut task in self.tasks {
            if tokio::time::timeout(GRACE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    let mut available = true;
    while !*stop.borrow() {
        let asked = fill(&app, &mut under_way).await;
        match &asked {
            Err(error) if available => {
                tracing::warn!(%error, "the outbox cannot be read; trying again");
            }
            _ => {}
        }
        available = asked.is_ok();
        let pause = if available { POLL } else { PAUSE };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            Some(ended) = under_way.join_next() => note(ended),
            () = app.outbox.woken(), if available && under_way.len() < CONCURRENCY => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    while let Some(ended) = under_way.join_next().await {
        note(ended);
    }
}

/// Takes what is due while there is room.
async fn fill(
    app: &Arc<App>,
    under_way: &mut JoinSet<()>,
) -> Result<(), muniment_store::outbox::OutboxError> {
    while under_way.len() < CONCURRENCY {
        let Some(taken) = app.outbox.take().await? else {
            break;
        };
        let app = app.clone();
        under_way.spawn(async move { do_one(&app, &taken).await });
    }
    Ok(())
}

fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "an effect ended abnormally; it is tried again when its lease ends");
    }
}

pub(super) async fn do_one(app: &App, taken: &Taken) {
    let result = tokio::time::timeout(PATIENCE, perform(app, taken))
        .await
        .unwrap_or_else(|_| Err(NotDone::Later("it took too long".to_owned())));
    let (kind, key, attempt) = (&taken.kind, &taken.key, taken.attempt);
    let (outcome, ended) = match &result {
        Ok(()) => (Outcome::Done, Ended::Done),
        Err(NotDone::Later(error)) => {
            tracing::warn!(
                outbox.kind = kind,
                outbox.key = key,
                outbox.attempt = attempt,
                error,
                "an effect was not done; trying again later"
            );
            (Outcome::Later(error), Ended::Later)
        }
        Err(NotDone::Failed(error)) => {
            tracing::error!(
                outbox.kind = kind,
                outbox.key = key,
                outbox.attempt = attempt,
                error,
                "an effect was not done and is given up"
            );
            (Outcome::Failed(error), Ended::Failed)
        }
    };
    app.jobs.attempted(kind, ended);
    for attempt in 1.. {
        match app.outbox.finish(taken.lease, outcome).await {
            Ok(_) => return,
            Err(error) if attempt == TELLING => {
                tracing::error!(
                    outbox.kind = kind, outbox.key = key, %error,
                    "what became of an effect could not be written; it will be done again"
                );
                return;
            }
            Err(_) => tokio::time::sleep(Duration::from_secs(attempt.into())).await,
        }
    }
}
