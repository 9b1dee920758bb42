//! `POST /_matrix/client/{version}/refresh` (contract oauth2.md 17.3): the next pair of tokens.
//!
//! A refresh token serves once, also when the answer was lost: clients of this login sign in again
//! then, and the contract wants it so, in contrast to OAuth 2.0.

use std::sync::Arc;

use muniment_projections::queries::compat_refresh_bearer;
use muniment_store::{
    activity::SessionKind,
    tokens::{CompatRotation, compat_refresh_token, rotate_compat},
};
use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::header,
    web::{Data, Json},
};
use serde::Deserialize;
use serde_json::json;

use super::{body, error::MatrixError};
use crate::{
    accounts::draw_compat_tokens,
    app::App,
    auth::{
        check_compat_session,
        token::{self, TokenKind},
    },
    http::{ClientIp, form::MaxBody},
};

#[derive(Deserialize)]
struct Presented {
    refresh_token: String,
}

#[handler]
pub async fn refresh(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    ClientIp(ip): ClientIp,
    request: &Request,
    body: Body,
) -> Result<Response, MatrixError> {
    let body = body::read(request, body, *max_body).await?;
    let presented: Presented = body::shaped(&body, "refresh_token has to be a text")?;
    let presented = presented.refresh_token;
    if token::parse(&presented) != Ok(TokenKind::CompatRefresh) {
        return Err(MatrixError::UnknownToken);
    }
    let (hash, now) = (token::hash(&presented), app.clock.now());
    let found = compat_refresh_bearer(&app.reads, &hash).await?;
    let found = found.ok_or(MatrixError::UnknownToken)?;
    let user = check_compat_session(&found, now).map_err(|reason| {
        tracing::debug!(%reason, "a refresh token is refused");
        MatrixError::UnknownToken
    })?;
    // Told apart from a session that has ended, which clients throw their keys away for.
    if user.locked_at.is_some() {
        return Err(MatrixError::UserLocked);
    }
    let session = found.session.id;
    let lifetime = app.site.compat_token_ttl;
    let pair = draw_compat_tokens(app, session, user.id, Some(lifetime));
    let row = compat_refresh_token(&app.database, &hash).await?;
    let row = row.ok_or(MatrixError::UnknownToken)?;
    let rotated = rotate_compat(&app.database, &row, &pair.access, &pair.refresh, now).await?;
    if rotated == CompatRotation::Refused {
        return Err(MatrixError::UnknownToken);
    }
    let activity = &app.activity;
    activity.record(
        SessionKind::Compat,
        session.as_uuid(),
        Some(user.id),
        now,
        ip,
    );
    Ok(Json(json!({
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "expires_in_ms": u64::from(lifetime) * 1000,
    }))
    .with_header(header::CACHE_CONTROL, "no-store")
    .into_response())
}
