use async_graphql::{Context, ID, Object, Result};

use crate::{
    auth::Requester,
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::{Anonymous, BrowserSession, Oauth2Session, User, Viewer, ViewerSession},
    },
};

#[derive(Debug, Default)]
pub struct ViewerQueries;

#[Object]
impl ViewerQueries {
    /// The requester's own account, if it acts for one.
    #[graphql(deprecation = "Use `viewer` instead.")]
    async fn current_user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::own(request(ctx)?).await
    }

    /// The browser session that the request comes through.
    #[graphql(deprecation = "Use `viewerSession` instead.")]
    async fn current_browser_session(&self, ctx: &Context<'_>) -> Result<Option<BrowserSession>> {
        Ok(match &request(ctx)?.requester {
            Requester::BrowserSession { session, .. } => Some(BrowserSession(session.clone())),
            Requester::Anonymous
            | Requester::Oauth2Session { .. }
            | Requester::PersonalSession { .. } => None,
        })
    }

    /// A browser session of the requester's own, or anybody's for administrators.
    async fn browser_session(&self, ctx: &Context<'_>, id: ID) -> Result<Option<BrowserSession>> {
        let id = parse_as(Kind::BrowserSession, &id)?;
        BrowserSession::visible(request(ctx)?, id).await
    }

    /// The requester's own account, or `Anonymous` when it acts for none.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        Ok(match User::own(request(ctx)?).await? {
            Some(user) => Viewer::User(Box::new(user)),
            None => Viewer::Anonymous(Anonymous),
        })
    }

    /// The requester's own session, or `Anonymous` without one.
    async fn viewer_session(&self, ctx: &Context<'_>) -> Result<ViewerSession> {
        Ok(match &request(ctx)?.requester {
            Requester::Anonymous | Requester::PersonalSession { .. } => {
                ViewerSession::Anonymous(Anonymous)
            }
            Requester::BrowserSession { session, .. } => {
                ViewerSession::BrowserSession(Box::new(BrowserSession(session.clone())))
            }
            Requester::Oauth2Session { session, .. } => {
                ViewerSession::Oauth2Session(Box::new(Oauth2Session(session.clone())))
            }
        })
    }
}
