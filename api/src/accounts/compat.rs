//! Sessions of the legacy Matrix login: what happens to a user's other sessions when one starts, and
//! what goes with it, in one append (contract oauth2.md 17.2).

use muniment_domain::{
    BrowserSessionId, CompatLogin, CompatSession, CompatSessionCommand, CompatSessionId,
    SessionEnd, StartCompatSession, TokenId, UserId,
};
use muniment_projections::queries::{self, UserRow};
use muniment_store::{
    Batch, ExecuteError, Execution, VaultWrite,
    compat_sso::ExchangeSsoLogin,
    log::{AppendError, IdempotencyKey},
    sql::DatabaseError,
    time::SECOND,
    tokens::{NewCompatAccessToken, NewCompatRefreshToken},
};
use sha2::{Digest, Sha256};

use super::{
    AccountError, Ending, SessionRef, Visitor, device::make_device, effects::telling, end_sessions,
    sync_devices,
};
use crate::{
    app::App,
    auth::{
        Actor,
        token::{self, TokenKind},
    },
    homeserver::HomeserverError,
    jobs::{Effect, devices_in},
    policy::{self, CompatLoginKind, RequestedBy, SessionCounts, Violation, ViolationCode},
};

const DEVICE_LENGTH: usize = 10;
/// Sessions of clients that are looked through for the device; nobody has that many.
const MOST: u32 = 10_000;
/// Sessions that are ended in one append.
const BATCH: u32 = 100;

/// Who signs in to what. That they may is decided before, but for the policy.
#[derive(Debug)]
pub struct CompatStart<'a> {
    pub user: &'a UserRow,
    /// Drawn when absent.
    pub device_id: Option<String>,
    /// Of the device, for people.
    pub name: Option<String>,
    pub login: CompatLogin,
    /// In which the sign-in was confirmed.
    pub browser_session: Option<BrowserSessionId>,
    pub is_synapse_admin: bool,
    /// Started by a command. The lock of the user's devices is the server's own, so that it may take the
    /// device for one without a session: it is told to look again.
    pub beside_server: bool,
    /// By which rules; operators are above them.
    pub policy: Option<CompatLoginKind>,
    /// Of the access token, in seconds, which comes with a refresh token then; else it is for ever.
    pub lifetime: Option<u32>,
    pub visitor: Visitor,
}

/// A session with its tokens; this is the only time that they can be shown.
pub struct StartedCompat {
    pub session: CompatSessionId,
    pub device_id: String,
    pub access_token: String,
    pub refresh_token: Option<String>,
}

impl std::fmt::Debug for StartedCompat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StartedCompat({})", self.session)
    }
}

/// Why no session started; nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum CompatRefusal {
    #[error("the policy is against it: {}", policy::messages(.0, "; "))]
    Policy(Vec<Violation>),
    /// Somebody came with the same login token before.
    #[error("the login token was used")]
    LoginUsed,
    #[error("the homeserver did not make the device: {0}")]
    Homeserver(#[from] HomeserverError),
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<DatabaseError> for CompatRefusal {
    fn from(error: DatabaseError) -> Self {
        Self::Account(error.into())
    }
}

/// A new pair of tokens: their texts, and the rows that are kept of them.
pub struct CompatPair {
    pub access_token: String,
    pub refresh_token: String,
    pub access: NewCompatAccessToken,
    pub refresh: NewCompatRefreshToken,
}

impl std::fmt::Debug for CompatPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CompatPair(***)")
    }
}

/// Draws an access token and a refresh token for a session. `lifetime` is in seconds.
pub fn draw_compat_tokens(
    app: &App,
    session_id: CompatSessionId,
    user_id: UserId,
    lifetime: Option<u32>,
) -> CompatPair {
    let now = app.clock.now();
    let access_token = token::generate(TokenKind::CompatAccess, &*app.entropy);
    let refresh_token = token::generate(TokenKind::CompatRefresh, &*app.entropy);
    let access = NewCompatAccessToken {
        id: TokenId::from_uuid(app.ids.ulid()),
        session_id,
        user_id,
        token_hash: token::hash(&access_token),
        created_at: now,
        expires_at: lifetime.map(|seconds| now + i64::from(seconds) * SECOND),
    };
    let refresh = NewCompatRefreshToken {
        id: TokenId::from_uuid(app.ids.ulid()),
        session_id,
        user_id,
        token_hash: token::hash(&refresh_token),
        access_token_id: access.id,
        created_at: now,
    };
    CompatPair {
        access_token,
        refresh_token,
        access,
        refresh,
    }
}

