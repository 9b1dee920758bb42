//! Somebody signed out at an upstream provider, which tells so (contract oauth2.md 16.5).

use std::collections::BTreeSet;

use muniment_domain::{SessionEnd, UserId};
use muniment_projections::queries::{self, UpstreamBrowserSession};

use super::{AccountError, SessionRef, finish_session, sync_devices};
use crate::{
    app::App,
    auth::Actor,
    config::OnBackchannelLogout,
    upstream::{LogoutToken, Provider},
};

/// Sessions dealt with at a time.
const BATCH: u32 = 100;
const REASON: SessionEnd = SessionEnd::BackchannelLogout;

/// Ends what the configuration says is to end: the browser sessions that began, or were confirmed, by
/// that sign-in, and perhaps what clients were allowed in them.
pub async fn end_upstream_sessions(
    app: &App,
    actor: &Actor,
    provider: &Provider,
    token: &LogoutToken,
) -> Result<(), AccountError> {
    let with_clients = match provider.settings.on_backchannel_logout {
        OnBackchannelLogout::DoNothing => return Ok(()),
        OnBackchannelLogout::LogoutBrowserOnly => false,
        OnBackchannelLogout::LogoutAll => true,
    };
    let mut changed = BTreeSet::new();
    loop {
        let (subject, sid) = (token.subject.as_deref(), token.sid.as_deref());
        let database = &app.database;
        let found =
            queries::browser_sessions_from_upstream(database, provider.id, subject, sid, BATCH);
        let found = found.await?;
        if found.is_empty() {
            break;
        }
        for session in found {
            if with_clients {
                end_clients(app, actor, session, &mut changed).await?;
            }
            // What has ended is not found again.
            finish_session(app, actor, SessionRef::Browser(session.id), REASON).await?;
        }
    }
    for user in changed {
        sync_devices(app, user).await?;
    }
    Ok(())
}

async fn end_clients(
    app: &App,
    actor: &Actor,
    browser: UpstreamBrowserSession,
    changed: &mut BTreeSet<UserId>,
) -> Result<(), AccountError> {
    loop {
        let oauth2 = queries::oauth2_sessions_begun_in(&app.database, browser.id, BATCH).await?;
        let compat = queries::compat_sessions_begun_in(&app.database, browser.id, BATCH).await?;
        if oauth2.is_empty() && compat.is_empty() {
            return Ok(());
        }
        changed.insert(browser.user_id);
        let oauth2 = oauth2.into_iter().map(SessionRef::Oauth2);
        for session in oauth2.chain(compat.into_iter().map(SessionRef::Compat)) {
            finish_session(app, actor, session, REASON).await?;
        }
    }
}
