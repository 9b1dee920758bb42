use muniment_domain::{
    ClientId, GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId, Scope, TokenId,
    UserId,
};
use muniment_store::{Execution, VaultWrite};

use super::AccountError;
use crate::{
    app::App,
    auth::{
        Actor,
        token::{self, TokenKind},
    },
};

/// What an access token is to be issued for.
#[derive(Debug)]
pub struct TokenRequest {
    pub client: ClientId,
    /// Absent when the client acts for itself.
    pub user: Option<UserId>,
    pub scope: Scope,
    pub grant: GrantType,
    /// Seconds.
    pub lifetime: u32,
}

/// A token that was just issued; this is the only time it can be shown.
pub struct IssuedToken {
    pub access_token: String,
    /// Seconds.
    pub expires_in: u32,
    pub scope: Scope,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedToken(***)")
    }
}

/// Starts a session and issues its access token, in one step. What may be granted is decided before.
pub async fn issue_token(
    app: &App,
    actor: &Actor,
    request: TokenRequest,
) -> Result<IssuedToken, AccountError> {
    let session_id = Oauth2SessionId::from_uuid(app.ids.ulid());
    let access_token = token::generate(TokenKind::Oauth2Access, &*app.entropy);
    let now = app.clock.now();
    let execution = Execution::new(actor.metadata()).with_vault(VaultWrite::PutAccessToken {
        id: TokenId::from_uuid(app.ids.ulid()),
        session_id,
        user_id: request.user,
        token_hash: token::hash(&access_token),
        created_at: now,
        expires_at: Some(now + i64::from(request.lifetime) * 1_000_000),
    });
    let command = Oauth2SessionCommand::StartOauth2Session {
        session_id,
        client_id: request.client,
        user_id: request.user,
        scope: request.scope.clone(),
        grant: request.grant,
    };
    app.journal
        .execute::<Oauth2Session>(session_id.as_uuid(), command, execution)
        .await?;
    Ok(IssuedToken {
        access_token,
        expires_in: request.lifetime,
        scope: request.scope,
    })
}
