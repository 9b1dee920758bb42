use async_graphql::{Context, Error, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::{ClientId, GrantType, PersonalSessionOwner, Scope, UserId};
use muniment_projections::queries;

use crate::{
    accounts::{self, AccountError, TokenRequest, Visitor},
    auth::Requester,
    graphql::{
        context::{RequestContext, request},
        id::{Kind, parse_as},
        types::Oauth2Session,
    },
};

/// How long an access token is good that is not for ever, in seconds.
const LIFETIME: u32 = 5 * 60;

/// What `createOauth2Session` takes.
#[derive(Debug, InputObject)]
#[graphql(name = "CreateOAuth2SessionInput")]
pub struct CreateOauth2SessionInput {
    /// What the session may do.
    scope: String,
    /// Whose session it is to be.
    user_id: ID,
    /// Whether the access token never expires; otherwise there is a refresh token.
    permanent: Option<bool>,
}

/// What `createOauth2Session` answers.
#[derive(Debug, SimpleObject)]
#[graphql(name = "CreateOAuth2SessionPayload")]
pub struct CreateOauth2SessionPayload {
    /// Shown this once.
    access_token: String,
    /// Shown this once.
    refresh_token: Option<String>,
    /// The new session.
    oauth2_session: Oauth2Session,
}

#[derive(Debug, Default)]
pub struct CreateOauth2Session;

#[Object]
impl CreateOauth2Session {
    /// Starts a session of the caller's own client for any user. For administrators.
    #[graphql(name = "createOauth2Session")]
    async fn create_oauth2_session(
        &self,
        ctx: &Context<'_>,
        input: CreateOauth2SessionInput,
    ) -> Result<CreateOauth2SessionPayload> {
        let request = request(ctx)?;
        let app = &request.app;
        let id: UserId = parse_as(Kind::User, &input.user_id)?;
        let scope: Scope = input
            .scope
            .parse()
            .map_err(|_| Error::new("Invalid scope"))?;
        request.require_admin()?;
        let client = client_of(request).await?;
        let user = match accounts::get(app, id).await {
            Err(AccountError::UserNotFound) => Err(Error::new("User not found")),
            other => other.map_err(|error| request.failure(error)),
        }?;
        let permanent = input.permanent.unwrap_or(false);
        let wanted = TokenRequest {
            client,
            user: Some(id),
            browser_session: None,
            scope: scope.clone(),
            grant: GrantType::Issued,
            lifetime: (!permanent).then_some(LIFETIME),
            refreshable: !permanent,
            visitor: Visitor::default(),
        };
        // Held until the session is written, so that nobody takes its device for one without a session.
        let _devices = app.user_locks.lock(id).await;
        accounts::make_devices(app, &user, &scope, None)
            .await
            .map_err(|error| {
                // Its text is the contract's; the cause is for the log.
                drop(request.failure(error));
                Error::new("Failed to provision device")
            })?;
        let issued = accounts::issue_tokens(app, &request.actor(), wanted)
            .await
            .map_err(|error| request.failure(error))?;
        let session = queries::oauth2_session(&app.reads, issued.session)
            .await
            .map_err(|error| request.failure(error))?
            .ok_or_else(|| request.failure(AccountError::SessionNotFound))?;
        Ok(CreateOauth2SessionPayload {
            access_token: issued.access_token,
            refresh_token: issued.refresh_token,
            oauth2_session: Oauth2Session(session),
        })
    }
}

/// The client that the requester uses.
async fn client_of(request: &RequestContext) -> Result<ClientId> {
    let id = match &request.requester {
        Requester::Oauth2Session { session, .. } => Some(session.client_id),
        Requester::PersonalSession { session, .. } => match session.owner {
            PersonalSessionOwner::Client(id) => Some(id),
            PersonalSessionOwner::User(_) => None,
        },
        Requester::Anonymous | Requester::BrowserSession { .. } => None,
    };
    let missing = || Error::new("Client not found");
    let id = id.ok_or_else(missing)?;
    let app = &request.app;
    let found = app.clients.find(&app.reads, id).await;
    let found = found.map_err(|error| request.failure(error))?;
    found.map(|client| client.id).ok_or_else(missing)
}
