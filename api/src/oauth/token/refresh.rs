//! RFC 6749 section 6: the next pair of tokens (contract oauth2.md 7.4).

use muniment_domain::{Oauth2Session, Oauth2SessionCommand, SessionEnd, TokenId};
use muniment_projections::queries::{BearerSession, refresh_bearer};
use muniment_store::{
    Execution,
    activity::SessionKind,
    log::IdempotencyKey,
    tokens::{Rotation, rotate},
};
use sha2::{Digest, Sha256};

use super::{Call, Granted, required};
use crate::{
    accounts::{self, AccountError, Ending, SessionRef, draw_tokens},
    auth::{clients::REFRESH_TOKEN, session_has_ended, token},
    config::RefreshTokenReuse,
    oauth::{error::OauthError, form::Form},
};

pub(super) async fn refresh(call: &Call<'_>, form: &Form) -> Result<Granted, OauthError> {
    let app = call.app;
    if !call.client.may_use(REFRESH_TOKEN) {
        return Err(OauthError::UnauthorizedClient);
    }
    let presented = required(form, "refresh_token", "refresh_token is missing")?;
    let presented = token::hash(presented);
    let found = refresh_bearer(&app.reads, &presented)
        .await?
        .filter(|found| found.session.client_id == call.client.id)
        .ok_or(OauthError::InvalidGrant)?;
    if session_has_ended(&found.session, found.user.as_ref()) || !has_active_user(&found) {
        return Err(OauthError::InvalidGrant);
    }
    let session = &found.session;
    let lifetime = app.site.access_token_ttl;
    let pair = draw_tokens(app, session.id, session.user_id, Some(lifetime));
    let now = app.clock.now();
    match rotate(&app.database, &presented, &pair.access, &pair.refresh, now).await? {
        Rotation::Rotated => {}
        Rotation::Reused(token) => {
            record_reuse(call, &found, token).await?;
            return Err(OauthError::InvalidGrant);
        }
        Rotation::Unknown | Rotation::Revoked => return Err(OauthError::InvalidGrant),
    }
    app.activity.record(
        SessionKind::Oauth2,
        session.id.as_uuid(),
        session.user_id,
        now,
        call.visitor.ip,
    );
    Ok(Granted {
        access_token: pair.access_token,
        refresh_token: Some(pair.refresh_token),
        expires_in: Some(lifetime),
        scope: session.scope.to_string(),
        ..Granted::default()
    })
}

/// A locked user gets no new tokens, and keeps the session for when they are unlocked.
fn has_active_user(found: &BearerSession) -> bool {
    match (&found.user, found.session.user_id) {
        (Some(user), _) => user.is_active(),
        (None, Some(_)) => false,
        (None, None) => true,
    }
}

/// Once for each token, however often it comes: nobody can make the log grow with it.
async fn record_reuse(
    call: &Call<'_>,
    found: &BearerSession,
    token_id: TokenId,
) -> Result<(), OauthError> {
    let app = call.app;
    let session = found.session.id;
    let mut execution = Execution::new(call.actor().metadata());
    execution.idempotency = Some(IdempotencyKey {
        key: format!("refresh_token.reuse:{token_id}"),
        digest: Sha256::digest(token_id.as_uuid()).into(),
    });
    let command = Oauth2SessionCommand::ReportRefreshTokenReuse { token_id };
    let recorded = app
        .journal
        .execute::<Oauth2Session>(session.as_uuid(), command, execution)
        .await;
    match recorded.map_err(AccountError::from) {
        Ok(_) | Err(AccountError::SessionFinished) => {}
        Err(error) => return Err(error.into()),
    }
    if app.oauth.refresh_token_reuse == RefreshTokenReuse::EndSession {
        let ending = Ending {
            session: SessionRef::Oauth2(session),
            user: found.session.user_id,
            reason: SessionEnd::RefreshTokenReused,
        };
        accounts::end_session(app, &call.actor(), ending).await?;
    }
    Ok(())
}
