//! The lists of a user.

use async_graphql::{Context, Error, ID, Result};
use muniment_domain::{BrowserSessionId, UserId};
use muniment_projections::queries::{
    self, AppSessionFilter, BrowserSessionFilter, CompatSessionFilter, EmailFilter,
    Oauth2SessionFilter, PersonalSessionFilter, SessionTimes, UpstreamLinkFilter,
};

use crate::graphql::{
    connection::{Connection, Listing, PageArgs},
    context::request,
    id::{Kind, parse_as},
    types::{
        AppSession, BrowserSession, CompatSession, CompatSessionType, CompatSsoLogin,
        Oauth2Session, PersonalSession, SessionState, UpstreamOauth2Link, UpstreamOauth2Provider,
        UserEmail, device_filter,
    },
};

pub async fn compat_sso_logins(
    ctx: &Context<'_>,
    user: UserId,
    page: PageArgs,
) -> Result<Connection<CompatSsoLogin>> {
    let request = request(ctx)?;
    let listing = Listing::of::<CompatSsoLogin>(ctx, page)?;
    let database = &request.app.database;
    listing
        .fetch(
            request,
            queries::list_sso_logins(database, user, listing.page),
            queries::count_sso_logins(database, user),
        )
        .await
}

pub async fn compat_sessions(
    ctx: &Context<'_>,
    user: UserId,
    state: Option<SessionState>,
    began: Option<CompatSessionType>,
    times: SessionTimes,
    page: PageArgs,
) -> Result<Connection<CompatSession>> {
    let request = request(ctx)?;
    let listing = Listing::of::<CompatSession>(ctx, page)?;
    let filter = CompatSessionFilter {
        user: Some(user),
        browser_session: None,
        active: state.map(SessionState::is_active),
        has_sso_login: began.map(|began| began == CompatSessionType::SsoLogin),
        times,
    };
    let database = &request.app.database;
    listing
        .fetch(
            request,
            queries::list_compat_sessions(database, &filter, listing.page),
            queries::count_compat_sessions(database, &filter),
        )
        .await
}

pub async fn browser_sessions(
    ctx: &Context<'_>,
    user: UserId,
    state: Option<SessionState>,
    times: SessionTimes,
    page: PageArgs,
) -> Result<Connection<BrowserSession>> {
    let request = request(ctx)?;
    let listing = Listing::of::<BrowserSession>(ctx, page)?;
    let filter = BrowserSessionFilter {
        user: Some(user),
        active: state.map(SessionState::is_active),
        times,
    };
    let database = &request.app.database;
    listing
        .fetch(
            request,
            queries::list_browser_sessions(database, &filter, listing.page),
            queries::count_browser_sessions(database, &filter),
        )
        .await
}

/// Those that the user has made.
pub async fn personal_sessions(
    ctx: &Context<'_>,
    user: UserId,
    state: Option<SessionState>,
    page: PageArgs,
) -> Result<Connection<PersonalSession>> {
    let request = request(ctx)?;
    let listing = Listing::of::<PersonalSession>(ctx, page)?;
    let filter = PersonalSessionFilter {
        owner_user: Some(user),
        active: state.map(SessionState::is_active),
        ..PersonalSessionFilter::default()
    };
    let database = &request.app.database;
    listing
        .fetch(
            request,
            queries::list_personal_sessions(database, &filter, listing.page),
            queries::count_personal_sessions(database, &filter),
        )
        .await
}

pub async fn emails(
    ctx: &Context<'_>,
    user: UserId,
    page: PageArgs,
) -> Result<Connection<UserEmail>> {
    let request = request(ctx)?;
    let listing = Listing::of::<UserEmail>(ctx, page)?;
    let filter = EmailFilter {
        user: Some(user),
        email: None,
    };
    let database = &request.app.database;
    listing
        .fetch(
            request,
            queries::list_emails(database, &filter, listing.page),
            queries::count_emails(database, &filter),
        )
        .await
}

pub async fn oauth2_sessions(
    ctx: &Context<'_>,
    user: UserId,
    state: Option<SessionState>,
    client: Option<ID>,
    times: SessionTimes,
    page: PageArgs,
) -> Result<Connection<Oauth2Session>> {
    let request = request(ctx)?;
    let listing = Listing::of::<Oauth2Session>(ctx, page)?;
    let mut clients = Vec::new();
    if let Some(client) = client {
        let id = parse_as(Kind::Oauth2Client, &client)?;
        let known = request.loaders.client(id).await?;
        known.ok_or_else(|| Error::new("Unknown client ID"))?;
        clients.push(id);
    }
    let filter = Oauth2SessionFilter {
        user: Some(user),
        clients,
        active: state.map(SessionState::is_active),
        times,
        ..Oauth2SessionFilter::default()
    };
    let database = &request.app.database;
    listing
        .fetch(
            request,
            queries::list_oauth2_sessions(database, &filter, listing.page),
            queries::count_oauth2_sessions(database, &filter),
        )
        .await
}

/// Of providers that are switched on.
pub async fn upstream_links(
    ctx: &Context<'_>,
    user: UserId,
    page: PageArgs,
) -> Result<Connection<UpstreamOauth2Link>> {
    let request = request(ctx)?;
    let listing = Listing::of::<UpstreamOauth2Link>(ctx, page)?;
    let enabled = UpstreamOauth2Provider::all_enabled(request);
    let filter = UpstreamLinkFilter {
        user: Some(user),
        providers: Some(enabled.iter().map(|provider| provider.id).collect()),
        ..UpstreamLinkFilter::default()
    };
    let database = &request.app.database;
    listing
        .fetch(
            request,
            queries::list_upstream_links(database, &filter, listing.page),
            queries::count_upstream_links(database, &filter),
        )
        .await
}

/// What `appSessions` is narrowed to.
pub struct AppSessions {
    pub state: Option<SessionState>,
    pub device: Option<String>,
    pub last_active: SessionTimes,
    pub browser_session: Option<ID>,
}

pub async fn app_sessions(
    ctx: &Context<'_>,
    user: UserId,
    wanted: AppSessions,
    page: PageArgs,
) -> Result<Connection<AppSession>> {
    let request = request(ctx)?;
    let listing = Listing::of::<AppSession>(ctx, page)?;
    let browser_session = match &wanted.browser_session {
        None => None,
        Some(id) => {
            let id: BrowserSessionId = parse_as(Kind::BrowserSession, id)
                .map_err(|_| Error::new("Invalid browser_session parameter"))?;
            // What the requester may not see has no sessions.
            let session = request.loaders.browser_session(id).await?;
            if request.visible(session.map(BrowserSession)).is_none() {
                return Ok(listing.empty());
            }
            Some(id)
        }
    };
    let filter = AppSessionFilter {
        user: Some(user),
        browser_session,
        device: wanted.device.map(device_filter),
        active: wanted.state.map(SessionState::is_active),
        times: wanted.last_active,
    };
    AppSession::list(request, listing, &filter).await
}
