//! `/login`: signing in with a password, or the way to other services (contract oauth2.md 15.2 and
//! 15.3).

use muniment_domain::{AuthenticationMethod, EmailAddress, user::Origin};
use poem::{Response, Result, handler};

use super::{
    Continuation, FormState, Input, Page, PageError, Posted, Problem, Visit, providers,
    views::{Inactive, LoginPage},
};
use crate::accounts::{self, AccountError, PasswordAttempt};

#[handler]
pub async fn show(visit: Visit) -> Result<Response> {
    let continuation = visit.continuation();
    if visit.signed_in(continuation.as_ref()).await?.is_some() {
        return Ok(visit.go_on(continuation.as_ref(), "/"));
    }
    let providers = providers::enabled(&visit.app);
    if let ([provider], false) = (providers.as_slice(), visit.app.site.password_login_enabled) {
        let path = format!("/upstream/authorize/{}", provider.id);
        return Ok(visit.redirect(Continuation::on(continuation.as_ref(), path)));
    }
    let mut form = FormState::new();
    if let Some(name) = visit
        .query("login_hint")
        .and_then(|hint| hinted(&visit, hint))
    {
        form.keep(Input::Username, name);
    }
    Ok(page(&visit, form).respond())
}

/// The name that a client expects.
fn hinted<'h>(visit: &Visit, hint: &'h str) -> Option<&'h str> {
    if let Some(id) = hint.strip_prefix("mxid:") {
        let localpart = accounts::localpart(&visit.app, id);
        return (localpart != id).then_some(localpart);
    }
    let is_email = visit.app.site.login_with_email_allowed && EmailAddress::parse(hint).is_ok();
    is_email.then_some(hint)
}

fn page(visit: &Visit, form: FormState) -> LoginPage {
    let site = &visit.app.site;
    LoginPage {
        ctx: visit.ctx(),
        form,
        continuation: visit.continuation(),
        password_enabled: site.password_login_enabled,
        email_allowed: site.login_with_email_allowed,
        can_register: site.password_registration_enabled,
        can_recover: site.account_recovery_allowed,
        providers: providers::enabled(&visit.app),
    }
}

#[handler]
pub async fn submit(visit: Visit, posted: Posted) -> Result<Response> {
    if !visit.app.site.password_login_enabled {
        return Err(PageError::NotAvailable.into());
    }
    posted.verify(&visit)?;
    let (username, password) = (posted.input(Input::Username), posted.input(Input::Password));
    let mut form = FormState::new().with(Input::Username, username);
    for (input, value) in [(Input::Username, username), (Input::Password, password)] {
        if value.is_empty() {
            form.refuse(input, Problem::Required);
        }
    }
    if !form.is_valid() {
        return Ok(page(&visit, form).respond());
    }
    let attempt = attempt(&visit, username, password).await;
    match attempt.map_err(PageError::from)? {
        PasswordAttempt::Limited => form.refuse_form(Problem::RateLimited),
        PasswordAttempt::Wrong => form.refuse_form(Problem::InvalidCredentials),
        PasswordAttempt::Right { user, password } => {
            let continuation = visit.continuation();
            if !user.is_active() {
                let reason = if user.deactivated_at.is_some() {
                    Inactive::Deactivated
                } else {
                    Inactive::Locked
                };
                let page = visit.interstitial(reason, user.username, continuation.as_ref());
                return Ok(page.respond());
            }
            let actor = visit.actor(user.id, Origin::SelfService);
            let method = AuthenticationMethod::Password {
                password_id: password,
            };
            let started =
                accounts::sign_in(&visit.app, &actor, user.id, method, &visit.visitor).await;
            let session = started.map_err(PageError::from)?;
            let id = session.as_uuid().as_u128().into();
            visit.cookies.start_session(id);
            return Ok(visit.go_on(continuation.as_ref(), "/"));
        }
    }
    Ok(page(&visit, form).respond())
}

async fn attempt(
    visit: &Visit,
    username: &str,
    password: &str,
) -> Result<PasswordAttempt, AccountError> {
    let user = accounts::find_by_login(&visit.app, username).await?;
    let (visitor, id) = (&visit.visitor, visit.correlation_id);
    accounts::check_password(&visit.app, user, password, visitor, id).await
}
