//! `GET` and `POST /link`: the user enters the code that the device shows.

use std::sync::Arc;

use muniment_store::grants;
use poem::{Body, IntoResponse, Request, Response, handler, http::StatusCode, web::Data};
use ulid::Ulid;

use crate::{
    app::App,
    auth::token,
    http::ClientIp,
    oauth::{
        browser::{self, page_error, redirect},
        consent::{page_form, verify_csrf},
        form::{Form, MaxBody},
    },
    pages::{Continuation, FormState, Input, PageError, Problem, views::DeviceLinkPage},
    web::Cookies,
};

/// More than any code has.
const MAX_CODE: usize = 64;

#[handler]
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is taken off the request by value"
)]
pub fn show_link(
    Data(app): Data<&Arc<App>>,
    cookies: Cookies,
    request: &Request,
) -> Result<Response, PageError> {
    enabled(app)?;
    let query = Form::of_query(request).map_err(|_| PageError::InvalidRequest)?;
    let mut form = FormState::new();
    if app.oauth.device_code_user_code_auto_fill_enabled
        && let Some(code) = query.get("code").filter(|code| code.len() <= MAX_CODE)
    {
        form.keep(Input::Code, code);
    }
    let ctx = browser::context(app, request, &cookies);
    Ok(DeviceLinkPage { ctx, form }.into_response())
}

#[handler]
pub async fn enter(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    ClientIp(ip): ClientIp,
    cookies: Cookies,
    request: &Request,
    body: Body,
) -> Result<Response, PageError> {
    enabled(app)?;
    let posted = page_form(request, body, *max_body).await?;
    verify_csrf(&cookies, &posted)?;
    let ctx = browser::context(app, request, &cookies);
    let code = posted.get("code").unwrap_or_default().trim();
    let code = if code.len() <= MAX_CODE { code } else { "" };
    let mut form = FormState::new().with(Input::Code, code);
    // Codes are short: they may be guessed as often as this lets through.
    if let Err(limited) = app.limits.check_user_code(ip) {
        form.refuse(Input::Code, Problem::RateLimited);
        let page = DeviceLinkPage { ctx, form }.into_response();
        return Ok(page
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .with_header("retry-after", limited.seconds())
            .into_response());
    }
    let hash = token::hash(&code.to_ascii_uppercase());
    let found = grants::device_grant_by_user_code(&app.database, &hash).await;
    let now = app.clock.now();
    let found = found
        .map_err(page_error)?
        .filter(|grant| grant.is_pending() && grant.expires_at >= now);
    let Some(grant) = found else {
        form.refuse(Input::Code, Problem::Invalid);
        return Ok(DeviceLinkPage { ctx, form }.into_response());
    };
    let id = Ulid::from(grant.id.as_uuid().as_u128());
    Ok(redirect(
        &ctx.href(Continuation::DeviceCodeGrant(id).target()),
    ))
}

fn enabled(app: &App) -> Result<(), PageError> {
    if app.oauth.device_code_grant_enabled {
        Ok(())
    } else {
        Err(PageError::NotFound)
    }
}
