use async_graphql::{Context, Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::{BrowserSessionId, Scope};
use muniment_projections::queries::{
    self, AppSessionFilter, AuthenticationRow, BrowserSessionRow, DeviceFilter,
};
use uuid::Uuid;

use super::{AppSession, SessionState, User, UserAgent, time::date_time};
use crate::graphql::{
    access::{Owned, Owner},
    connection::{Connection, Listed, Listing, PageArgs, page_cost},
    context::{RequestContext, request},
    id::Kind,
};

/// One browser in which a user has signed in.
#[derive(Debug, Clone, Description)]
pub struct BrowserSession(pub BrowserSessionRow);

/// A proof of who the user is.
#[derive(Debug, Clone, Description)]
pub struct Authentication(pub AuthenticationRow);

impl From<BrowserSessionRow> for BrowserSession {
    fn from(row: BrowserSessionRow) -> Self {
        Self(row)
    }
}

impl Owned for BrowserSession {
    fn owner(&self) -> Owner {
        Owner::User(self.0.user_id)
    }
}

impl Listed for BrowserSession {
    const KINDS: &'static [Kind] = &[Kind::BrowserSession];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::BrowserSession, self.0.id.as_uuid())
    }
}

impl BrowserSession {
    /// The session, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: BrowserSessionId) -> Result<Option<Self>> {
        let found = queries::browser_session(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(request.visible(found.map(Self)))
    }

    /// The one that something belongs to, if it belongs to one.
    pub async fn known(
        request: &RequestContext,
        id: Option<BrowserSessionId>,
    ) -> Result<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        match request.loaders.browser_session(id).await? {
            Some(session) => Ok(Some(Self(session))),
            None => Err("Could not load browser session".into()),
        }
    }
}

/// A device that a list is narrowed to.
pub fn device_filter(device: String) -> DeviceFilter {
    DeviceFilter {
        scopes: Scope::device_tokens(&device),
        id: device,
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
        User::known(request(ctx)?, self.0.user_id).await
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

    /// The browser, as it introduced itself.
    async fn user_agent(&self) -> Option<UserAgent> {
        self.0.user_agent.as_deref().map(UserAgent::parse)
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

    /// The sessions of applications that were allowed in it, the oldest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the contract's arguments")]
    async fn app_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sessions in this state.")] state: Option<SessionState>,
        #[graphql(desc = "Only sessions of this device.")] device: Option<String>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<AppSession>> {
        let request = request(ctx)?;
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let filter = AppSessionFilter {
            browser_session: Some(self.0.id),
            device: device.map(device_filter),
            active: state.map(SessionState::is_active),
            ..AppSessionFilter::default()
        };
        AppSession::list(request, Listing::of::<AppSession>(ctx, page)?, &filter).await
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
