//! Ending sessions that nobody has used for long (contract oauth2.md 22.2).

use std::collections::BTreeMap;

use muniment_domain::{SessionEnd, UserId};
use muniment_projections::queries::{self, Disused};
use muniment_store::{
    Batch, Execution, VaultWrite,
    time::{MINUTE, SECOND},
};
use uuid::Uuid;

use super::{AccountError, SessionRef};
use crate::{app::App, auth::Actor, jobs::Effect};

/// Sessions looked up at a time.
const BATCH: u32 = 100;
/// The homeserver hears of the first user after this, in microseconds: many sessions may end at once.
const FIRST_SYNC: i64 = MINUTE;
/// And of each further one so much later.
const SYNC_SPACING: i64 = 10 * SECOND;

/// Ends sessions of a kind that were last used before `before`, `limit` at most; answers how many.
pub async fn end_disused_sessions(
    app: &App,
    actor: &Actor,
    kind: Disused,
    before: i64,
    limit: u32,
) -> Result<u64, AccountError> {
    // Those that are used right now are known in memory alone.
    app.activity.flush().await?;
    let mut due_at = app.clock.now() + FIRST_SYNC;
    let mut ended = 0;
    while ended < u64::from(limit) {
        let found = queries::disused_sessions(&app.database, kind, before, BATCH).await?;
        let mut users: BTreeMap<UserId, Vec<Uuid>> = BTreeMap::new();
        for session in &found {
            users.entry(session.user_id).or_default().push(session.id);
        }
        let (mut progress, mut failed) = (0, None);
        for (user, sessions) in users {
            let execution = telling_later(app, actor, kind, user, due_at)?;
            let done = app
                .journal
                .execute_all(&ending(kind, &sessions), execution)
                .await;
            match done.map_err(AccountError::from) {
                Ok(Some(_)) => {
                    progress += sessions.len() as u64;
                    due_at += SYNC_SPACING;
                }
                Ok(None) => {}
                Err(error @ AccountError::Unavailable(_)) => return Err(error),
                // The sessions of others end nevertheless.
                Err(error) => {
                    tracing::error!(%error, user.id = %user, "disused sessions were not ended");
                    failed = Some(error);
                }
            }
        }
        if let (0, Some(error)) = (progress, failed) {
            return Err(error);
        }
        ended += progress;
        // What has ended is not found again, unless the read model has stopped.
        if found.len() < BATCH as usize || progress == 0 {
            break;
        }
    }
    Ok(ended)
}

fn ending(kind: Disused, sessions: &[Uuid]) -> Batch<AccountError> {
    sessions.iter().fold(Batch::new(), |batch, id| {
        let session = match kind {
            Disused::Browser => SessionRef::Browser((*id).into()),
            Disused::Oauth2 => SessionRef::Oauth2((*id).into()),
            Disused::Compat => SessionRef::Compat((*id).into()),
        };
        session.end_in(batch, SessionEnd::Inactivity)
    })
}

/// What goes with the commands: that the homeserver is to hear of fewer devices, if they had any.
fn telling_later(
    app: &App,
    actor: &Actor,
    kind: Disused,
    user_id: UserId,
    due_at: i64,
) -> Result<Execution, AccountError> {
    let execution = Execution::new(actor.metadata());
    if kind == Disused::Browser || !app.homeserver.exists() {
        return Ok(execution);
    }
    let effect = Effect::SyncDevices { user_id };
    let item = effect.item_due(&app.outbox, app.ids.ulid(), Some(due_at))?;
    Ok(execution.with_vault(VaultWrite::Enqueue(item)))
}
