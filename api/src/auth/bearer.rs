//! Access tokens: from the text of a token to the session it stands for.

use muniment_domain::PersonalSessionOwner;
use muniment_projections::queries::{
    self, BearerSession, CompatBearer, Oauth2SessionRow, PersonalBearer, TokenRow, UserRow,
    bearer_session, personal_bearer,
};
use muniment_store::{sql::DatabaseError, tokens};
use poem::http::{HeaderMap, header};

use super::{
    Requester,
    token::{self, TokenFormatError, TokenKind},
};
use crate::app::App;

/// An `Authorization` header that is not one of a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBearer;

/// The token of the `Authorization` header (RFC 6750 section 2.1), which may be empty; `None` without
/// such a header.
pub fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, NotBearer> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    match value.to_str().ok().and_then(|text| text.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(NotBearer),
    }
}

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
    /// Well-formed, but not an access token that is taken here.
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

/// Who a token of an OAuth 2.0 session or a personal one speaks for, if it is still good. What they
/// may do is up to its scope.
pub async fn authenticate(app: &App, token: &str) -> Result<Requester, BearerError> {
    let app = app.present();
    match token::parse(token).map_err(Refusal::from)? {
        TokenKind::Oauth2Access => {
            let found = known(app, token).await?;
            mark_used(app, &found.token, &token::hash(token)).await?;
            Ok(found.into())
        }
        TokenKind::PersonalAccess => {
            let found = personal_bearer(&app.reads, &token::hash(token))
                .await?
                .ok_or(Refusal::Unknown)?;
            check_personal(app, &found, app.clock.now()).await??;
            let user = found.actor.ok_or(Refusal::UserInactive)?;
            Ok(Requester::PersonalSession {
                session: found.session,
                user,
            })
        }
        TokenKind::Oauth2Refresh | TokenKind::CompatAccess | TokenKind::CompatRefresh => {
            Err(Refusal::Kind.into())
        }
    }
}

/// The session of an OAuth 2.0 access token, which has to be still good.
pub async fn oauth2_session(app: &App, token: &str) -> Result<BearerSession, BearerError> {
    if token::parse(token).map_err(Refusal::from)? != TokenKind::Oauth2Access {
        return Err(Refusal::Kind.into());
    }
    known(app, token).await
}

async fn known(app: &App, token: &str) -> Result<BearerSession, BearerError> {
    let app = app.present();
    let found = bearer_session(&app.reads, &token::hash(token))
        .await?
        .ok_or(Refusal::Unknown)?;
    check(&found, app.clock.now())?;
    Ok(found)
}

/// Records the first use of an access token, after which the refresh token before it is used up. On
/// disk before this answers.
pub async fn mark_used(app: &App, token: &TokenRow, hash: &[u8; 32]) -> Result<(), DatabaseError> {
    if token.first_used_at.is_some() {
        return Ok(());
    }
    tokens::mark_access_token_used(&app.database, hash, app.clock.now()).await
}

/// Whether a token, its session and its user are still good.
pub fn check(found: &BearerSession, now: i64) -> Result<(), Refusal> {
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
        (user @ Some(_), _) if session_has_ended(&found.session, user.as_ref()) => {
            Err(Refusal::SessionEnded)
        }
        (None, Some(_)) => Err(Refusal::UserInactive),
        _ => Ok(()),
    }
}

/// Whether a token of the legacy Matrix login and its session are still good; the user may be locked.
pub fn check_compat_session(found: &CompatBearer, now: i64) -> Result<&UserRow, Refusal> {
    let session = &found.session;
    // An erased person leaves no row.
    let user = found.user.as_ref().ok_or(Refusal::UserInactive)?;
    if session.finished_at.is_some() || session.created_at < user.sessions_valid_from {
        return Err(Refusal::SessionEnded);
    }
    if found.token.revoked_at.is_some() {
        return Err(Refusal::Revoked);
    }
    if found.token.expires_at.is_some_and(|at| at <= now) {
        return Err(Refusal::Expired);
    }
    Ok(user)
}

/// The same, of a user who is neither locked nor deactivated.
pub fn check_compat(found: &CompatBearer, now: i64) -> Result<&UserRow, Refusal> {
    let user = check_compat_session(found, now)?;
    user.is_active()
        .then_some(user)
        .ok_or(Refusal::UserInactive)
}

/// By itself, or with all sessions of its user.
#[must_use]
pub fn session_has_ended(session: &Oauth2SessionRow, user: Option<&UserRow>) -> bool {
    session.finished_at.is_some()
        || user.is_some_and(|user| session.created_at < user.sessions_valid_from)
}

/// Whether a personal token is still good. Whose it is must be active; who it acts as may be locked.
pub async fn check_personal(
    app: &App,
    found: &PersonalBearer,
    now: i64,
) -> Result<Result<(), Refusal>, DatabaseError> {
    let session = &found.session;
    if session.revoked_at.is_some() {
        return Ok(Err(Refusal::SessionEnded));
    }
    if found.token.expires_at.is_some_and(|at| at <= now) {
        return Ok(Err(Refusal::Expired));
    }
    let actor = found.actor.as_ref();
    let Some(actor) = actor.filter(|user| user.deactivated_at.is_none()) else {
        return Ok(Err(Refusal::UserInactive));
    };
    if session.created_at < actor.sessions_valid_from {
        return Ok(Err(Refusal::SessionEnded));
    }
    let owner = match session.owner {
        PersonalSessionOwner::User(id) if id == actor.id => {
            let allowed = actor.is_active().then_some(());
            return Ok(allowed.ok_or(Refusal::UserInactive));
        }
        PersonalSessionOwner::User(id) => id,
        PersonalSessionOwner::Client(_) => return Ok(Ok(())),
    };
    let owner = queries::user(&app.reads, owner).await?;
    Ok(match owner.filter(UserRow::is_active) {
        Some(owner) if session.created_at < owner.sessions_valid_from => Err(Refusal::SessionEnded),
        Some(_) => Ok(()),
        None => Err(Refusal::UserInactive),
    })
}
