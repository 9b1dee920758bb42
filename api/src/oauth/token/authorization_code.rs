//! RFC 6749 section 4.1.3: a code becomes a session, once (contract oauth2.md 7.3).

use muniment_domain::SessionEnd;
use muniment_projections::queries;
use muniment_store::{
    grants::{self, AuthorizationGrant},
    time::SECOND,
};
use url::Url;

use super::{
    Call, Granted, pkce, required,
    session::{self, Identity, Redeemed, Wanted},
};
use crate::{
    accounts::{self, Ending, SessionRef},
    auth::{clients::AUTHORIZATION_CODE, token},
    oauth::{error::OauthError, form::Form},
    pages::session::{Found, standing},
};

/// How long a code is good after consent.
const LIFETIME: i64 = 10 * 60 * SECOND;
/// How long the same code may come again without harm: the answer may have been lost.
const REPLAY_GRACE: i64 = 20 * SECOND;

pub(super) async fn exchange(call: &Call<'_>, form: &Form) -> Result<Granted, OauthError> {
    let app = call.app;
    if !call.client.may_use(AUTHORIZATION_CODE) {
        return Err(OauthError::UnauthorizedClient);
    }
    let code = required(form, "code", "code is missing")?;
    let grant = grants::authorization_grant_by_code(&app.database, &token::hash(code))
        .await?
        .ok_or(OauthError::InvalidGrant)?;
    check_stage(call, &grant).await?;
    let request = &grant.request;
    if request.client_id != call.client.id {
        return Err(OauthError::UnauthorizedClient);
    }
    if let Some(given) = form.get("redirect_uri") {
        let same = given
            .parse::<Url>()
            .is_ok_and(|given| given.as_str() == request.redirect_uri);
        if !same {
            return Err(OauthError::InvalidGrant);
        }
    }
    let challenge = request.code_challenge.as_deref();
    let challenge = challenge.zip(request.code_challenge_method.as_deref());
    pkce::verify(challenge, form.get("code_verifier"))?;

    let session = grant.browser_session_id.ok_or(OauthError::InvalidGrant)?;
    // Whoever signed out meanwhile does not want it any more.
    let Found::Active(who) = standing(app, session).await? else {
        return Err(OauthError::InvalidGrant);
    };
    let wanted = Wanted {
        user: &who.user,
        browser_session: &who.session,
        scope: &request.scope,
        redeemed: Redeemed::Code(request.id),
        refreshable: true,
        identity: Identity {
            nonce: request.nonce.as_deref(),
            auth_time: who.session.authentication.as_ref().map(|proof| proof.at),
            code: Some(code),
        },
    };
    session::start(call, &wanted).await
}

/// Whether the code can still be exchanged. One that comes again late was stolen, or is in the hands
/// of a client that should know better: its session ends.
async fn check_stage(call: &Call<'_>, grant: &AuthorizationGrant) -> Result<(), OauthError> {
    let app = call.app;
    let now = app.clock.now();
    if let Some(exchanged_at) = grant.exchanged_at {
        if now - exchanged_at > REPLAY_GRACE
            && let Some(session) = grant.session_id
        {
            let found = queries::oauth2_session(&app.reads, session).await?;
            let ending = Ending {
                session: SessionRef::Oauth2(session),
                user: found.and_then(|found| found.user_id),
                reason: SessionEnd::CodeReplayed,
            };
            accounts::end_session(app, &call.actor(), ending).await?;
        }
        return Err(OauthError::InvalidGrant);
    }
    match grant.fulfilled_at {
        Some(at) if now - at <= LIFETIME => Ok(()),
        Some(_) | None => Err(OauthError::InvalidGrant),
    }
}
