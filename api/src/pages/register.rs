//! `/register`: registering oneself, first page (contract oauth2.md 15.5 and 15.6).

use muniment_domain::EmailAddress;
use muniment_store::registrations::attach_registration_token;
use poem::{Response, Result, handler};
use ulid::Ulid;

use super::{
    Continuation, FormState, Input, Invitation, Page, PageError, PolicyReason, Posted, Problem,
    Visit,
    continuation::with_query,
    new_password, providers,
    views::{RegisterPage, RegisterPasswordPage, with_token},
};
use crate::{
    accounts::{self, Applicant},
    captcha::CaptchaError,
    policy::{Register, RegistrationMethod, RequestedBy, Violation},
};

#[handler]
pub async fn choose(visit: Visit) -> Result<Response> {
    let continuation = visit.continuation();
    if visit.active().await?.is_some() {
        return Ok(visit.go_on(continuation.as_ref(), "/"));
    }
    let password_enabled = visit.app.site.password_registration_enabled;
    let providers = providers::enabled(&visit.app);
    let only = match (password_enabled, providers.as_slice()) {
        (true, []) => Some("/register/password".to_owned()),
        (false, [provider]) => Some(format!("/upstream/authorize/{}", provider.id)),
        _ => None,
    };
    let token = visit.query("token");
    if let Some(path) = only {
        let path = with_token(&path, continuation.as_ref(), token);
        return Ok(visit.redirect(path));
    }
    let page = RegisterPage {
        ctx: visit.ctx(),
        continuation,
        password_enabled,
        providers,
        token: token.map(str::to_owned),
    };
    Ok(page.respond())
}

#[handler]
pub async fn show(visit: Visit) -> Result<Response> {
    let continuation = visit.continuation();
    if visit.active().await?.is_some() {
        return Ok(visit.go_on(continuation.as_ref(), "/"));
    }
    if !visit.app.site.password_registration_enabled {
        return Ok(visit.redirect(Continuation::on(continuation.as_ref(), "/login")));
    }
    let username = visit.query("username").unwrap_or_default();
    let mut form = FormState::new().with(Input::Username, username);
    let invitation = invitation(&visit, visit.query("token"), &mut form).await?;
    Ok(page(&visit, form, invitation).respond())
}

async fn invitation(
    visit: &Visit,
    token: Option<&str>,
    form: &mut FormState,
) -> Result<Option<Invitation>, PageError> {
    Ok(Invitation::find(&visit.app, token, form).await?)
}

fn page(
    visit: &Visit,
    mut form: FormState,
    invitation: Option<Invitation>,
) -> RegisterPasswordPage {
    let site = &visit.app.site;
    if let Some(invitation) = &invitation {
        invitation.fill(&mut form);
    }
    RegisterPasswordPage {
        ctx: visit.ctx(),
        form,
        continuation: visit.continuation(),
        server_name: site.server_name.clone(),
        email_required: site.password_registration_email_required,
        captcha: site.captcha.clone(),
        invitation,
    }
}

#[handler]
pub async fn submit(visit: Visit, posted: Posted) -> Result<Response> {
    let app = &visit.app;
    if !app.site.password_registration_enabled {
        return Err(PageError::NotAvailable.into());
    }
    posted.verify(&visit)?;
    let mut form = FormState::new()
        .with(Input::Username, posted.input(Input::Username))
        .with(Input::Email, posted.input(Input::Email));
    let invitation = invitation(&visit, Some(posted.input(Input::Token)), &mut form).await?;
    let invited = invitation.as_ref().and_then(Invitation::email).is_some();
    let email = (app.site.password_registration_email_required || invited)
        .then(|| posted.input(Input::Email).trim());
    form.keep_checked(Input::AcceptTerms, posted.input(Input::AcceptTerms) == "on");
    check(&visit, &posted, email, &mut form).await?;
    if let Some(invitation) = &invitation {
        invitation.check(posted.input(Input::Username), email, &mut form);
    }
    if form.is_valid() && is_limited(&visit, email) {
        form.refuse_form(Problem::RateLimited);
    }
    if !form.is_valid() {
        return Ok(page(&visit, form, invitation).respond());
    }
    let applicant = Applicant {
        username: posted.input(Input::Username),
        email,
        terms_uri: app.site.tos_uri.as_ref().map(ToString::to_string),
        continuation: visit.continuation().map(|to| to.to_string()),
        locale: visit.locale.tag(),
        visitor: &visit.visitor,
    };
    let id = accounts::enroll(app, applicant, posted.input(Input::Password)).await;
    let id = id.map_err(PageError::from)?;
    if let Some(invitation) = &invitation {
        let attached = attach_registration_token(&app.database, id, invitation.id);
        attached.await.map_err(PageError::from)?;
    }
    let id = Ulid::from(id.as_u128());
    visit
        .cookies
        .remember_registration(id)
        .map_err(PageError::from)?;
    Ok(visit.redirect(with_query(format!("/register/steps/{id}/finish"), [])))
}

