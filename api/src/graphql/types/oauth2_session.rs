use async_graphql::{Context, Description, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::Oauth2SessionId;
use muniment_projections::queries::{self, Oauth2SessionRow};

use super::{Oauth2Client, User, time::date_time};
use crate::graphql::{
    context::{RequestContext, request, unauthorized},
    id::Kind,
};

/// What one grant allowed one client to do, for a user or for itself.
#[derive(Debug, Clone, Description)]
pub struct Oauth2Session(pub Oauth2SessionRow);

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SessionState {
    /// It goes on.
    Active,
    /// It has ended.
    Finished,
}

impl SessionState {
    /// That of a session that ended then, if it did.
    pub const fn of(finished_at: Option<i64>) -> Self {
        match finished_at {
            Some(_) => Self::Finished,
            None => Self::Active,
        }
    }
}

impl Oauth2Session {
    /// The session, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: Oauth2SessionId) -> Result<Option<Self>> {
        let found = queries::oauth2_session(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(found
            .filter(|session| request.requester.is_owner_or_admin(session.user_id))
            .map(Self))
    }
}

#[Object(use_type_description)]
impl Oauth2Session {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::Oauth2Session.id(self.0.id)
    }

    /// Whose session it is.
    async fn client(&self, ctx: &Context<'_>) -> Result<Oauth2Client> {
        Oauth2Client::find(request(ctx)?, self.0.client_id)
            .await?
            .ok_or_else(|| "Could not load client".into())
    }

    /// What it may do, separated by spaces.
    async fn scope(&self) -> String {
        self.0.scope.to_string()
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

    /// For whom it acts; nobody when the client acts for itself.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let request = request(ctx)?;
        let Some(id) = self.0.user_id else {
            return Ok(None);
        };
        if !request.requester.is_owner_or_admin(Some(id)) {
            return Err(unauthorized());
        }
        match User::find(request, id).await? {
            Some(user) => Ok(Some(user)),
            None => Err("Could not load user".into()),
        }
    }
}
