use async_graphql::{Context, Description, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::UserId;
use muniment_projections::queries::{self, UserRow};
use muniment_store::index::EventFilter;
use uuid::Uuid;

use super::{
    AppSession, BrowserSession, CompatSession, CompatSessionType, CompatSsoLogin, DateFilter,
    HistoryEvent, MatrixUser, Oauth2Session, PersonalSession, SessionState, UpstreamOauth2Link,
    UserEmail, UserEmailState, time::date_time,
};
use crate::{
    graphql::{
        access::Owner,
        connection::{Connection, Listed, PageArgs, page_cost},
        context::{RequestContext, request},
        history::{Uncounted, history, nothing, types},
        id::Kind,
    },
    history::Category,
};

mod lists;

/// An account.
#[derive(Debug, Clone, Description)]
pub struct User(pub UserRow);

/// Which users are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserState {
    /// Neither locked nor deactivated.
    Active,
    /// Locked.
    Locked,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self(row)
    }
}

impl Listed for User {
    const KINDS: &'static [Kind] = &[Kind::User];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::User, self.0.id.as_uuid())
    }
}

impl User {
    /// The user as they stand now, whoever asks.
    pub async fn find(request: &RequestContext, id: UserId) -> Result<Option<Self>> {
        let found = queries::user(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(found.map(Self))
    }

    /// The requester's own, as it stands on this server: who asks is of today, also where it looks back.
    pub async fn own(request: &RequestContext) -> Result<Option<Self>> {
        match request.requester.user() {
            Some(user) if request.app.past.is_some() => Self::find(request, user.id).await,
            user => Ok(user.cloned().map(Self)),
        }
    }

    /// The one that something belongs to, whoever asks.
    pub async fn known(request: &RequestContext, id: UserId) -> Result<Self> {
        match request.loaders.user(id).await? {
            Some(user) => Ok(Self(user)),
            None => Err("Could not load user".into()),
        }
    }

    /// The user, if the requester may see it; who may not causes no look-up.
    pub async fn visible(request: &RequestContext, id: UserId) -> Result<Option<Self>> {
        if request.may_see(Owner::User(id)) {
            Self::find(request, id).await
        } else {
            Ok(None)
        }
    }
}

#[Object(use_type_description)]
impl User {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::User.id(self.0.id)
    }

    /// The name, which is the localpart of the Matrix id.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// When the account was registered.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// Since when the account is locked, if it is.
    async fn locked_at(&self) -> Option<DateTime<Utc>> {
        self.0.locked_at.map(date_time)
    }

    /// Whether the user may ask for administrators' scopes.
    async fn can_request_admin(&self) -> bool {
        self.0.can_request_admin
    }

    /// The user on the homeserver, which is asked for it.
    #[graphql(complexity = "10 + child_complexity")]
    async fn matrix(&self, ctx: &Context<'_>) -> Result<MatrixUser> {
        MatrixUser::of(request(ctx)?, &self.0).await
    }

    /// The sign-ins of legacy Matrix clients that the user has confirmed, the oldest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn compat_sso_logins(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<CompatSsoLogin>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        lists::compat_sso_logins(ctx, self.0.id, page).await
    }

    /// The sessions of the legacy Matrix login, the oldest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the contract's arguments")]
    async fn compat_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sessions in this state.")] state: Option<SessionState>,
        #[graphql(name = "type", desc = "Only sessions that began like this.")] began: Option<
            CompatSessionType,
        >,
        #[graphql(desc = "Only sessions last used within this time.")] last_active: Option<
            DateFilter,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<CompatSession>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let last_active = DateFilter::last_active(last_active);
        lists::compat_sessions(ctx, self.0.id, state, began, last_active, page).await
    }

    /// The sessions in browsers, the oldest first; also those that have ended, unless asked otherwise.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the contract's arguments")]
    async fn browser_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sessions in this state.")] state: Option<SessionState>,
        #[graphql(desc = "Only sessions last used within this time.")] last_active: Option<
            DateFilter,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<BrowserSession>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let last_active = DateFilter::last_active(last_active);
        lists::browser_sessions(ctx, self.0.id, state, last_active, page).await
    }

    /// The email addresses, the oldest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn emails(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            deprecation = "Emails are always confirmed, and have only one state",
            desc = "Has no effect."
        )]
        state: Option<UserEmailState>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<UserEmail>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let _ = state;
        lists::emails(ctx, self.0.id, page).await
    }

    /// The sessions of OAuth 2.0 clients, the oldest first.
    #[graphql(
        name = "oauth2Sessions",
        complexity = "page_cost(first, last, child_complexity)"
    )]
    #[expect(clippy::too_many_arguments, reason = "the contract's arguments")]
    async fn oauth2_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sessions in this state.")] state: Option<SessionState>,
        #[graphql(desc = "Only sessions of this client.")] client: Option<ID>,
        #[graphql(desc = "Only sessions last used within this time.")] last_active: Option<
            DateFilter,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<Oauth2Session>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let last_active = DateFilter::last_active(last_active);
        lists::oauth2_sessions(ctx, self.0.id, state, client, last_active, page).await
    }

    /// The accounts at other services by which the user can sign in, the oldest first.
    #[graphql(
        name = "upstreamOauth2Links",
        complexity = "page_cost(first, last, child_complexity)"
    )]
    async fn upstream_oauth2_links(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<UpstreamOauth2Link>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        lists::upstream_links(ctx, self.0.id, page).await
    }

    /// The sessions of applications, whichever way they signed in, the oldest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the contract's arguments")]
    async fn app_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sessions in this state.")] state: Option<SessionState>,
        #[graphql(desc = "Only sessions of this device.")] device: Option<String>,
        #[graphql(desc = "Only sessions last used within this time.")] last_active: Option<
            DateFilter,
        >,
        #[graphql(desc = "Only sessions that were allowed in this browser session.")]
        browser_session: Option<ID>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<AppSession>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let filter = lists::AppSessions {
            state,
            device,
            last_active: DateFilter::last_active(last_active),
            browser_session,
        };
        lists::app_sessions(ctx, self.0.id, filter, page).await
    }

    /// The personal tokens that the user has made, the oldest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn personal_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sessions in this state.")] state: Option<SessionState>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<PersonalSession>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        lists::personal_sessions(ctx, self.0.id, state, page).await
    }

    /// What happened to the account, by whom, through what and from where, the oldest first. For the
    /// newest, ask for the `last`.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "one for each condition")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is about one of these.")] categories: Option<Vec<Category>>,
        #[graphql(name = "types", desc = "Only events of one of these types.")] event_types: Option<
            Vec<String>,
        >,
        #[graphql(
            desc = "Only what deserves a second look, as `isNotable` says; `false` for all else."
        )]
        notable: Option<bool>,
        #[graphql(desc = "Only what happened within this time.")] time: Option<DateFilter>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Uncounted<HistoryEvent>> {
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let Some(types) = types(categories, event_types, notable) else {
            return Ok(nothing());
        };
        let filter = EventFilter {
            subject: Some(self.0.id.as_uuid()),
            types,
            ..EventFilter::default()
        };
        history(request(ctx)?, &DateFilter::of_events(time, filter), page).await
    }

    /// Whether a password is set, also where passwords are disabled.
    async fn has_password(&self) -> bool {
        self.0.has_password
    }
}
