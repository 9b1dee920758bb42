//! `/register/steps/{id}/…`: what is still missing, one page each, and the step that completes the
//! registration (contract oauth2.md 15.7 and 15.8).

use muniment_domain::{EmailAddress, Invitee, Username};
use muniment_projections::queries;
use muniment_store::{
    registrations::{
        self, EmailAuthentication, Registration, attach_registration_token,
        complete_email_authentication, email_authentication, set_registration_display_name,
    },
    time::HOUR,
};
use poem::{Response, Result, handler, web::Path};
use ulid::Ulid;
use uuid::Uuid;

use super::{
    Continuation, FormState, Input, Page, PageError, Posted, Problem, Visit,
    views::{DisplayNamePage, EmailInUsePage, TokenPage, VerifyEmailPage},
};
use crate::accounts::{self, AccountError, Arrival, EnrollError};

/// For how long a registration can be completed, in microseconds.
const LIFETIME: i64 = HOUR;
/// Bytes of a display name.
const LONGEST_NAME: usize = 255;

/// A registration that goes on; where a complete one leads is the error.
async fn step(visit: &Visit, id: &str) -> Result<(Ulid, Registration)> {
    let id: Ulid = id.parse().map_err(|_| PageError::NotFound)?;
    let uuid = Uuid::from_u128(id.into());
    let found = registrations::registration(&visit.app.database, uuid).await;
    let found = found.map_err(PageError::from)?.ok_or(PageError::NotFound)?;
    if found.completed_at.is_some() {
        let onwards = visit.go_on(continuation(&found).as_ref(), "/");
        return Err(poem::Error::from_response(onwards));
    }
    Ok((id, found))
}

fn continuation(registration: &Registration) -> Option<Continuation> {
    let query = registration.begun.continuation.as_deref()?;
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    Continuation::from_pairs(&pairs)
}

fn to(visit: &Visit, id: Ulid, step: &str) -> Response {
    visit.redirect(format_args!("/register/steps/{id}/{step}"))
}

/// Of the address, if one has to be proved.
async fn authentication(
    visit: &Visit,
    registration: &Registration,
) -> Result<Option<EmailAuthentication>, PageError> {
    let Some(id) = registration.begun.email_authentication_id else {
        return Ok(None);
    };
    Ok(email_authentication(&visit.app.database, id).await?)
}

/// `GET finish`: leads to what is missing, and in the end completes the registration.
#[handler]
pub async fn finish(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (id, registration) = step(&visit, &id).await?;
    let app = &visit.app;
    if app.clock.now() - registration.begun.created_at >= LIFETIME {
        return Err(PageError::Expired.into());
    }
    if !visit.cookies.knows_registration(id) {
        return Err(PageError::InvalidRequest.into());
    }
    let available = accounts::is_username_available(app, &registration.begun.username).await;
    if !available.map_err(PageError::from)? {
        return Err(PageError::UsernameTaken.into());
    }
    let arrival = match registration.begun.upstream_session_id {
        Some(session) => {
            let arrival = Arrival::find(app, session).await.map_err(PageError::from)?;
            let unlinked = arrival.filter(|arrival| arrival.link.is_none());
            Some(unlinked.ok_or(PageError::AlreadyUsed)?)
        }
        None => None,
    };
    let token_required = match &arrival {
        Some(arrival) => arrival.provider.settings.registration_token_required,
        None => app.site.password_registration_token_required,
    };
    match registration.registration_token_id {
        None if token_required => {
            return Ok(to(&visit, id, "token"));
        }
        None => {}
        Some(token) => {
            let token = queries::registration_token(&app.database, token).await;
            let token = token.map_err(PageError::from)?;
            if !token.is_some_and(|token| token.is_valid(app.clock.now())) {
                return Err(PageError::Expired.into());
            }
        }
    }
    let email = authentication(&visit, &registration).await?;
    if email.is_none() && registration.begun.email_authentication_id.is_some() {
        return Err(PageError::Expired.into());
    }
    if let Some(email) = &email {
        if email.completed_at.is_none() {
            return Ok(to(&visit, id, "verify-email"));
        }
        let in_use = accounts::is_email_in_use(app, &email.email).await;
        if in_use.map_err(PageError::from)? {
            return Ok(in_use_page(&visit, &registration, email).respond());
        }
    }
    if registration.begun.display_name.is_none() {
        return Ok(to(&visit, id, "display-name"));
    }
    complete(&visit, id, &registration, email.as_ref(), arrival.as_ref()).await
}

