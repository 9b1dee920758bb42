//! Which browser session a request is in, and whether it is still good (contract oauth2.md 14.4 and
//! 14.5).

use std::net::IpAddr;

use muniment_domain::BrowserSessionId;
use muniment_projections::queries::{self, BrowserSessionRow, UserRow};
use muniment_store::{activity::SessionKind, sql::DatabaseError};
use poem::{IntoResponse, Request, Response};

use crate::{
    accounts::AccountError,
    app::App,
    pages::{
        Continuation, PageContext, PageError,
        views::{Inactive, InterstitialPage},
    },
    web::Cookies,
};

/// How a browser session stands.
#[derive(Debug)]
pub enum Standing {
    /// There is none.
    Absent,
    /// There is one that cannot be used, for this reason.
    Inactive { reason: Inactive, user: UserRow },
    Active {
        session: BrowserSessionRow,
        user: UserRow,
    },
}

/// How this session stands now.
pub async fn standing(app: &App, id: BrowserSessionId) -> Result<Standing, DatabaseError> {
    let Some(session) = queries::browser_session(&app.database, id).await? else {
        return Ok(Standing::Absent);
    };
    let Some(user) = queries::user(&app.database, session.user_id).await? else {
        return Ok(Standing::Absent);
    };
    let reason = if user.deactivated_at.is_some() {
        Inactive::Deactivated
    } else if user.locked_at.is_some() {
        Inactive::Locked
    } else if session.finished_at.is_some() || session.created_at < user.sessions_valid_from {
        Inactive::SignedOut
    } else {
        return Ok(Standing::Active { session, user });
    };
    Ok(Standing::Inactive { reason, user })
}

/// How the session of the cookie stands. One that is gone takes the cookie with it.
pub async fn of_cookie(app: &App, cookies: &Cookies) -> Result<Standing, PageError> {
    let Some(id) = cookies.session().current else {
        return Ok(Standing::Absent);
    };
    let id = BrowserSessionId::from_uuid(uuid::Uuid::from_u128(id.0));
    let found = standing(app, id).await.map_err(page_error)?;
    if matches!(found, Standing::Absent) {
        cookies.end_session();
    }
    Ok(found)
}

/// A signed-in browser.
#[derive(Debug)]
pub struct SignedIn {
    pub session: BrowserSessionRow,
    pub user: UserRow,
}

/// Who is signed in; else the answer that leads there, or says why not.
pub async fn signed_in(
    app: &App,
    cookies: &Cookies,
    ctx: &PageContext,
    continuation: &Continuation,
    ip: Option<IpAddr>,
) -> Result<Result<SignedIn, Response>, PageError> {
    Ok(match of_cookie(app, cookies).await? {
        Standing::Active { session, user } => {
            record_use(app, &session, ip);
            Ok(SignedIn { session, user })
        }
        Standing::Absent => Err(redirect(
            &ctx.href(Continuation::on(Some(continuation), "/login")),
        )),
        Standing::Inactive { reason, user } => Err(InterstitialPage {
            ctx: ctx.clone(),
            reason,
            username: user.username,
            continuation: Some(continuation.clone()),
        }
        .into_response()),
    })
}

pub fn record_use(app: &App, session: &BrowserSessionRow, ip: Option<IpAddr>) {
    app.activity.record(
        SessionKind::Browser,
        session.id.as_uuid(),
        Some(session.user_id),
        app.clock.now(),
        ip,
    );
}

/// For a page with a form.
pub fn context(app: &App, request: &Request, cookies: &Cookies) -> PageContext {
    PageContext::of(request, &app.brand).with_csrf(cookies.csrf_token())
}

/// 303, to a path of this server or to a client.
pub fn redirect(to: &str) -> Response {
    Response::builder()
        .status(poem::http::StatusCode::SEE_OTHER)
        .header(poem::http::header::LOCATION, to)
        .finish()
}

/// What broke goes to the log; the page says that something did.
pub fn page_error(error: impl Into<AccountError>) -> PageError {
    match error.into() {
        AccountError::Unavailable(_) | AccountError::Busy => PageError::Unavailable,
        error => {
            tracing::error!(%error, "a page could not be made");
            PageError::Internal
        }
    }
}