/// Everything that can be wrong, at once.
async fn check(
    visit: &Visit,
    posted: &Posted,
    email: Option<&str>,
    form: &mut FormState,
) -> Result<(), PageError> {
    let captcha = visit
        .app
        .captcha
        .verify(|name| posted.field(name), visit.visitor.ip);
    match captcha.await {
        Ok(()) => {}
        Err(error @ CaptchaError::Service(_)) => {
            tracing::error!(%error, "a captcha could not be checked");
            form.refuse_form(Problem::Captcha);
        }
        Err(error) => {
            tracing::debug!(%error, "a captcha is refused");
            form.refuse_form(Problem::Captcha);
        }
    }
    match email {
        Some("") => form.refuse(Input::Email, Problem::Required),
        Some(address) if EmailAddress::parse(address).is_err() => {
            form.refuse(Input::Email, Problem::Invalid);
        }
        Some(_) | None => {}
    }
    new_password::check(&visit.app, posted, form).await?;
    let terms = visit.app.site.tos_uri.is_some();
    if terms && posted.input(Input::AcceptTerms) != "on" {
        form.refuse(Input::AcceptTerms, Problem::Required);
    }
    check_username(visit, posted, email, form).await
}

/// The name, and what the policy says of it and of everything else.
async fn check_username(
    visit: &Visit,
    posted: &Posted,
    email: Option<&str>,
    form: &mut FormState,
) -> Result<(), PageError> {
    let username = posted.input(Input::Username);
    let input = Register {
        method: RegistrationMethod::Password,
        username,
        email: email.filter(|email| !email.is_empty()),
        requester: RequestedBy {
            ip_address: visit.visitor.ip,
            user_agent: visit.visitor.user_agent.as_deref(),
        },
    };
    let mut violations = visit.app.policy.rules().register(&input);
    if username.is_empty() {
        form.refuse(Input::Username, Problem::Required);
        // That it is also too short helps nobody.
        violations.retain(|violation| violation.field != Some("username"));
    }
    let of_name = violations
        .iter()
        .any(|violation| violation.field == Some("username"));
    if !username.is_empty()
        && !of_name
        && !accounts::is_username_available(&visit.app, username).await?
    {
        form.refuse(Input::Username, Problem::Exists);
    }
    for violation in &violations {
        refuse_by_policy(form, violation);
    }
    Ok(())
}

fn refuse_by_policy(form: &mut FormState, violation: &Violation) {
    let input = match violation.field {
        Some("username") => Some(Input::Username),
        Some("email") => Some(Input::Email),
        Some("password") => Some(Input::Password),
        _ => None,
    };
    form.refuse_at(input, Problem::Policy(reason(violation)));
}

/// Why the policy refuses, in words that pages have.
pub(super) fn reason(violation: &Violation) -> PolicyReason {
    let code = violation
        .code
        .and_then(|code| serde_json::to_value(code).ok());
    let code = code.as_ref().and_then(serde_json::Value::as_str);
    PolicyReason::from_code(code, violation.need_to_remove)
}

fn is_limited(visit: &Visit, email: Option<&str>) -> bool {
    let (limits, ip) = (&visit.app.limits, visit.visitor.ip);
    let registration = limits.check_registration(ip);
    let limited = registration
        .and_then(|()| email.map_or(Ok(()), |email| limits.check_email_authentication(ip, email)));
    if let Err(reason) = limited {
        tracing::warn!(%reason, "a registration is refused");
    }
    limited.is_err()
}
