//! What a server does besides answering, while it runs.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use muniment_store::{
    index,
    log::EventLog,
    tree::{SealError, Step},
};
use tokio::{sync::watch, task::JoinSet};

use crate::{app::App, as_of::follow_erasures, live::follow_log};

const MINUTE: Duration = Duration::from_secs(60);
/// How far the index of events may be behind the log.
const GATHER: Duration = Duration::from_millis(500);

/// The tasks. They are cut off when it is dropped without [`Background::stop`].
#[derive(Debug)]
pub struct Background {
    stopping: watch::Sender<()>,
    tasks: JoinSet<()>,
}

/// Starts everything that runs beside the requests.
pub fn start(app: &Arc<App>) -> Background {
    let (stopping, stopped) = watch::channel(());
    let mut tasks = JoinSet::new();
    tasks.spawn(write_activity(app.clone(), stopped.clone()));
    tasks.spawn(write_graphql_calls(app.clone(), stopped.clone()));
    tasks.spawn(follow_policy(app.clone(), stopped.clone()));
    tasks.spawn(follow_signing_keys(app.clone(), stopped.clone()));
    tasks.spawn(report_failures(app.clone(), stopped.clone()));
    tasks.spawn(tell_followers(app.clone(), stopped.clone()));
    tasks.spawn(index_events(app.clone(), stopped.clone()));
    tasks.spawn(seal_log(app.clone(), stopped.clone()));
    tasks.spawn(sweep_limits(app.clone(), stopped));
    Background { stopping, tasks }
}

/// The same for a program that looks back: what is written down of who asks, and what is erased.
pub fn start_looking_back(app: &Arc<App>) -> Background {
    let (stopping, stopped) = watch::channel(());
    let mut tasks = JoinSet::new();
    if let Some(past) = &app.past {
        tasks.spawn(write_activity(past.present.clone(), stopped.clone()));
        tasks.spawn(write_graphql_calls(past.present.clone(), stopped.clone()));
    }
    tasks.spawn(take_out_erased(app.clone(), stopped));
    Background { stopping, tasks }
}

impl Background {
    /// Lets each task finish what it is at.
    pub async fn stop(mut self) {
        drop(self.stopping);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Waits, unless the program stops meanwhile, which is told by false.
async fn pause(stopped: &mut watch::Receiver<()>, until: impl Future) -> bool {
    tokio::select! {
        _ = stopped.changed() => false,
        _ = until => true,
    }
}

/// What still waits at the end is written by [`App::stop`].
async fn write_activity(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    while pause(
        &mut stopped,
        tokio::time::timeout(MINUTE, app.activity.is_full()),
    )
    .await
    {
        if let Err(error) = app.activity.flush().await {
            tracing::warn!(%error, "session activity could not be written yet; trying again");
            // Without this, a full buffer would be tried again at once.
            pause(&mut stopped, tokio::time::sleep(Duration::from_secs(5))).await;
        }
    }
}

/// The same for these.
async fn write_graphql_calls(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    while pause(&mut stopped, tokio::time::sleep(MINUTE)).await {
        if let Err(error) = app.graphql_calls.flush().await {
            tracing::warn!(%error, "counts of GraphQL calls could not be written yet; trying again");
        }
    }
}

/// Takes over what other processes set.
async fn follow_policy(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    while pause(&mut stopped, tokio::time::sleep(MINUTE)).await {
        if let Err(error) = app.policy.reload(&app.database).await {
            tracing::warn!(%error, "the policy data could not be read; trying again in a minute");
        }
    }
}

/// Takes over keys that an operator has made.
async fn follow_signing_keys(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    while pause(&mut stopped, tokio::time::sleep(MINUTE)).await {
        let now = app.clock.now();
        let reloaded = app.signing.reload(&app.database, &app.sealer, now).await;
        if let Err(error) = reloaded {
            tracing::warn!(%error, "the signing keys could not be read; trying again in a minute");
        }
    }
}

/// What still waits at the end is written by [`App::stop`].
async fn report_failures(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    while pause(&mut stopped, tokio::time::sleep(MINUTE)).await {
        app.failed_sign_ins.flush(&app).await;
    }
}

async fn take_out_erased(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    pause(&mut stopped, follow_erasures(&app)).await;
}

async fn tell_followers(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    pause(&mut stopped, follow_log(&app)).await;
}

/// Keeps the index behind the log, and lets writes gather meanwhile: on SQLite it takes turns with
/// the log's writer.
async fn index_events(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    let mut tail = app.log.tail();
    loop {
        let filled = index::fill(&app.database).await;
        let more = match filled {
            Ok(filled) => {
                app.metrics.indexed(filled.position);
                filled.more
            }
            Err(error) => {
                tracing::warn!(%error, "the index of events could not be filled yet; trying again");
                false
            }
        };
        // Also between the parts of a long log, which then goes on where it was left.
        let until = async {
            if more {
                tokio::task::yield_now().await;
            } else {
                // It ends with the program alone.
                drop(tail.changed().await);
                tokio::time::sleep(GATHER).await;
            }
        };
        if !pause(&mut stopped, until).await {
            return;
        }
        tail.mark_unchanged();
    }
}

/// Seals what the log has grown by, one short step after another, and lets events gather meanwhile.
async fn seal_log(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    let mut tail = app.log.tail();
    loop {
        let step = app.audit.advance(&app.database, &app.ids, &*app.clock);
        let until: BoxFuture<'_, ()> = match step.await {
            Ok(Step::Filled { .. }) => tokio::task::yield_now().boxed(),
            Ok(Step::Done { sealed: size } | Step::Sealed { size }) => {
                app.metrics.sealed(size);
                let (tail, interval) = (&mut tail, app.audit.interval);
                let grown = async move {
                    // It ends with the program alone.
                    drop(tail.wait_for(|head| *head > size).await);
                    tokio::time::sleep(interval).await;
                };
                grown.boxed()
            }
            Err(error) => {
                if let SealError::Database(error) = error {
                    tracing::warn!(%error, "the log could not be sealed yet; trying again");
                }
                tokio::time::sleep(app.audit.interval).boxed()
            }
        };
        if !pause(&mut stopped, until).await {
            return;
        }
    }
}

async fn sweep_limits(app: Arc<App>, mut stopped: watch::Receiver<()>) {
    while pause(&mut stopped, tokio::time::sleep(MINUTE)).await {
        app.limits.sweep();
    }
}
