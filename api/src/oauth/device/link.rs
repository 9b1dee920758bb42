//! `GET` and `POST /link`: the user enters the code that the device shows.

use muniment_store::grants;
use poem::{IntoResponse, Response, Result, handler, http::StatusCode};
use ulid::Ulid;

use crate::{
    app::App,
    auth::token,
    pages::{
        Continuation, FormState, Input, Page, PageError, Posted, Problem, Visit,
        views::DeviceLinkPage,
    },
};

/// More than any code has.
const MAX_CODE: usize = 64;

#[handler]
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is taken off the request by value"
)]
pub fn show_link(visit: Visit) -> Result<Response> {
    let app = &visit.app;
    enabled(app)?;
    let mut form = FormState::new();
    if app.oauth.device_code_user_code_auto_fill_enabled
        && let Some(code) = visit.query("code").filter(|code| code.len() <= MAX_CODE)
    {
        form.keep(Input::Code, code);
    }
    Ok(page(&visit, form))
}

fn page(visit: &Visit, form: FormState) -> Response {
    let ctx = visit.ctx();
    DeviceLinkPage { ctx, form }.respond()
}

#[handler]
pub async fn enter(visit: Visit, posted: Posted) -> Result<Response> {
    let app = &visit.app;
    enabled(app)?;
    posted.verify(&visit)?;
    let code = posted.input(Input::Code).trim();
    let code = if code.len() <= MAX_CODE { code } else { "" };
    let mut form = FormState::new().with(Input::Code, code);
    // Codes are short: they may be guessed as often as this lets through.
    if let Err(limited) = app.limits.check_user_code(visit.visitor.ip) {
        form.refuse(Input::Code, Problem::RateLimited);
        return Ok(page(&visit, form)
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .with_header("retry-after", limited.seconds())
            .into_response());
    }
    let hash = token::hash(&code.to_ascii_uppercase());
    let found = grants::device_grant_by_user_code(&app.database, &hash).await;
    let now = app.clock.now();
    let found = found
        .map_err(PageError::from)?
        .filter(|grant| grant.is_pending() && grant.expires_at >= now);
    let Some(grant) = found else {
        form.refuse(Input::Code, Problem::Invalid);
        return Ok(page(&visit, form));
    };
    let id = Ulid::from(grant.id.as_uuid().as_u128());
    Ok(visit.redirect(Continuation::DeviceCodeGrant(id).target()))
}

fn enabled(app: &App) -> Result<(), PageError> {
    if app.oauth.device_code_grant_enabled {
        Ok(())
    } else {
        Err(PageError::NotFound)
    }
}
