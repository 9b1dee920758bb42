use async_graphql::{Context, Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::CompatSessionId;
use muniment_projections::queries::{self, CompatSessionRow};

use super::{SessionState, User, time::date_time};
use crate::graphql::{
    context::{RequestContext, request},
    id::Kind,
};

/// A session of the legacy Matrix login.
#[derive(Debug, Clone, Description)]
pub struct CompatSession(pub CompatSessionRow);

impl CompatSession {
    /// The session, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: CompatSessionId) -> Result<Option<Self>> {
        let found = queries::compat_session(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(found
            .filter(|session| request.requester.is_owner_or_admin(Some(session.user_id)))
            .map(Self))
    }
}

#[Object(use_type_description)]
impl CompatSession {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::CompatSession.id(self.0.id)
    }

    /// Who signed in.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        let user = User::find(request(ctx)?, self.0.user_id).await?;
        user.ok_or_else(|| "Could not load user".into())
    }

    /// The Matrix device.
    async fn device_id(&self) -> Option<&str> {
        self.0.device_id.as_deref()
    }

    /// When it started.
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

    /// What the user calls it.
    async fn human_name(&self) -> Option<&str> {
        self.0.human_name.as_deref()
    }
}
