use async_graphql::{Context, Description, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::CompatSessionId;
use muniment_projections::queries::{self, CompatSessionRow, UserSsoLoginRow};
use uuid::Uuid;

use super::{BrowserSession, CompatSsoLogin, SessionState, User, UserAgent, time::date_time};
use crate::graphql::{
    access::{Owned, Owner},
    connection::Listed,
    context::{RequestContext, request},
    id::Kind,
};

/// A session of the legacy Matrix login.
#[derive(Debug, Clone, Description)]
pub struct CompatSession(pub CompatSessionRow);

/// How a session of the legacy Matrix login began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CompatSessionType {
    /// Through the browser.
    SsoLogin,
    /// In some other way.
    Unknown,
}

impl From<CompatSessionRow> for CompatSession {
    fn from(row: CompatSessionRow) -> Self {
        Self(row)
    }
}

impl Owned for CompatSession {
    fn owner(&self) -> Owner {
        Owner::User(self.0.user_id)
    }
}

impl Listed for CompatSession {
    const KINDS: &'static [Kind] = &[Kind::CompatSession];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::CompatSession, self.0.id.as_uuid())
    }
}

impl CompatSession {
    /// The session, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: CompatSessionId) -> Result<Option<Self>> {
        let found = queries::compat_session(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(request.visible(found.map(Self)))
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
        User::known(request(ctx)?, self.0.user_id).await
    }

    /// The device on the homeserver, if there is one.
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

    /// The program that signed in, as it introduced itself.
    async fn user_agent(&self) -> Option<UserAgent> {
        self.0.user_agent.as_deref().map(UserAgent::parse)
    }

    /// How the user came to it through the browser, if that was the way.
    async fn sso_login(&self) -> Option<CompatSsoLogin> {
        let login = self.0.sso_login.clone()?;
        Some(CompatSsoLogin(UserSsoLoginRow {
            id: login.id,
            redirect_uri: login.redirect_uri,
            requested_at: login.requested_at,
            confirmed_at: login.confirmed_at,
            exchanged: Some((self.0.created_at, self.0.id)),
        }))
    }

    /// The browser session in which the user allowed it, if that was the way.
    async fn browser_session(&self, ctx: &Context<'_>) -> Result<Option<BrowserSession>> {
        BrowserSession::known(request(ctx)?, self.0.browser_session_id).await
    }

    /// Whether it goes on.
    async fn state(&self) -> SessionState {
        SessionState::of(self.0.finished_at)
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
