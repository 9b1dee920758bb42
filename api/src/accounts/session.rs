//! Sessions, started with what they need.

use std::net::IpAddr;

use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSession, BrowserSessionCommand,
    BrowserSessionId, ClientId, GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId,
    Scope, TokenId, UserId,
};
use muniment_store::{
    Batch, Execution, VaultWrite,
    time::SECOND,
    tokens::{NewAccessToken, NewRefreshToken},
};

use super::AccountError;
use crate::{
    app::App,
    auth::{
        Actor,
        token::{self, TokenKind},
    },
};

/// What the person at the other end brings.
#[derive(Clone, Default)]
pub struct Visitor {
    pub user_agent: Option<String>,
    pub ip: Option<IpAddr>,
}

impl std::fmt::Debug for Visitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Visitor(***)")
    }
}

/// What a session of an OAuth 2.0 client is to be started for.
#[derive(Debug)]
pub struct TokenRequest {
    pub client: ClientId,
    /// Absent when the client acts for itself.
    pub user: Option<UserId>,
    /// In which the user gave consent.
    pub browser_session: Option<BrowserSessionId>,
    pub scope: Scope,
    pub grant: GrantType,
    /// Of the access token, in seconds; for ever when absent.
    pub lifetime: Option<u32>,
    /// Whether a refresh token goes with it.
    pub refreshable: bool,
    pub visitor: Visitor,
}

/// Tokens that were just issued; this is the only time they can be shown.
pub struct IssuedTokens {
    pub session: Oauth2SessionId,
    pub access_token: String,
    pub refresh_token: Option<String>,
    /// Seconds.
    pub expires_in: Option<u32>,
    pub scope: Scope,
}

impl std::fmt::Debug for IssuedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedTokens(***)")
    }
}

/// A new pair of tokens: their texts, and the rows that are kept of them.
pub struct TokenPair {
    pub access_token: String,
    pub refresh_token: String,
    pub access: NewAccessToken,
    pub refresh: NewRefreshToken,
}

impl std::fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenPair(***)")
    }
}

/// Draws an access token and a refresh token for a session. `lifetime` is in seconds.
pub fn draw_tokens(
    app: &App,
    session_id: Oauth2SessionId,
    user_id: Option<UserId>,
    lifetime: Option<u32>,
) -> TokenPair {
    let now = app.clock.now();
    let access_token = token::generate(TokenKind::Oauth2Access, &*app.entropy);
    let refresh_token = token::generate(TokenKind::Oauth2Refresh, &*app.entropy);
    let access = NewAccessToken {
        id: TokenId::from_uuid(app.ids.ulid()),
        session_id,
        user_id,
        token_hash: token::hash(&access_token),
        created_at: now,
        expires_at: lifetime.map(|seconds| now + i64::from(seconds) * SECOND),
    };
    let refresh = NewRefreshToken {
        id: TokenId::from_uuid(app.ids.ulid()),
        session_id,
        user_id,
        token_hash: token::hash(&refresh_token),
        access_token_id: access.id,
        created_at: now,
    };
    TokenPair {
        access_token,
        refresh_token,
        access,
        refresh,
    }
}

/// Starts a session of a client and issues its tokens, in one step. What may be granted is decided
/// before.
pub async fn issue_tokens(
    app: &App,
    actor: &Actor,
    request: TokenRequest,
) -> Result<IssuedTokens, AccountError> {
    let session_id = Oauth2SessionId::from_uuid(app.ids.ulid());
    let pair = draw_tokens(app, session_id, request.user, request.lifetime);
    let mut execution =
        Execution::new(actor.metadata()).with_vault(VaultWrite::PutAccessToken(pair.access));
    if request.refreshable {
        execution = execution.with_vault(VaultWrite::PutRefreshToken(pair.refresh));
    }
    let command = Oauth2SessionCommand::StartOauth2Session {
        session_id,
        client_id: request.client,
        user_id: request.user,
        browser_session_id: request.browser_session,
        scope: request.scope.clone(),
        grant: request.grant,
        user_agent: request.visitor.user_agent,
        ip: request.visitor.ip,
    };
    app.journal
        .execute::<Oauth2Session>(session_id.as_uuid(), command, execution)
        .await?;
    Ok(IssuedTokens {
        session: session_id,
        access_token: pair.access_token,
        refresh_token: request.refreshable.then_some(pair.refresh_token),
        expires_in: request.lifetime,
        scope: request.scope,
    })
}

/// The commands that sign a user in, in a browser.
#[must_use]
pub fn sign_in_commands(
    app: &App,
    session_id: BrowserSessionId,
    user_id: UserId,
    method: AuthenticationMethod,
    visitor: &Visitor,
) -> Vec<BrowserSessionCommand> {
    vec![
        BrowserSessionCommand::StartBrowserSession {
            session_id,
            user_id,
            user_agent: visitor.user_agent.clone(),
            ip: visitor.ip,
        },
        BrowserSessionCommand::Authenticate {
            authentication_id: AuthenticationId::from_uuid(app.ids.ulid()),
            method,
        },
    ]
}

/// Starts a browser session of a user who has just proved who they are.
pub async fn sign_in(
    app: &App,
    actor: &Actor,
    user: UserId,
    method: AuthenticationMethod,
    visitor: &Visitor,
) -> Result<BrowserSessionId, AccountError> {
    let session_id = BrowserSessionId::from_uuid(app.ids.ulid());
    let commands = sign_in_commands(app, session_id, user, method, visitor);
    let batch =
        Batch::<AccountError>::new().then_all::<BrowserSession>(session_id.as_uuid(), commands);
    app.journal
        .execute_all(&batch, Execution::new(actor.metadata()))
        .await?;
    Ok(session_id)
}
