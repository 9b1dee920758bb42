//! Work that comes round again (contract oauth2.md 22.2): one line for each job in [`JOBS`].
//!
//! Of several processes one does a run. It goes on in batches until a batch is not full, and stops
//! between two of them when told to.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use muniment_projections::queries::{self, Disused};
use muniment_store::{
    client_assertions, compat_sso,
    expiry::{self, Expiry},
    grants, graphql_calls, idempotent_requests, outbox, recovery, registrations,
    schedule::{self, Run},
    sql::DatabaseError,
    time::{DAY, HOUR, MINUTE},
    tokens, tree, upstream,
};
use tokio::sync::watch;

use super::metrics::Ended;
use crate::{
    accounts::{self, AccountError},
    app::App,
    auth::Actor,
};

/// Rows dealt with in one transaction.
pub const BATCH: u32 = 1000;
/// How often is looked for what is due.
const TICK: Duration = Duration::from_secs(15);
/// A run belongs to its process for so long after each batch, in microseconds.
const LEASE: i64 = 10 * MINUTE;
/// After a new job was put on the schedule, and after a failure, in microseconds.
const SOON: i64 = 5 * MINUTE;
/// In microseconds.
const QUARTER: i64 = 15 * MINUTE;

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
    Run(for<'a> fn(&'a App, i64) -> Batch<'a>),
}

/// How many rows were dealt with.
pub type Batch<'a> = BoxFuture<'a, Result<u64, AccountError>>;

const fn other(name: &'static str, every: i64, work: for<'a> fn(&'a App, i64) -> Batch<'a>) -> Job {
    Job {
        name,
        every,
        work: Work::Run(work),
    }
}

const fn removal(name: &'static str, every: i64, expiry: &'static Expiry) -> Job {
    Job {
        name,
        every,
        work: Work::Remove(expiry),
    }
}

pub static JOBS: &[Job] = &[
    removal("remove_expired_checkpoints", HOUR, &tree::EXPIRED),
    removal(
        "remove_revoked_access_tokens",
        HOUR,
        &expiry::REVOKED_ACCESS_TOKENS,
    ),
    removal(
        "remove_revoked_refresh_tokens",
        HOUR,
        &expiry::REVOKED_REFRESH_TOKENS,
    ),
    other(
        "remove_consumed_refresh_tokens",
        HOUR,
        remove_consumed_refresh_tokens,
    ),
    removal(
        "remove_expired_access_tokens",
        4 * HOUR,
        &expiry::ACCESS_TOKENS,
    ),
    removal(
        "remove_old_registrations",
        HOUR,
        &registrations::REGISTRATIONS,
    ),
    removal(
        "remove_old_email_authentications",
        HOUR,
        &registrations::EMAIL_AUTHENTICATIONS,
    ),
    removal("remove_old_email_codes", HOUR, &registrations::EMAIL_CODES),
    removal("remove_old_recoveries", HOUR, &recovery::RECOVERY_SESSIONS),
    removal(
        "remove_old_recovery_tickets",
        HOUR,
        &recovery::RECOVERY_TICKETS,
    ),
    removal(
        "remove_expired_client_assertions",
        HOUR,
        &client_assertions::EXPIRED,
    ),
    removal("remove_authorization_grants", HOUR, &grants::AUTHORIZATIONS),
    removal("remove_device_grants", HOUR, &grants::DEVICES),
    other("remove_pending_clients", HOUR, remove_pending_clients),
    removal(
        "remove_expired_compat_access_tokens",
        4 * HOUR,
        &expiry::COMPAT_ACCESS_TOKENS,
    ),
    removal(
        "remove_consumed_compat_refresh_tokens",
        HOUR,
        &expiry::COMPAT_REFRESH_TOKENS,
    ),
    removal("remove_compat_sso_logins", HOUR, &compat_sso::LOGINS),
    removal("remove_pending_upstream_sessions", HOUR, &upstream::PENDING),
    other(
        "remove_used_upstream_sessions",
        HOUR,
        remove_used_upstream_sessions,
    ),
    removal("remove_done_outbox_items", HOUR, &outbox::DONE),
    removal("remove_kept_answers", HOUR, &idempotent_requests::EXPIRED),
    removal("remove_failed_outbox_items", 4 * HOUR, &outbox::FAILED),
    other(
        "remove_tokens_of_ended_sessions",
        4 * HOUR,
        remove_tokens_of_ended_sessions,
    ),
    other("forget_last_addresses", HOUR, forget_last_addresses),
    other("forget_graphql_calls", DAY, forget_graphql_calls),
    other("forget_expired_invitees", HOUR, forget_expired_invitees),
    other(
        "end_disused_browser_sessions",
        QUARTER,
        end_disused_browser_sessions,
    ),
    other(
        "end_disused_oauth2_sessions",
        QUARTER,
        end_disused_oauth2_sessions,
    ),
    other(
        "end_disused_compat_sessions",
        QUARTER,
        end_disused_compat_sessions,
    ),
];

/// Those whose successor was exchanged too, an hour after.
fn remove_consumed_refresh_tokens(app: &App, now: i64) -> Batch<'_> {
    Box::pin(async move {
        let before = now - HOUR;
        Ok(tokens::remove_consumed_refresh_tokens(&app.database, before, BATCH).await?)
    })
}

