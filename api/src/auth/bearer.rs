//! Access tokens: from the text of a token to the session it stands for.

use muniment_projections::queries::{BearerSession, bearer_session};
use muniment_store::sql::DatabaseError;

use super::token::{self, TokenFormatError, TokenKind};
use crate::app::App;

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum BearerError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Reasons that lie in the token, in the order in which they are looked for (contract admin-api.md 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Format(#[from] TokenFormatError),
    /// Well-formed, but not an access token of an OAuth 2.0 session.
    #[error("not an access token")]
    Kind,
    #[error("unknown token")]
    Unknown,
    #[error("the session has ended")]
    SessionEnded,
    /// The token, not its session.
    #[error("the token was revoked")]
    Revoked,
    #[error("the token has expired")]
    Expired,
    /// Locked or deactivated.
    #[error("the user is not active")]
    UserInactive,
}

/// Finds the session of a token and checks that it is still good. What the session may do is up to
/// its scope.
pub async fn authenticate(app: &App, token: &str) -> Result<BearerSession, BearerError> {
    if token::parse(token).map_err(Refusal::from)? != TokenKind::Oauth2Access {
        return Err(Refusal::Kind.into());
    }
    let found = bearer_session(&app.database, &token::hash(token))
        .await?
        .ok_or(Refusal::Unknown)?;
    check(&found, app.clock.now())?;
    Ok(found)
}

fn check(found: &BearerSession, now: i64) -> Result<(), Refusal> {
    if found.session.finished_at.is_some() {
        return Err(Refusal::SessionEnded);
    }
    if found.token.revoked_at.is_some() {
        return Err(Refusal::Revoked);
    }
    if found.token.expires_at.is_some_and(|at| at < now) {
        return Err(Refusal::Expired);
    }
    match (&found.user, found.session.user_id) {
        (Some(user), _) if !user.is_active() => Err(Refusal::UserInactive),
        (Some(user), _) if found.session.created_at < user.sessions_valid_from => {
            Err(Refusal::SessionEnded)
        }
        (None, Some(_)) => Err(Refusal::UserInactive),
        _ => Ok(()),
    }
}
