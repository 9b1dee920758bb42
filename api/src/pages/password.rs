//! `/account/password/change` and `/account/password/recovery`: a new password, with the old one or
//! with the ticket of a recovery mail (contract oauth2.md 15.9, graphql.md 11). Nobody is signed out.
//! Where scripts run, the account pages take over; the forms are for where they do not.

use poem::{Response, Result, handler};

use super::{
    Continuation, FormState, Input, Page, PageContext, PageError, Posted, Problem, SignedIn, Visit,
    new_password,
    views::{
        DeadLink, DeadLinkPage, PasswordChangePage, PasswordRecoveryPage, PasswordSetPage,
        PasswordUnchangeablePage, RecoveryConsumedPage, RecoveryDisabledPage, Unchangeable,
    },
};
use crate::accounts::{self, PasswordAttempt, RecoveryRefusal};

#[handler]
pub async fn show_change(visit: Visit) -> Result<Response> {
    let who = who_may_change(&visit).await?;
    let ctx = visit.ctx().with_account_pages();
    Ok(change_page(ctx, &who, FormState::new()))
}

#[handler]
pub async fn change(visit: Visit, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let who = who_may_change(&visit).await?;
    let app = &visit.app;
    let mut form = FormState::new();
    let current = posted.input(Input::CurrentPassword);
    if current.is_empty() {
        form.refuse(Input::CurrentPassword, Problem::Required);
    }
    new_password::check(app, &posted, &mut form).await?;
    if !form.is_valid() {
        return Ok(change_page(visit.ctx(), &who, form));
    }
    let user = Some(who.user.clone());
    let attempt =
        accounts::check_password(app, user, current, &visit.visitor, visit.correlation_id).await;
    match attempt.map_err(PageError::from)? {
        PasswordAttempt::Limited => form.refuse_form(Problem::RateLimited),
        PasswordAttempt::Wrong => form.refuse(Input::CurrentPassword, Problem::Invalid),
        PasswordAttempt::Right { .. } => {
            let actor = who.actor(visit.correlation_id);
            let new = posted.input(Input::Password);
            // Its strength was looked at with the rest of the form.
            let set = accounts::set_password(app, &actor, who.user.id, new, true).await;
            set.map_err(PageError::from)?;
            return Ok(set_page(&visit, true));
        }
    }
    Ok(change_page(visit.ctx(), &who, form))
}

/// Who is signed in and may change the own password; else the page that says why not comes as the
/// error.
async fn who_may_change(visit: &Visit) -> Result<SignedIn> {
    let who = visit.required(&Continuation::ChangePassword).await?;
    let reason = if !visit.app.passwords.enabled() || !visit.app.site.password_change_allowed {
        Unchangeable::SwitchedOff
    } else if !who.user.has_password {
        Unchangeable::NoPassword
    } else {
        return Ok(who);
    };
    let ctx = visit.ctx();
    let page = PasswordUnchangeablePage { ctx, reason };
    Err(poem::Error::from_response(page.respond()))
}

fn change_page(ctx: PageContext, who: &SignedIn, form: FormState) -> Response {
    let page = PasswordChangePage {
        ctx,
        username: who.user.username.clone(),
        form,
    };
    page.respond()
}

fn set_page(visit: &Visit, signed_in: bool) -> Response {
    let ctx = visit.ctx();
    PasswordSetPage { ctx, signed_in }.respond()
}

#[handler]
pub async fn show_recovery(visit: Visit) -> Result<Response> {
    let ticket = visit.query("ticket").unwrap_or_default().to_owned();
    let ctx = visit.ctx().with_account_pages();
    recovery_page(ctx, &visit, ticket, FormState::new()).await
}

#[handler]
pub async fn recover(visit: Visit, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let ticket = posted.get("ticket").to_owned();
    let mut form = FormState::new();
    new_password::check(&visit.app, &posted, &mut form).await?;
    if !form.is_valid() {
        return recovery_page(visit.ctx(), &visit, ticket, form).await;
    }
    let new = posted.input(Input::Password);
    let set = accounts::recover_password(&visit.app, &ticket, new, visit.correlation_id).await;
    match set {
        Ok(_) => Ok(set_page(&visit, visit.active().await?.is_some())),
        Err(RecoveryRefusal::PasswordTooWeak) => {
            form.refuse(Input::Password, Problem::TooWeak);
            recovery_page(visit.ctx(), &visit, ticket, form).await
        }
        Err(refusal) => refused(visit.ctx(), refusal),
    }
}

/// The form, if the ticket is good.
async fn recovery_page(
    ctx: PageContext,
    visit: &Visit,
    ticket: String,
    form: FormState,
) -> Result<Response> {
    match accounts::check_ticket(&visit.app, &ticket).await {
        Ok(good) => {
            let page = PasswordRecoveryPage {
                ctx,
                username: good.user.username,
                ticket,
                form,
            };
            Ok(page.respond())
        }
        Err(refusal) => refused(ctx, refusal),
    }
}

fn refused(ctx: PageContext, refusal: RecoveryRefusal) -> Result<Response> {
    // An old link can be sent anew; the rest is said here.
    let bundle = match refusal {
        RecoveryRefusal::Expired => ctx.bundle,
        _ => None,
    };
    let ctx = PageContext { bundle, ..ctx };
    let reason = match refusal {
        RecoveryRefusal::Disabled => return Ok(RecoveryDisabledPage { ctx }.respond()),
        RecoveryRefusal::AlreadyUsed => return Ok(RecoveryConsumedPage { ctx }.respond()),
        RecoveryRefusal::NoSuchTicket => DeadLink::Unknown,
        RecoveryRefusal::Expired => DeadLink::Expired,
        RecoveryRefusal::AccountInactive => DeadLink::Inactive,
        RecoveryRefusal::PasswordTooWeak => return Err(PageError::InvalidRequest.into()),
        RecoveryRefusal::Account(error) => return Err(PageError::from(error).into()),
    };
    Ok(DeadLinkPage { ctx, reason }.respond())
}
