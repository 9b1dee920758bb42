//! Sessions of every kind, ended several at once.

use std::collections::BTreeSet;

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, BrowserSessionId, CompatSession, CompatSessionCommand,
    CompatSessionId, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId, PersonalSessionId,
    SessionEnd, UserId,
};
use muniment_projections::queries;
use muniment_store::{Batch, VaultWrite};

use super::{AccountError, end_personal_session};
use crate::{app::App, auth::Actor, jobs::Effect};

/// Sessions of each kind that are ended in one append.
const BATCH: u32 = 100;

/// One session, of whatever kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionRef {
    Browser(BrowserSessionId),
    Oauth2(Oauth2SessionId),
    Compat(CompatSessionId),
    Personal(PersonalSessionId),
}

/// A session that is to end.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    pub session: SessionRef,
    /// Whose it is.
    pub user: Option<UserId>,
    pub reason: SessionEnd,
}

/// Ends sessions, each named once; those that had ended before stay as they are. All but personal
/// ones end in one append.
pub async fn end_sessions(
    app: &App,
    actor: &Actor,
    endings: &[Ending],
) -> Result<(), AccountError> {
    let mut batch = Batch::<AccountError>::new();
    let mut with_devices = BTreeSet::new();
    for ending in endings {
        let reason = ending.reason;
        match ending.session {
            SessionRef::Browser(id) => {
                let command = BrowserSessionCommand::FinishBrowserSession { reason };
                batch = batch.then::<BrowserSession>(id.as_uuid(), command);
            }
            SessionRef::Oauth2(id) => {
                let command = Oauth2SessionCommand::FinishOauth2Session { reason };
                batch = batch.then::<Oauth2Session>(id.as_uuid(), command);
                with_devices.extend(ending.user);
            }
            SessionRef::Compat(id) => {
                let command = CompatSessionCommand::FinishCompatSession { reason };
                batch = batch.then::<CompatSession>(id.as_uuid(), command);
                with_devices.extend(ending.user);
            }
            SessionRef::Personal(id) => revoke(app, actor, id, reason).await?,
        }
    }
    let mut execution = muniment_store::Execution::new(actor.metadata());
    if app.homeserver.exists() {
        for user_id in with_devices {
            let effect = Effect::SyncDevices { user_id };
            let item = effect.item(&app.outbox, app.ids.ulid())?;
            execution = execution.with_vault(VaultWrite::Enqueue(item));
        }
    }
    app.journal.execute_all(&batch, execution).await?;
    app.outbox.wake();
    Ok(())
}

async fn revoke(
    app: &App,
    actor: &Actor,
    id: PersonalSessionId,
    reason: SessionEnd,
) -> Result<(), AccountError> {
    let found = queries::personal_session(&app.reads, id).await?;
    let Some(session) = found.filter(|session| session.revoked_at.is_none()) else {
        return Ok(());
    };
    match end_personal_session(app, actor, &session, reason).await {
        // By somebody else meanwhile.
        Err(AccountError::SessionFinished) => Ok(()),
        other => other,
    }
}

/// Ends all sessions of a user but the one that is kept; how many. Personal sessions, which are those
/// of programs, only if they are meant too.
pub async fn end_other_sessions(
    app: &App,
    actor: &Actor,
    user: UserId,
    kept: Option<SessionRef>,
    personal: bool,
) -> Result<usize, AccountError> {
    let mut ended = BTreeSet::new();
    loop {
        // One more than the batch, as the one that is kept may be among them.
        let open = queries::sessions_going_on(&app.reads, user, BATCH + 1).await?;
        let programs = open.personal.into_iter().filter(|_| personal);
        let sessions = (open.browser.into_iter().map(SessionRef::Browser))
            .chain(open.oauth2.into_iter().map(SessionRef::Oauth2))
            .chain(open.compat.into_iter().map(SessionRef::Compat))
            .chain(programs.map(SessionRef::Personal));
        let endings: Vec<Ending> = sessions
            .filter(|session| Some(*session) != kept && !ended.contains(session))
            .map(|session| Ending {
                session,
                user: Some(user),
                reason: SessionEnd::SelfService,
            })
            .collect();
        if endings.is_empty() {
            return Ok(ended.len());
        }
        end_sessions(app, actor, &endings).await?;
        ended.extend(endings.iter().map(|ending| ending.session));
    }
}
