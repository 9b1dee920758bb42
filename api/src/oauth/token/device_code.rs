//! RFC 8628 section 3.4: a device asks whether the user has answered (contract oauth2.md 7.6).

use muniment_store::grants;

use super::{
    Call, Granted, required,
    session::{self, Identity, Redeemed, Wanted},
};
use crate::{
    auth::{
        clients::{DEVICE_CODE, REFRESH_TOKEN},
        token,
    },
    oauth::{error::OauthError, form::Form},
    pages::session::{Found, standing},
};

pub(super) async fn exchange(call: &Call<'_>, form: &Form) -> Result<Granted, OauthError> {
    let app = call.app;
    if !call.client.may_use(DEVICE_CODE) {
        return Err(OauthError::UnauthorizedClient);
    }
    let code = required(form, "device_code", "device_code is missing")?;
    let grant = grants::device_grant_by_device_code(&app.database, &token::hash(code))
        .await?
        .filter(|grant| grant.client_id == call.client.id)
        .ok_or(OauthError::InvalidGrant)?;
    if grant.expires_at < app.clock.now() {
        return Err(OauthError::ExpiredToken);
    }
    if grant.exchanged_at.is_some() {
        return Err(OauthError::InvalidGrant);
    }
    if grant.rejected_at.is_some() {
        return Err(OauthError::AccessDenied);
    }
    let (Some(_), Some(session)) = (grant.fulfilled_at, grant.browser_session_id) else {
        return Err(OauthError::AuthorizationPending);
    };
    let Found::Active(who) = standing(app, session).await? else {
        return Err(OauthError::InvalidGrant);
    };
    let wanted = Wanted {
        user: &who.user,
        browser_session: &who.session,
        scope: &grant.scope,
        redeemed: Redeemed::Device(grant.id),
        refreshable: call.client.may_use(REFRESH_TOKEN),
        identity: Identity::default(),
    };
    session::start(call, &wanted).await
}
