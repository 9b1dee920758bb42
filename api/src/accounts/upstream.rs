//! Whoever has signed in at an upstream provider arrives: at their account, at an account that is
//! linked now, or at a registration (contract oauth2.md 16.3 and 16.4).

use std::sync::Arc;

use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSession, BrowserSessionCommand,
    BrowserSessionId, UpstreamLinkId, UpstreamProviderId, User, UserCommand, UserId,
};
use muniment_projections::queries::{self, UpstreamLinkRow};
use muniment_store::{
    Batch, ExecuteError, Execution, VaultWrite,
    log::{AppendError, IdempotencyKey},
    registrations::put_vouched_registration,
    upstream::{UpstreamUse, upstream_session},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{AccountError, Applicant, Visitor, sign_in_commands};
use crate::{
    app::App,
    auth::Actor,
    upstream::{Provider, Told},
};

/// A sign-in at a provider that has not been used yet.
#[derive(Debug)]
pub struct Arrival {
    pub session: Uuid,
    pub provider: Arc<Provider>,
    pub told: Told,
    /// Of the account that the person there is linked to.
    pub link: Option<UpstreamLinkRow>,
    /// The same, or what it will be.
    pub link_id: UpstreamLinkId,
}

impl Arrival {
    /// `None` when there is nothing that could be used: it was used, has not come to its end, or the
    /// provider is switched off.
    pub async fn find(app: &App, session: Uuid) -> Result<Option<Self>, AccountError> {
        let found = upstream_session(&app.database, session).await?;
        let Some(row) = found.filter(|row| row.consumed_at.is_none()) else {
            return Ok(None);
        };
        let provider = app.upstream.enabled(row.provider_id).cloned();
        let (Some(provider), Some(told), Some(drawn)) = (provider, row.told, row.link_id) else {
            return Ok(None);
        };
        let told = app.sealer.open(&told_context(session), &told)?;
        let told: Told = serde_json::from_slice(&told)
            .map_err(|error| AccountError::Internal(error.to_string()))?;
        // By who they are there: another sign-in may have linked them meanwhile.
        let link = queries::upstream_link_of(&app.reads, provider.id, &told.subject).await?;
        Ok(Some(Self {
            session,
            link_id: link.as_ref().map_or(drawn, |link| link.id),
            provider,
            told,
            link,
        }))
    }

    pub(super) fn method(&self) -> AuthenticationMethod {
        AuthenticationMethod::Upstream {
            provider_id: self.provider.id,
            link_id: self.link_id,
        }
    }

    pub(super) fn linking(&self) -> UserCommand {
        UserCommand::LinkUpstream {
            link_id: self.link_id,
            provider_id: self.provider.id,
            subject: self.told.subject.clone(),
            account_name: self.told.account_name.clone(),
        }
    }

    pub(super) fn consuming(&self, user: UserId, browser: BrowserSessionId, at: i64) -> VaultWrite {
        VaultWrite::ConsumeUpstream(UpstreamUse {
            id: self.session,
            link_id: self.link_id,
            user_id: user,
            browser_session_id: browser,
            at,
        })
    }
}

/// What a sealed [`Told`] is sealed for.
pub fn told_context(session: Uuid) -> String {
    format!("upstream sign-in {session}: told")
}

/// The browser in which somebody arrives.
#[derive(Debug, Clone, Copy)]
pub enum Browser<'v> {
    /// Signed out: they are signed in.
    New(&'v Visitor),
    /// Signed in: they have proved again who they are.
    In(BrowserSessionId),
}

/// Why nobody arrived.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// By another request.
    #[error("the sign-in was used already")]
    Used,
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Lets somebody arrive at an account; links it if it was not, in place of `replaced`. A sign-in is
/// used once at most.
pub async fn arrive(
    app: &App,
    actor: &Actor,
    arrival: &Arrival,
    user: UserId,
    replaced: Vec<UpstreamLinkId>,
    browser: Browser<'_>,
) -> Result<BrowserSessionId, ArrivalError> {
    let (session, commands) = match browser {
        Browser::New(visitor) => {
            let session = BrowserSessionId::from_uuid(app.ids.ulid());
            let commands = sign_in_commands(app, session, user, arrival.method(), visitor);
            (session, commands)
        }
        Browser::In(session) => {
            let authenticate = BrowserSessionCommand::Authenticate {
                authentication_id: AuthenticationId::from_uuid(app.ids.ulid()),
                method: arrival.method(),
            };
            (session, vec![authenticate])
        }
    };
    let mut batch = Batch::<AccountError>::new();
    if arrival.link.is_none() {
        let mut linking: Vec<UserCommand> = replaced
            .into_iter()
            .map(|link_id| UserCommand::UnlinkUpstream { link_id })
            .collect();
        linking.push(arrival.linking());
        batch = batch.then_all::<User>(user.as_uuid(), linking);
    }
    batch = batch.then_all::<BrowserSession>(session.as_uuid(), commands);
    let consuming = arrival.consuming(user, session, app.clock.now());
    let mut execution = Execution::new(actor.metadata()).with_vault(consuming);
    execution.idempotency = Some(IdempotencyKey {
        key: format!("upstream:{}", arrival.session),
        // Another each time: whoever comes second is refused, not answered alike.
        digest: Sha256::digest(app.ids.ulid().as_bytes()).into(),
    });
    match app.journal.execute_all(&batch, execution).await {
        Ok(_) => Ok(session),
        Err(ExecuteError::Append(AppendError::IdempotencyMismatch)) => Err(ArrivalError::Used),
        Err(error) => Err(AccountError::from(error).into()),
    }
}

/// A user's links to one provider.
pub async fn links_to(
    app: &App,
    user: UserId,
    provider: UpstreamProviderId,
) -> Result<Vec<UpstreamLinkId>, AccountError> {
    const MOST: u32 = 1000;
    let links = queries::upstream_links_of(&app.reads, user, MOST).await?;
    Ok(links
        .into_iter()
        .filter(|link| link.provider_id == provider)
        .map(|link| link.id)
        .collect())
}

/// Begins a registration by way of a provider, which vouches for the address; it is completed as every
/// other is.
pub async fn enroll_vouched(
    app: &App,
    applicant: Applicant<'_>,
    arrival: &Arrival,
    display_name: Option<&str>,
) -> Result<Uuid, AccountError> {
    let (mut registration, authentication) = applicant.begin(app);
    registration.upstream_session_id = Some(arrival.session);
    registration.display_name = display_name.map(str::to_owned);
    put_vouched_registration(&app.database, &registration, authentication.as_ref()).await?;
    Ok(registration.id)
}
