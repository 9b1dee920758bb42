use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, Result, Union};
use chrono::{DateTime, Utc};
use muniment_domain::ClientId;
use ulid::Ulid;
use uuid::Uuid;

use super::{
    BrowserSession, CompatSession, Oauth2Client, Oauth2Session, PersonalSession, User, UserAgent,
    time::date_time,
};
use crate::{
    accounts::SessionRef,
    graphql::{
        access::{Owned, Owner},
        connection::Listed,
        context::{RequestContext, request},
        id::Kind,
    },
    history::{By, Category, Entry, Names},
    locale::Locale,
};

/// Something that happened to an account: what, when, by whom, through what and from where.
#[derive(Debug, Clone, Description)]
pub struct HistoryEvent(pub Arc<Entry>);

/// Who caused something, as seen by the person whose account it is.
#[derive(Debug, Clone, Copy, Description)]
pub struct HistoryActor(By);

/// What kind of somebody caused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum HistoryActorKind {
    /// The person whose account it is.
    #[graphql(name = "SELF")]
    Oneself,
    /// Another user, with administrators' rights.
    Administrator,
    /// A program that acts for itself.
    Application,
    /// Whoever runs the server, at its command line.
    Operator,
    /// The server, by its rules.
    System,
    /// Somebody who had not said who they were.
    Somebody,
}

/// A session of any kind.
#[derive(Debug, Union)]
#[expect(
    clippy::enum_variant_names,
    reason = "a union's members are called as their types"
)]
pub enum HistorySession {
    BrowserSession(Box<BrowserSession>),
    CompatSession(Box<CompatSession>),
    Oauth2Session(Box<Oauth2Session>),
    PersonalSession(Box<PersonalSession>),
}

impl From<Entry> for HistoryEvent {
    fn from(entry: Entry) -> Self {
        Self(Arc::new(entry))
    }
}

impl Owned for HistoryEvent {
    fn owner(&self) -> Owner {
        self.0.subject().into()
    }
}

impl Listed for HistoryEvent {
    const KINDS: &'static [Kind] = &[Kind::HistoryEvent];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::HistoryEvent, self.0.record.event_id)
    }
}

impl HistorySession {
    /// The session, if there is one and the requester may see it.
    async fn visible(
        request: &RequestContext,
        session: Option<SessionRef>,
    ) -> Result<Option<Self>> {
        let Some(session) = session else {
            return Ok(None);
        };
        let loaders = &request.loaders;
        Ok(match session {
            SessionRef::Browser(id) => request
                .visible(loaders.browser_session(id).await?.map(BrowserSession))
                .map(|session| Self::BrowserSession(Box::new(session))),
            SessionRef::Oauth2(id) => request
                .visible(loaders.oauth2_session(id).await?.map(Oauth2Session))
                .map(|session| Self::Oauth2Session(Box::new(session))),
            SessionRef::Compat(id) => request
                .visible(loaders.compat_session(id).await?.map(CompatSession))
                .map(|session| Self::CompatSession(Box::new(session))),
            SessionRef::Personal(id) => request
                .visible(loaders.personal_session(id).await?.map(PersonalSession))
                .map(|session| Self::PersonalSession(Box::new(session))),
        })
    }
}

impl HistoryEvent {
    /// The client that it is about: the one that it names, or the one whose session it is about.
    async fn client_about(&self, request: &RequestContext) -> Result<Option<ClientId>> {
        if let Some(named) = self.0.client_named() {
            return Ok(Some(named));
        }
        let Some(SessionRef::Oauth2(id)) = self.0.target() else {
            return Ok(None);
        };
        let session = request.loaders.oauth2_session(id).await?;
        Ok(session.map(|session| session.client_id))
    }

    async fn names(&self, request: &RequestContext) -> Result<Names> {
        let client = match self.client_about(request).await? {
            Some(id) => request.loaders.client(id).await?,
            None => None,
        };
        let provider = self
            .0
            .provider()
            .and_then(|id| request.app.upstream.find(id));
        Ok(Names {
            client: client.and_then(|client| client.metadata.client_name.clone()),
            provider: provider.map(|provider| provider.name()),
        })
    }
}

