//! `m.login.token`: a client comes with what the browser was sent back with.

use muniment_domain::CompatLogin;
use muniment_store::{compat_sso::sso_login_by_token, time::SECOND};
use serde::Deserialize;

use super::{
    body,
    error::MatrixError,
    login::{Call, Known},
};
use crate::{
    auth::token,
    pages::{
        session::{Found, standing},
        views::Inactive,
    },
    policy::CompatLoginKind,
};

pub const TYPE: &str = "m.login.token";
/// How long the token is good after it was confirmed, in microseconds.
const LIFETIME: i64 = 30 * SECOND;

pub const INVALID: MatrixError = MatrixError::Forbidden("The login token is not valid");
const EXPIRED: MatrixError = MatrixError::Forbidden("The login token has expired");

#[derive(Deserialize)]
struct Proof {
    token: String,
}

/// Who confirmed the sign-in. The token is used up when the session starts, and not before: a locked
/// user may come again with it.
pub async fn check(call: &Call<'_>) -> Result<Known, MatrixError> {
    let app = call.app;
    let proof: Proof = body::shaped(&call.body, "token has to be a text")?;
    let login = sso_login_by_token(&app.database, &token::hash(&proof.token)).await?;
    let login = login.filter(|login| login.exchanged_at.is_none());
    let login = login.ok_or(INVALID)?;
    let (confirmed_at, session) = login.fulfilled.ok_or(INVALID)?;
    if app.clock.now() - confirmed_at > LIFETIME {
        return Err(EXPIRED);
    }
    match standing(app, session).await? {
        Found::Active(who) => Ok(Known {
            user: who.user,
            login: CompatLogin::Sso {
                login_id: login.id,
                redirect_uri: login.redirect_uri,
                requested_at: login.created_at,
                confirmed_at,
            },
            kind: CompatLoginKind::Token,
            browser_session: Some(session),
        }),
        Found::Inactive {
            reason: Inactive::Locked,
            ..
        } => Err(MatrixError::UserLocked),
        Found::Inactive { .. } | Found::Anonymous => Err(INVALID),
    }
}
