use async_graphql::{Context, Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::Oauth2SessionId;
use muniment_projections::queries::{self, Oauth2SessionRow};
use uuid::Uuid;

use super::{BrowserSession, Oauth2Client, SessionState, User, UserAgent, time::date_time};
use crate::graphql::{
    access::{Owned, Owner},
    connection::Listed,
    context::{RequestContext, request, unauthorized},
    id::Kind,
};

/// What one grant allowed one client to do, for a user or for itself.
#[derive(Debug, Clone, Description)]
pub struct Oauth2Session(pub Oauth2SessionRow);

impl From<Oauth2SessionRow> for Oauth2Session {
    fn from(row: Oauth2SessionRow) -> Self {
        Self(row)
    }
}

impl Owned for Oauth2Session {
    fn owner(&self) -> Owner {
        self.0.user_id.into()
    }
}

impl Listed for Oauth2Session {
    const KINDS: &'static [Kind] = &[Kind::Oauth2Session];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::Oauth2Session, self.0.id.as_uuid())
    }
}

impl Oauth2Session {
    /// The session, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: Oauth2SessionId) -> Result<Option<Self>> {
        let found = queries::oauth2_session(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(request.visible(found.map(Self)))
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
        let client = request(ctx)?.loaders.client(self.0.client_id).await?;
        match client {
            Some(client) => Ok(client.into()),
            None => Err("Could not load client".into()),
        }
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

    /// The program that signed in, as it introduced itself.
    async fn user_agent(&self) -> Option<UserAgent> {
        self.0.user_agent.as_deref().map(UserAgent::parse)
    }

    /// Whether it goes on.
    async fn state(&self) -> SessionState {
        SessionState::of(self.0.finished_at)
    }

    /// The browser session in which the user allowed it; none when nobody was asked.
    async fn browser_session(&self, ctx: &Context<'_>) -> Result<Option<BrowserSession>> {
        BrowserSession::known(request(ctx)?, self.0.browser_session_id).await
    }

    /// For whom it acts; nobody when the client acts for itself.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let request = request(ctx)?;
        let Some(id) = self.0.user_id else {
            return Ok(None);
        };
        if !request.may_see(Owner::User(id)) {
            return Err(unauthorized());
        }
        User::known(request, id).await.map(Some)
    }

    /// From where it was last used.
    async fn last_active_ip(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let last = request(ctx)?.loaders.last_use(self.0.id.as_uuid()).await?;
        Ok(last.and_then(|last| last.ip).map(|ip| ip.to_string()))
    }

    /// When it was last used.
    async fn last_active_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let last = request(ctx)?.loaders.last_use(self.0.id.as_uuid()).await?;
        Ok(last.map(|last| date_time(last.at)))
    }

    /// What the user calls it.
    async fn human_name(&self) -> Option<&str> {
        self.0.human_name.as_deref()
    }
}
