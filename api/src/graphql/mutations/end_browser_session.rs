use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::BrowserSessionId;

use super::ending::{forget_cookie, reason};
use crate::{
    accounts::{self, SessionRef},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::BrowserSession,
    },
};

/// What `endBrowserSession` takes.
#[derive(Debug, InputObject)]
pub struct EndBrowserSessionInput {
    /// Which session to end.
    browser_session_id: ID,
}

/// What `endBrowserSession` answers.
#[derive(Debug, SimpleObject)]
pub struct EndBrowserSessionPayload {
    /// What happened.
    status: EndBrowserSessionStatus,
    /// The session as it is now.
    browser_session: Option<BrowserSession>,
}

/// How `endBrowserSession` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum EndBrowserSessionStatus {
    /// The session has ended.
    Ended,
    /// There is no such session.
    NotFound,
}

#[derive(Debug, Default)]
pub struct EndBrowserSession;

#[Object]
impl EndBrowserSession {
    /// Signs a browser out: one of the requester's own, or anybody's for administrators.
    /// Sessions of clients that began in it go on.
    async fn end_browser_session(
        &self,
        ctx: &Context<'_>,
        input: EndBrowserSessionInput,
    ) -> Result<EndBrowserSessionPayload> {
        let request = request(ctx)?;
        let id: BrowserSessionId = parse_as(Kind::BrowserSession, &input.browser_session_id)?;
        let Some(found) = BrowserSession::visible(request, id).await? else {
            return Ok(EndBrowserSessionPayload {
                status: EndBrowserSessionStatus::NotFound,
                browser_session: None,
            });
        };
        let session = SessionRef::Browser(id);
        let reason = reason(request, session, Some(found.0.user_id));
        accounts::end_browser_session(&request.app, &request.actor(), id, reason)
            .await
            .map_err(|error| request.failure(error))?;
        forget_cookie(request, session);
        Ok(EndBrowserSessionPayload {
            status: EndBrowserSessionStatus::Ended,
            browser_session: BrowserSession::visible(request, id).await?,
        })
    }
}
