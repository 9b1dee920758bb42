//! Who is signed in, by the browser's session cookie (contract oauth2.md 14.4 and 14.5).

use muniment_domain::BrowserSessionId;
use muniment_projections::queries::{self, BrowserSessionRow, UserRow};
use muniment_store::{activity::SessionKind, sql::DatabaseError};
use poem::Result;
use uuid::Uuid;

use super::{
    Continuation, Page, PageError, Visit,
    views::{Inactive, InterstitialPage},
};
use crate::{
    accounts::Visitor,
    app::App,
    auth::{Actor, Requester},
    web::Cookies,
};

/// A session that can be used, and whose it is.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: BrowserSessionRow,
    pub user: UserRow,
}

impl SignedIn {
    /// As whom this browser acts.
    pub fn actor(&self, correlation_id: Uuid) -> Actor {
        Actor::browser(self.user.id, self.session.id, correlation_id)
    }
}

impl From<SignedIn> for Requester {
    fn from(SignedIn { session, user }: SignedIn) -> Self {
        Self::BrowserSession { session, user }
    }
}

/// How a browser session stands.
#[derive(Debug)]
pub enum Found {
    /// There is none.
    Anonymous,
    Active(Box<SignedIn>),
    /// There is a session, but it cannot be used.
    Inactive {
        reason: Inactive,
        signed_in: Box<SignedIn>,
    },
}

/// Looks up the session that the cookie names. A cookie whose session is gone is ended.
pub async fn load(app: &App, cookies: &Cookies, visitor: &Visitor) -> Result<Found, DatabaseError> {
    let app = app.present();
    let Some(id) = cookies.session().current else {
        return Ok(Found::Anonymous);
    };
    let id = BrowserSessionId::from_uuid(Uuid::from_u128(id.into()));
    let found = standing(app, id).await?;
    match &found {
        Found::Anonymous => cookies.end_session(),
        Found::Inactive { .. } => {}
        Found::Active(signed_in) => app.activity.record(
            SessionKind::Browser,
            signed_in.session.id.as_uuid(),
            Some(signed_in.user.id),
            app.clock.now(),
            visitor.ip,
        ),
    }
    Ok(found)
}

/// How this session stands now.
pub async fn standing(app: &App, id: BrowserSessionId) -> Result<Found, DatabaseError> {
    let Some(session) = queries::browser_session(&app.reads, id).await? else {
        return Ok(Found::Anonymous);
    };
    // An erased person leaves no row.
    let Some(user) = queries::user(&app.reads, session.user_id).await? else {
        return Ok(Found::Anonymous);
    };
    let reason = if user.deactivated_at.is_some() {
        Some(Inactive::Deactivated)
    } else if user.locked_at.is_some() {
        Some(Inactive::Locked)
    } else if session.finished_at.is_some() || session.created_at < user.sessions_valid_from {
        Some(Inactive::SignedOut)
    } else {
        None
    };
    let signed_in = Box::new(SignedIn { session, user });
    Ok(match reason {
        Some(reason) => Found::Inactive { reason, signed_in },
        None => Found::Active(signed_in),
    })
}

impl Visit {
    pub async fn found(&self) -> Result<Found, PageError> {
        Ok(load(&self.app, &self.cookies, &self.visitor).await?)
    }

    /// Who is signed in; whoever cannot use their session counts as nobody.
    pub async fn active(&self) -> Result<Option<SignedIn>, PageError> {
        Ok(match self.found().await? {
            Found::Active(signed_in) => Some(*signed_in),
            Found::Anonymous | Found::Inactive { .. } => None,
        })
    }

    /// Who is signed in. Whoever cannot use their session is told so: the page that says it comes as
    /// the error, with a button that goes on with `continuation`.
    pub async fn signed_in(&self, continuation: Option<&Continuation>) -> Result<Option<SignedIn>> {
        match self.found().await? {
            Found::Anonymous => Ok(None),
            Found::Active(signed_in) => Ok(Some(*signed_in)),
            Found::Inactive { reason, signed_in } => {
                let username = signed_in.user.username;
                let page = self.interstitial(reason, username, continuation);
                Err(poem::Error::from_response(page.respond()))
            }
        }
    }

    /// Who is signed in, for a page that is only for them: whoever is not is led to sign in first.
    pub async fn required(&self, continuation: &Continuation) -> Result<SignedIn> {
        match self.signed_in(Some(continuation)).await? {
            Some(signed_in) => Ok(signed_in),
            None => Err(poem::Error::from_response(
                self.redirect(Continuation::on(Some(continuation), "/login")),
            )),
        }
    }

    /// In place of the page that was asked for.
    pub fn interstitial(
        &self,
        reason: Inactive,
        username: String,
        continuation: Option<&Continuation>,
    ) -> InterstitialPage {
        InterstitialPage {
            ctx: self.ctx(),
            reason,
            username,
            continuation: continuation.cloned(),
        }
    }
}