/// Sessions stay when they have ended, their tokens for a month.
fn remove_tokens_of_ended_sessions(app: &App, now: i64) -> Batch<'_> {
    Box::pin(async move {
        let before = now - 30 * DAY;
        Ok(queries::purge_tokens_of_ended_sessions(&app.database, before, BATCH).await?)
    })
}

/// From where sessions were last used, a month after.
fn forget_last_addresses(app: &App, now: i64) -> Batch<'_> {
    Box::pin(async move { Ok(app.activity.clean_up(now, BATCH).await?) })
}

/// Of whoever has moved on.
fn forget_graphql_calls(app: &App, now: i64) -> Batch<'_> {
    Box::pin(async move { Ok(graphql_calls::clean_up(&app.database, now, BATCH).await?) })
}

/// Who was invited and has not come in time.
fn forget_expired_invitees(app: &App, now: i64) -> Batch<'_> {
    Box::pin(async move {
        let actor = Actor::system(app.ids.ulid());
        accounts::forget_expired_invitees(app, &actor, now, BATCH).await
    })
}

fn end_disused_browser_sessions(app: &App, now: i64) -> Batch<'_> {
    Box::pin(end_disused(app, Disused::Browser, now))
}

fn end_disused_oauth2_sessions(app: &App, now: i64) -> Batch<'_> {
    Box::pin(end_disused(app, Disused::Oauth2, now))
}

fn end_disused_compat_sessions(app: &App, now: i64) -> Batch<'_> {
    Box::pin(end_disused(app, Disused::Compat, now))
}

async fn end_disused(app: &App, kind: Disused, now: i64) -> Result<u64, AccountError> {
    let Some(disuse) = app.site.disuse else {
        return Ok(0);
    };
    let wanted = match kind {
        Disused::Browser => disuse.browser,
        Disused::Oauth2 => disuse.oauth2,
        Disused::Compat => disuse.compat,
    };
    if !wanted {
        return Ok(0);
    }
    let actor = Actor::system(app.ids.ulid());
    let before = now.saturating_sub(disuse.after);
    accounts::end_disused_sessions(app, &actor, kind, before, BATCH).await
}

/// Clients that registered themselves and that nobody has wanted for a month.
fn remove_pending_clients(app: &App, now: i64) -> Batch<'_> {
    Box::pin(async move {
        let before = now - 30 * DAY;
        Ok(grants::purge_pending_clients(&app.database, before, BATCH).await?)
    })
}

/// Sign-ins at upstream providers whose browser session ended a month ago.
fn remove_used_upstream_sessions(app: &App, now: i64) -> Batch<'_> {
    Box::pin(async move {
        let before = now - 30 * DAY;
        Ok(queries::purge_upstream_sessions(&app.database, before, BATCH).await?)
    })
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
            Work::Remove(expiry) => expiry
                .remove(&app.database, app.clock.now(), BATCH)
                .await
                .map_err(AccountError::from),
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