/// The language that a client asks for, or its user's.
fn locale(request: &RequestContext, language: Option<&str>) -> Locale {
    language
        .and_then(Locale::from_tag)
        .unwrap_or(request.locale)
}

#[Object(use_type_description)]
impl HistoryEvent {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::HistoryEvent.id(Ulid::from(self.0.record.event_id.as_u128()))
    }

    /// When it happened.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.record.recorded_at)
    }

    /// The type of the event, such as `user.locked`: for programs.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.0.record.event_type
    }

    /// What it is about.
    async fn category(&self) -> Category {
        self.0.category()
    }

    /// What happened, in a few words for people.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A language tag; by default what the browser asks for.")] language: Option<
            String,
        >,
    ) -> Result<String> {
        let request = request(ctx)?;
        let names = self.names(request).await?;
        Ok(self.0.title(locale(request, language.as_deref()), &names))
    }

    /// What more there is to say of it, for people. What was erased is left out.
    async fn details(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A language tag; by default what the browser asks for.")] language: Option<
            String,
        >,
    ) -> Result<Option<String>> {
        let request = request(ctx)?;
        let names = self.names(request).await?;
        Ok(self.0.details(locale(request, language.as_deref()), &names))
    }

    /// Whether it deserves a second look: it gave access, took it away, or somebody tried to get it.
    async fn is_notable(&self) -> bool {
        self.0.is_notable()
    }

    /// Who did it.
    async fn actor(&self) -> HistoryActor {
        HistoryActor(self.0.by())
    }

    /// The application that it is about, or through which it was done.
    async fn client(&self, ctx: &Context<'_>) -> Result<Option<Oauth2Client>> {
        let request = request(ctx)?;
        let about = self.client_about(request).await?;
        match about.or_else(|| self.0.client_used()) {
            Some(id) => Oauth2Client::find(request, id).await,
            None => Ok(None),
        }
    }

    /// The session in which it was done, as it is now. One that is not the requester's to see is null.
    async fn session(&self, ctx: &Context<'_>) -> Result<Option<HistorySession>> {
        HistorySession::visible(request(ctx)?, self.0.session()).await
    }

    /// The session that it is about, as it is now: the one that began, ended or was named.
    async fn target(&self, ctx: &Context<'_>) -> Result<Option<HistorySession>> {
        HistorySession::visible(request(ctx)?, self.0.target()).await
    }

    /// From where, where the event itself says so.
    async fn ip_address(&self) -> Option<String> {
        self.0.ip().map(|ip| ip.to_string())
    }

    /// The program, where the event itself says so.
    async fn user_agent(&self) -> Option<UserAgent> {
        self.0.user_agent().map(UserAgent::parse)
    }

    /// Whose account it is.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let request = request(ctx)?;
        match self
            .0
            .subject()
            .filter(|id| request.may_see(Owner::User(*id)))
        {
            Some(id) => Ok(request.loaders.user(id).await?.map(User)),
            None => Ok(None),
        }
    }
}

#[Object(use_type_description)]
impl HistoryActor {
    /// What kind of somebody it was.
    async fn kind(&self) -> HistoryActorKind {
        match self.0 {
            By::Oneself(_) => HistoryActorKind::Oneself,
            By::Administrator(_) => HistoryActorKind::Administrator,
            By::Application(_) => HistoryActorKind::Application,
            By::Operator => HistoryActorKind::Operator,
            By::System => HistoryActorKind::System,
            By::Somebody => HistoryActorKind::Somebody,
        }
    }

    /// The user, if it was one and the requester may see them.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let request = request(ctx)?;
        match self.0 {
            By::Oneself(id) | By::Administrator(id) if request.may_see(Owner::User(id)) => {
                Ok(request.loaders.user(id).await?.map(User))
            }
            _ => Ok(None),
        }
    }
}
