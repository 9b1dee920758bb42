//! `/recover`: asking for a mail with which a new password can be set (contract oauth2.md 15.9). Says
//! the same, in the same time, whether anybody has the address or not.

use muniment_domain::EmailAddress;
use muniment_store::recovery::{RecoverySession, recovery_session};
use poem::{Response, Result, handler, web::Path};
use ulid::Ulid;
use uuid::Uuid;

use super::{
    FormState, Input, Page, PageError, Posted, Problem, Visit,
    views::{RecoveryConsumedPage, RecoveryDisabledPage, RecoveryProgressPage, RecoveryStartPage},
};
use crate::accounts;

/// Whoever is signed in, or cannot have a password here, is in the wrong place: what they get instead
/// is the error.
async fn only_who_may_recover(visit: &Visit) -> Result<()> {
    let instead = if !visit.app.site.account_recovery_allowed {
        RecoveryDisabledPage { ctx: visit.ctx() }.respond()
    } else if visit.active().await?.is_some() {
        visit.redirect("/")
    } else {
        return Ok(());
    };
    Err(poem::Error::from_response(instead))
}

#[handler]
pub async fn show(visit: Visit) -> Result<Response> {
    only_who_may_recover(&visit).await?;
    Ok(start_page(&visit, FormState::new()).respond())
}

fn start_page(visit: &Visit, form: FormState) -> RecoveryStartPage {
    RecoveryStartPage {
        ctx: visit.ctx(),
        form,
    }
}

#[handler]
pub async fn submit(visit: Visit, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    only_who_may_recover(&visit).await?;
    if visit.visitor.user_agent.is_none() {
        return Err(PageError::InvalidRequest.into());
    }
    let email = posted.input(Input::Email).trim();
    let mut form = FormState::new().with(Input::Email, email);
    if email.is_empty() {
        form.refuse(Input::Email, Problem::Required);
    } else if EmailAddress::parse(email).is_err() {
        form.refuse(Input::Email, Problem::Invalid);
    } else if is_limited(&visit, email) {
        form.refuse_form(Problem::RateLimited);
    }
    if !form.is_valid() {
        return Ok(start_page(&visit, form).respond());
    }
    let locale = visit.locale.tag();
    let started = accounts::start_recovery(&visit.app, email, locale, &visit.visitor).await;
    let id = Ulid::from(started.map_err(PageError::from)?.as_u128());
    Ok(visit.redirect(format_args!("/recover/progress/{id}")))
}

fn is_limited(visit: &Visit, email: &str) -> bool {
    let limited = visit
        .app
        .limits
        .check_account_recovery(visit.visitor.ip, email);
    if let Err(reason) = limited {
        tracing::warn!(%reason, "a recovery is refused");
    }
    limited.is_err()
}

/// A recovery that goes on; what somebody gets who has none is the error.
async fn find(visit: &Visit, id: &str) -> Result<(Ulid, RecoverySession)> {
    only_who_may_recover(visit).await?;
    let mut found = None;
    if let Ok(id) = id.parse::<Ulid>() {
        let session = recovery_session(&visit.app.database, Uuid::from_u128(id.into())).await;
        found = session.map_err(PageError::from)?.map(|found| (id, found));
    }
    let instead = match found {
        None => visit.redirect("/recover"),
        Some((_, session)) if session.consumed_at.is_some() => {
            RecoveryConsumedPage { ctx: visit.ctx() }.respond()
        }
        Some(found) => return Ok(found),
    };
    Err(poem::Error::from_response(instead))
}

#[handler]
pub async fn progress(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (id, session) = find(&visit, &id).await?;
    Ok(progress_page(&visit, id, &session, false, FormState::new()).respond())
}

fn progress_page(
    visit: &Visit,
    id: Ulid,
    session: &RecoverySession,
    resent: bool,
    form: FormState,
) -> RecoveryProgressPage {
    RecoveryProgressPage {
        ctx: visit.ctx(),
        session: id,
        email: session.email.clone(),
        resent,
        form,
    }
}

#[handler]
pub async fn resend(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let (id, session) = find(&visit, &id).await?;
    let mut form = FormState::new();
    if is_limited(&visit, &session.email) {
        form.refuse_form(Problem::RateLimited);
        return Ok(progress_page(&visit, id, &session, false, form).respond());
    }
    let sent = accounts::send_recovery_mails(&visit.app, session.id).await;
    sent.map_err(PageError::from)?;
    Ok(progress_page(&visit, id, &session, true, form).respond())
}
