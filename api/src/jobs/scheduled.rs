//! Work that comes round again (contract oauth2.md 22.2): one line for each job in [`JOBS`].
//!
//! Of several processes one does a run. It goes on in batches until a batch is not full, and stops
//! between two of them when told to.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use muniment_store::{
    client_assertions,
    expiry::{self, Expiry, HOUR},
    grants, outbox, recovery, registrations,
    schedule::{self, Run},
    sql::DatabaseError,
};
use tokio::sync::watch;

use super::metrics::Ended;
use crate::app::App;

/// Rows dealt with in one transaction.
pub const BATCH: u32 = 1000;
/// How often is looked for what is due.
const TICK: Duration = Duration::from_secs(15);
/// A run belongs to its process for so long after each batch, in microseconds.
const LEASE: i64 = 10 * 60 * 1_000_000;
/// After a new job was put on the schedule, and after a failure, in microseconds.
const SOON: i64 = 5 * 60 * 1_000_000;

/// Something that is done every so often.
pub struct Job {
    /// Stored, and the label under which it is counted: never change it.
    pub name: &'static str,
    /// From the start of one run to the start of the next, in microseconds.
    pub every: i64,
    pub work: Work,
}

pub enum Work {
    /// Removes what has expired.
    Remove(&'static Expiry),
    /// Anything else: deals with [`BATCH`] rows at most, is told the time, and answers with how many
    /// it were. May be done twice.
    Run(for<'a> fn(&'a App, i64) -> BoxFuture<'a, Result<u64, DatabaseError>>),
}

pub static JOBS: &[Job] = &[
    Job {
        name: "remove_expired_access_tokens",
        every: 4 * HOUR,
        work: Work::Remove(&expiry::ACCESS_TOKENS),
    },
    Job {
        name: "remove_old_registrations",
        every: HOUR,
        work: Work::Remove(&registrations::REGISTRATIONS),
    },
    Job {
        name: "remove_old_email_authentications",
        every: HOUR,
        work: Work::Remove(&registrations::EMAIL_AUTHENTICATIONS),
    },
    Job {
        name: "remove_old_email_codes",
        every: HOUR,
        work: Work::Remove(&registrations::EMAIL_CODES),
    },
    Job {
        name: "remove_old_recoveries",
        every: HOUR,
        work: Work::Remove(&recovery::RECOVERY_SESSIONS),
    },
    Job {
        name: "remove_old_recovery_tickets",
        every: HOUR,
        work: Work::Remove(&recovery::RECOVERY_TICKETS),
    },
    Job {
        name: "remove_expired_client_assertions",
        every: HOUR,
        work: Work::Remove(&client_assertions::EXPIRED),
    },
    Job {
        name: "remove_authorization_grants",
        every: HOUR,
        work: Work::Remove(&grants::AUTHORIZATIONS),
    },
    Job {
        name: "remove_device_grants",
        every: HOUR,
        work: Work::Remove(&grants::DEVICES),
    },
    Job {
        name: "remove_pending_clients",
        every: HOUR,
        work: Work::Run(remove_pending_clients),
    },
    Job {
        name: "remove_done_outbox_items",
        every: HOUR,
        work: Work::Remove(&outbox::DONE),
    },
    Job {
        name: "remove_failed_outbox_items",
        every: 4 * HOUR,
        work: Work::Remove(&outbox::FAILED),
    },
];

/// Clients that registered themselves and that nobody has wanted for a month.
fn remove_pending_clients(app: &App, now: i64) -> BoxFuture<'_, Result<u64, DatabaseError>> {
    let before = now - 30 * expiry::DAY;
    Box::pin(grants::purge_pending_clients(&app.database, before, BATCH))
}

/// Does what is due, until told to stop.
pub async fn keep_schedule(app: &App, jobs: &[Job], mut stop: watch::Receiver<bool>) {
    let mut announced = false;
    while !*stop.borrow() {
        if let Err(error) = round(app, jobs, &mut announced, &stop).await {
            tracing::warn!(%error, "scheduled jobs cannot be looked up; trying again");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

pub(super) async fn round(
    app: &App,
    jobs: &[Job],
    announced: &mut bool,
    stop: &watch::Receiver<bool>,
) -> Result<(), DatabaseError> {
    let states = schedule::states(&app.database).await?;
    let now = app.clock.now();
    for job in jobs {
        match states.iter().find(|state| state.name == job.name) {
            None if !*announced => {
                schedule::announce(&app.database, job.name, now + SOON.min(job.every)).await?;
            }
            Some(state) if state.due_at <= now && state.leased_until <= now => {
                if let Some(run) = schedule::take(&app.database, job.name, now, LEASE).await? {
                    one_run(app, job, run, stop).await?;
                }
            }
            None | Some(_) => {}
        }
    }
    *announced = true;
    Ok(())
}

async fn one_run(
    app: &App,
    job: &Job,
    mut run: Run,
    stop: &watch::Receiver<bool>,
) -> Result<(), DatabaseError> {
    let (began, started) = (app.clock.now(), Instant::now());
    let mut total = 0;
    let result = loop {
        let batch = match &job.work {
            Work::Remove(expiry) => expiry.remove(&app.database, app.clock.now(), BATCH).await,
            Work::Run(work) => work(app, app.clock.now()).await,
        };
        match batch {
            Ok(rows) => {
                total += rows;
                app.jobs.dealt_with(job.name, rows);
                if rows < u64::from(BATCH) || *stop.borrow() {
                    break Ok(());
                }
                if !run.prolong(&app.database, app.clock.now(), LEASE).await? {
                    tracing::warn!(
                        job = job.name,
                        "a scheduled job took too long and was taken over"
                    );
                    return Ok(());
                }
            }
            Err(error) => break Err(error),
        }
    };
    let now = app.clock.now();
    match result {
        Ok(()) => {
            app.jobs.ran(job.name, Ended::Done, started.elapsed());
            tracing::debug!(job = job.name, rows = total, "a scheduled job has run");
            run.end(&app.database, began + job.every, Some(now)).await
        }
        Err(error) => {
            app.jobs.ran(job.name, Ended::Failed, started.elapsed());
            tracing::error!(job = job.name, %error, "a scheduled job failed; it will be tried again");
            run.end(&app.database, now + SOON.min(job.every), None)
                .await
        }
    }
}
