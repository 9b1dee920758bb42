//! Sessions of every kind, ended one by one or several at once.

use std::collections::BTreeSet;

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, BrowserSessionId, CompatSession, CompatSessionCommand,
    CompatSessionId, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId, PersonalSession,
    PersonalSessionCommand, PersonalSessionId, SessionEnd, UserId, parse_ulid,
};
use muniment_projections::queries;
use muniment_store::{Batch, Execution, VaultWrite, log::Receipt};
use uuid::Uuid;

use super::{AccountError, effects::telling, end_personal_session};
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

impl SessionRef {
    /// Reads it as an event's metadata writes it, `oauth2_session:ULID`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        Self::of_kind(kind, parse_ulid(id).ok()?)
    }

    /// By the type of its aggregate.
    #[must_use]
    pub fn of_kind(aggregate_type: &str, id: Uuid) -> Option<Self> {
        Some(match aggregate_type {
            "browser_session" => Self::Browser(id.into()),
            "oauth2_session" => Self::Oauth2(id.into()),
            "compat_session" => Self::Compat(id.into()),
            "personal_session" => Self::Personal(id.into()),
            _ => return None,
        })
    }

    /// Has the batch end it, too.
    pub(super) fn end_in(
        self,
        batch: Batch<AccountError>,
        reason: SessionEnd,
    ) -> Batch<AccountError> {
        match self {
            Self::Browser(id) => {
                let command = BrowserSessionCommand::FinishBrowserSession { reason };
                batch.then::<BrowserSession>(id.as_uuid(), command)
            }
            Self::Oauth2(id) => {
                let command = Oauth2SessionCommand::FinishOauth2Session { reason };
                batch.then::<Oauth2Session>(id.as_uuid(), command)
            }
            Self::Compat(id) => {
                let command = CompatSessionCommand::FinishCompatSession { reason };
                batch.then::<CompatSession>(id.as_uuid(), command)
            }
            Self::Personal(id) => {
                let command = PersonalSessionCommand::RevokePersonalSession { reason };
                batch.then::<PersonalSession>(id.as_uuid(), command)
            }
        }
    }

    /// The user whose devices may be fewer without it; those of personal sessions hang on the scope.
    fn user_with_devices(self, user: Option<UserId>) -> Option<UserId> {
        user.filter(|_| matches!(self, Self::Oauth2(_) | Self::Compat(_)))
    }
}

/// A session that is to end.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    pub session: SessionRef,
    /// Whose it is.
    pub user: Option<UserId>,
    pub reason: SessionEnd,
}

/// Ends a session, and its tokens with it; `None` when it had ended before.
pub async fn finish_session(
    app: &App,
    actor: &Actor,
    session: SessionRef,
    reason: SessionEnd,
) -> Result<Option<Receipt>, AccountError> {
    let batch = session.end_in(Batch::new(), reason);
    let execution = actor.execution();
    Ok(app.journal.execute_all(&batch, execution).await?)
}

/// The same, and has the homeserver told that the user's devices are fewer.
pub async fn end_session(
    app: &App,
    actor: &Actor,
    ending: Ending,
) -> Result<Option<Receipt>, AccountError> {
    let Ending {
        session,
        user,
        reason,
    } = ending;
    let Some(user_id) = session.user_with_devices(user) else {
        return finish_session(app, actor, session, reason).await;
    };
    let batch = session.end_in(Batch::new(), reason);
    let execution = telling(app, actor, &Effect::SyncDevices { user_id })?;
    let receipt = app.journal.execute_all(&batch, execution).await?;
    if receipt.is_some() {
        app.outbox.wake();
    }
    Ok(receipt)
}

/// Ends a browser session, also again.
pub async fn end_browser_session(
    app: &App,
    actor: &Actor,
    session: BrowserSessionId,
    reason: SessionEnd,
) -> Result<(), AccountError> {
    let command = BrowserSessionCommand::FinishBrowserSessionAgain { reason };
    let execution = Execution::new(actor.metadata());
    app.journal
        .execute::<BrowserSession>(session.as_uuid(), command, execution)
        .await?;
    Ok(())
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
        if let SessionRef::Personal(id) = ending.session {
            revoke(app, actor, id, ending.reason).await?;
            continue;
        }
        batch = ending.session.end_in(batch, ending.reason);
        with_devices.extend(ending.session.user_with_devices(ending.user));
    }
    let mut execution = Execution::new(actor.metadata());
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

/// Which sessions of a user end.
#[derive(Debug, Clone, Copy)]
pub struct OtherSessions {
    pub user: UserId,
    /// The one that goes on.
    pub kept: Option<SessionRef>,
    /// Personal sessions, which are those of programs, end only if they are meant too.
    pub personal: bool,
    pub reason: SessionEnd,
}

/// Ends all sessions of a user but the one that is kept; which those were.
pub async fn end_other_sessions(
    app: &App,
    actor: &Actor,
    others: OtherSessions,
) -> Result<BTreeSet<SessionRef>, AccountError> {
    let OtherSessions {
        user,
        kept,
        personal,
        reason,
    } = others;
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
                reason,
            })
            .collect();
        if endings.is_empty() {
            return Ok(ended);
        }
        end_sessions(app, actor, &endings).await?;
        ended.extend(endings.iter().map(|ending| ending.session));
    }
}
