use async_graphql::{Context, Object, Result};

use crate::{
    auth::Requester,
    graphql::{
        context::request,
        types::{Anonymous, Oauth2Session, User, Viewer, ViewerSession},
    },
};

#[derive(Debug, Default)]
pub struct ViewerQueries;

#[Object]
impl ViewerQueries {
    /// The requester's own account, if it acts for one.
    #[graphql(deprecation = "Use `viewer` instead.")]
    async fn current_user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(request(ctx)?.requester.user().cloned().map(User))
    }

    /// The requester's own account, or `Anonymous` when it acts for none.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        Ok(match request(ctx)?.requester.user() {
            Some(user) => Viewer::User(Box::new(User(user.clone()))),
            None => Viewer::Anonymous(Anonymous),
        })
    }

    /// The requester's own session, or `Anonymous` without one.
    async fn viewer_session(&self, ctx: &Context<'_>) -> Result<ViewerSession> {
        Ok(match &request(ctx)?.requester {
            Requester::Anonymous
            | Requester::BrowserSession { .. }
            | Requester::PersonalSession { .. } => ViewerSession::Anonymous(Anonymous),
            Requester::Oauth2Session { session, .. } => {
                ViewerSession::Oauth2Session(Box::new(Oauth2Session(session.clone())))
            }
        })
    }
}