async fn complete(
    visit: &Visit,
    id: Ulid,
    registration: &Registration,
    email: Option<&EmailAuthentication>,
    arrival: Option<&Arrival>,
) -> Result<Response> {
    let continuation = continuation(registration);
    let address = email.map(|email| email.email.as_str());
    let (visitor, correlation) = (&visit.visitor, visit.correlation_id);
    let completed = accounts::complete_enrollment(
        &visit.app,
        registration,
        address,
        arrival,
        visitor,
        correlation,
    );
    match completed.await {
        Ok(enrolled) => visit.cookies.start_session(enrolled.session.as_ulid()),
        // The other request has set the cookie.
        Err(EnrollError::Done) => {}
        // Another sign-in of the same person there was faster.
        Err(EnrollError::Account(AccountError::UpstreamSubjectTaken)) => {
            return Err(PageError::AlreadyUsed.into());
        }
        Err(EnrollError::Token) => return Err(PageError::Expired.into()),
        Err(EnrollError::Account(AccountError::EmailInUse)) => {
            let Some(email) = email else {
                return Err(PageError::Internal.into());
            };
            return Ok(in_use_page(visit, registration, email).respond());
        }
        Err(EnrollError::Account(error)) => return Err(PageError::from(error).into()),
    }
    let cookies = &visit.cookies;
    cookies.forget_registration(id).map_err(PageError::from)?;
    if let Some(arrival) = arrival {
        let session = Ulid::from(arrival.session.as_u128());
        cookies.forget_upstream(session).map_err(PageError::from)?;
    }
    Ok(visit.go_on(continuation.as_ref(), "/"))
}

fn in_use_page(
    visit: &Visit,
    registration: &Registration,
    email: &EmailAuthentication,
) -> EmailInUsePage {
    EmailInUsePage {
        ctx: visit.ctx(),
        email: email.email.clone(),
        can_recover: visit.app.site.account_recovery_allowed,
        continuation: continuation(registration),
    }
}

#[handler]
pub async fn token_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (id, registration) = step(&visit, &id).await?;
    if registration.registration_token_id.is_some() {
        return Ok(to(&visit, id, "display-name"));
    }
    Ok(token_page(&visit, id, FormState::new()).respond())
}

fn token_page(visit: &Visit, registration: Ulid, form: FormState) -> TokenPage {
    TokenPage {
        ctx: visit.ctx(),
        registration,
        form,
    }
}