/// Starts a session. Sessions of the same device end by it, and so do, where that is switched on, those
/// that were not used for longest and are too many.
pub async fn start_compat_session(
    app: &App,
    actor: &Actor,
    start: CompatStart<'_>,
) -> Result<StartedCompat, CompatRefusal> {
    let user = start.user;
    // One sign-in at a time, and nobody takes its device for one without a session meanwhile.
    let _devices = app.user_locks.lock(user.id).await;
    let device = start.device_id.clone();
    let device = device.unwrap_or_else(|| token::alphanumeric(&*app.entropy, DEVICE_LENGTH));
    let replaced = of_device(app, user.id, &device).await?;
    let evicted = match start.policy {
        Some(kind) => make_room(app, &start, kind, !replaced.is_empty()).await?,
        None => Vec::new(),
    };
    make_device(app, user, &device, start.name.as_deref()).await?;

    let session_id = CompatSessionId::from_uuid(app.ids.ulid());
    let pair = draw_compat_tokens(app, session_id, user.id, start.lifetime);
    let refreshable = start.lifetime.is_some();
    let sync = start.beside_server || !replaced.is_empty() || !evicted.is_empty();
    let mut execution = if sync {
        telling(app, actor, &Effect::SyncDevices { user_id: user.id })?
    } else {
        Execution::new(actor.metadata())
    };
    execution = execution.with_vault(VaultWrite::PutCompatAccessToken(pair.access));
    if refreshable {
        execution = execution.with_vault(VaultWrite::PutCompatRefreshToken(pair.refresh));
    }
    if let CompatLogin::Sso { login_id, .. } = start.login {
        let exchange = ExchangeSsoLogin {
            id: login_id,
            session_id,
            at: app.clock.now(),
        };
        execution = execution.with_vault(VaultWrite::ExchangeSsoLogin(exchange));
        // Of several who come with the same login token one gets a session.
        execution.idempotency = Some(IdempotencyKey {
            key: format!("compat_sso.exchange:{login_id}"),
            digest: Sha256::digest(session_id.as_uuid()).into(),
        });
    }
    let mut batch = Batch::new();
    for session in replaced {
        batch = session.end_in(batch, SessionEnd::DeviceReplaced);
    }
    for id in evicted {
        batch = SessionRef::Compat(id).end_in(batch, SessionEnd::SessionLimit);
    }
    let command = CompatSessionCommand::StartCompatSession(StartCompatSession {
        session_id,
        user_id: user.id,
        device_id: Some(device.clone()),
        login: start.login,
        browser_session_id: start.browser_session,
        is_synapse_admin: start.is_synapse_admin,
        name: start.name,
        user_agent: start.visitor.user_agent,
        ip: start.visitor.ip,
    });
    batch = batch.then::<CompatSession>(session_id.as_uuid(), command);
    if let Err(error) = app.journal.execute_all(&batch, execution).await {
        // The device was made for nothing.
        if let Err(error) = sync_devices(app, user.id).await {
            tracing::warn!(%error, "a device without a session may stay on the homeserver");
        }
        return Err(match error {
            ExecuteError::Append(AppendError::IdempotencyMismatch) => CompatRefusal::LoginUsed,
            error => AccountError::from(error).into(),
        });
    }
    app.outbox.wake();
    Ok(StartedCompat {
        session: session_id,
        device_id: device,
        access_token: pair.access_token,
        refresh_token: refreshable.then_some(pair.refresh_token),
    })
}

/// The sessions of a device that go on.
async fn of_device(
    app: &App,
    user: UserId,
    device: &str,
) -> Result<Vec<SessionRef>, DatabaseError> {
    let compat = queries::active_compat_sessions_of_device(&app.database, user, device).await?;
    let oauth2 = queries::active_oauth2_sessions(&app.database, user, MOST).await?;
    let oauth2 = oauth2
        .iter()
        .filter(|session| devices_in(&session.scope).any(|known| known == device))
        .map(|session| SessionRef::Oauth2(session.id));
    Ok(compat
        .into_iter()
        .map(SessionRef::Compat)
        .chain(oauth2)
        .collect())
}

/// Asks the policy; which sessions have to end for this one, if that settles it.
async fn make_room(
    app: &App,
    start: &CompatStart<'_>,
    kind: CompatLoginKind,
    session_replaced: bool,
) -> Result<Vec<CompatSessionId>, CompatRefusal> {
    let user = start.user.id;
    let violations = compat_violations(app, user, kind, session_replaced, &start.visitor).await?;
    let need = violations
        .iter()
        .filter_map(|violation| violation.need_to_remove)
        .max();
    let Some(need) = need else {
        return if violations.is_empty() {
            Ok(Vec::new())
        } else {
            Err(CompatRefusal::Policy(violations))
        };
    };
    let limit = app.site.session_limit;
    let may_evict = limit.is_some_and(|limit| limit.dangerous_hard_limit_eviction)
        && violations
            .iter()
            .all(|violation| violation.code == Some(ViolationCode::TooManySessions));
    let Some(wanted) = u32::try_from(need).ok().filter(|_| may_evict) else {
        return Err(CompatRefusal::Policy(violations));
    };
    // Those that are used right now are known in memory alone.
    app.activity.flush().await?;
    let oldest = queries::least_recently_used_compat_sessions(&app.database, user, wanted).await?;
    if oldest.len() < wanted as usize {
        return Err(CompatRefusal::Policy(violations));
    }
    Ok(oldest)
}

/// What the policy has against a sign-in (contract oauth2.md 13.10).
pub async fn compat_violations(
    app: &App,
    user: UserId,
    kind: CompatLoginKind,
    session_replaced: bool,
    visitor: &Visitor,
) -> Result<Vec<Violation>, DatabaseError> {
    let counts = queries::session_counts(&app.database, user).await?;
    Ok(app.policy.rules().compat_login(&policy::CompatLogin {
        kind,
        session_counts: SessionCounts {
            oauth2: counts.oauth2,
            compat: counts.compat,
            personal: counts.personal,
        },
        session_replaced,
        requester: RequestedBy {
            ip_address: visitor.ip,
            user_agent: visitor.user_agent.as_deref(),
        },
    }))
}

/// Ends all of a user's sessions of the legacy login, and has the homeserver told.
pub async fn end_compat_sessions(
    app: &App,
    actor: &Actor,
    user_id: UserId,
    reason: SessionEnd,
) -> Result<(), AccountError> {
    loop {
        let sessions = queries::active_compat_sessions(&app.database, user_id, BATCH).await?;
        if sessions.is_empty() {
            return Ok(());
        }
        let endings: Vec<Ending> = sessions
            .iter()
            .map(|session| Ending {
                session: SessionRef::Compat(session.id),
                user: Some(user_id),
                reason,
            })
            .collect();
        end_sessions(app, actor, &endings).await?;
    }
}
