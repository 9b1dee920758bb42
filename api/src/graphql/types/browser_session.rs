use async_graphql::{Context, Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::BrowserSessionId;
use muniment_projections::queries::{self, AuthenticationRow, BrowserSessionRow};
use muniment_store::activity::{self, LastUse};

use super::{SessionState, User, time::date_time};
use crate::graphql::{
    context::{RequestContext, request},
    id::Kind,
};

/// One browser in which a user has signed in.
#[derive(Debug, Clone, Description)]
pub struct BrowserSession(pub BrowserSessionRow);

/// A proof of who the user is.
#[derive(Debug, Clone, Description)]
pub struct Authentication(pub AuthenticationRow);

impl BrowserSession {
    /// The session, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: BrowserSessionId) -> Result<Option<Self>> {
        let found = queries::browser_session(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(found
            .filter(|session| request.requester.is_owner_or_admin(Some(session.user_id)))
            .map(Self))
    }

    async fn last_use(&self, ctx: &Context<'_>) -> Result<Option<LastUse>> {
        let (request, id) = (request(ctx)?, self.0.id.as_uuid());
        let mut found = activity::of(&request.app.database, &[id])
            .await
            .map_err(|error| request.failure(error))?;
        Ok(found.remove(&id))
    }
}

#[Object(use_type_description)]
impl BrowserSession {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::BrowserSession.id(self.0.id)
    }

    /// Who signed in.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        let user = User::find(request(ctx)?, self.0.user_id).await?;
        user.ok_or_else(|| "Could not load user".into())
    }

    /// How the user last proved who they are.
    async fn last_authentication(&self) -> Option<Authentication> {
        self.0.authentication.clone().map(Authentication)
    }

    /// When the user signed in.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at.map(date_time)
    }

    /// Whether it goes on.
    async fn state(&self) -> SessionState {
        SessionState::of(self.0.finished_at)
    }

    /// From where it was last used.
    async fn last_active_ip(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let last = self.last_use(ctx).await?;
        Ok(last.and_then(|last| last.ip).map(|ip| ip.to_string()))
    }

    /// When it was last used.
    async fn last_active_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.last_use(ctx).await?.map(|last| date_time(last.at)))
    }
}

#[Object(use_type_description)]
impl Authentication {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::Authentication.id(self.0.id)
    }

    /// When it happened.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.at)
    }
}