#[handler]
pub async fn token_submit(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response> {
    posted.verify(&visit)?;
    let (id, registration) = step(&visit, &id).await?;
    let text = posted.input(Input::Token).trim();
    let mut form = FormState::new().with(Input::Token, text);
    let database = &visit.app.database;
    if text.is_empty() {
        form.refuse(Input::Token, Problem::Required);
        return Ok(token_page(&visit, id, form).respond());
    }
    let valid = accounts::valid_registration_token(&visit.app, text).await;
    let Some(valid) = valid.map_err(PageError::from)? else {
        form.refuse(Input::Token, Problem::Invalid);
        return Ok(token_page(&visit, id, form).respond());
    };
    let email = authentication(&visit, &registration).await?;
    if !valid
        .invitee
        .means(&applicant(&registration, email.as_ref()))
    {
        form.refuse(Input::Token, Problem::NotInvited);
        return Ok(token_page(&visit, id, form).respond());
    }
    let attached = attach_registration_token(database, Uuid::from_u128(id.into()), valid.id);
    attached.await.map_err(PageError::from)?;
    Ok(to(&visit, id, "finish"))
}

/// Whoever registers, as an invitation would mean them.
fn applicant(registration: &Registration, email: Option<&EmailAuthentication>) -> Invitee {
    let email = email.and_then(|email| EmailAddress::parse(&email.email).ok());
    Invitee {
        username: Username::parse(&registration.begun.username).ok(),
        email,
    }
}

#[handler]
pub async fn email_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (id, registration) = step(&visit, &id).await?;
    let email = unproved(&visit, &registration).await?;
    Ok(email_page(&visit, id, &email, FormState::new()).respond())
}

async fn unproved(
    visit: &Visit,
    registration: &Registration,
) -> Result<EmailAuthentication, PageError> {
    let email = authentication(visit, registration).await?;
    let email = email.ok_or(PageError::InvalidRequest)?;
    if email.completed_at.is_some() {
        return Err(PageError::AlreadyUsed);
    }
    Ok(email)
}

fn email_page(
    visit: &Visit,
    registration: Ulid,
    email: &EmailAuthentication,
    form: FormState,
) -> VerifyEmailPage {
    VerifyEmailPage {
        ctx: visit.ctx(),
        registration,
        email: email.email.clone(),
        form,
    }
}

#[handler]
pub async fn email_submit(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response> {
    posted.verify(&visit)?;
    let (id, registration) = step(&visit, &id).await?;
    let email = unproved(&visit, &registration).await?;
    let (app, code) = (&visit.app, posted.input(Input::Code).trim());
    let mut form = FormState::new();
    if code.is_empty() {
        form.refuse(Input::Code, Problem::Required);
    } else if let Err(reason) = app.limits.check_email_code_attempt(email.id) {
        tracing::warn!(%reason, "a mailed code was not compared");
        form.refuse_form(Problem::RateLimited);
    } else {
        let now = app.clock.now();
        let right = complete_email_authentication(&app.database, email.id, code, now).await;
        if right.map_err(PageError::from)? {
            return Ok(to(&visit, id, "finish"));
        }
        form.refuse(Input::Code, Problem::Invalid);
    }
    Ok(email_page(&visit, id, &email, form).respond())
}

#[handler]
pub async fn name_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (id, registration) = step(&visit, &id).await?;
    let form = FormState::new().with(
        Input::DisplayName,
        registration
            .begun
            .display_name
            .as_deref()
            .unwrap_or_default(),
    );
    Ok(name_page(&visit, id, &registration, form).respond())
}

fn name_page(
    visit: &Visit,
    id: Ulid,
    registration: &Registration,
    form: FormState,
) -> DisplayNamePage {
    DisplayNamePage {
        ctx: visit.ctx(),
        registration: id,
        username: registration.begun.username.clone(),
        form,
    }
}

#[handler]
pub async fn name_submit(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let (id, registration) = step(&visit, &id).await?;
    let typed = posted.input(Input::DisplayName).trim();
    let name = match posted.get("action") {
        "" | "set" => typed,
        "skip" => registration.begun.username.as_str(),
        _ => return Err(PageError::InvalidRequest.into()),
    };
    if name.is_empty() || name.len() > LONGEST_NAME {
        let mut form = FormState::new().with(Input::DisplayName, typed);
        form.refuse(Input::DisplayName, Problem::Invalid);
        return Ok(name_page(&visit, id, &registration, form).respond());
    }
    let (database, uuid) = (&visit.app.database, Uuid::from_u128(id.into()));
    let set = set_registration_display_name(database, uuid, name).await;
    set.map_err(PageError::from)?;
    Ok(to(&visit, id, "finish"))
}
