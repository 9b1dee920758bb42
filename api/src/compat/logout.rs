//! `POST /_matrix/client/{version}/logout` and `…/logout/all` (contract oauth2.md 17.4 and 17.5).

use std::sync::Arc;

use muniment_domain::{SessionEnd, user::Origin};
use muniment_projections::queries::{CompatBearer, UserRow, compat_bearer};
use muniment_store::activity::SessionKind;
use poem::{
    Body, Request, handler,
    http::StatusCode,
    web::{Data, Json},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{body, error::MatrixError};
use crate::{
    accounts::{self, Ending, SessionRef},
    app::App,
    auth::{
        Actor, bearer_token, check_compat_session,
        token::{self, TokenKind},
    },
    http::{ClientIp, CorrelationId, form::MaxBody},
};

/// With which a client says that it knows that sessions of OAuth 2.0 stay.
const COMPAT_ALONE: &str = "io.element.only_compat_is_fine";

/// Ends the session that the access token is of; also one of a locked user.
#[handler]
pub async fn logout(
    Data(app): Data<&Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    Data(max_body): Data<&MaxBody>,
    ClientIp(ip): ClientIp,
    request: &Request,
    body: Body,
) -> Result<Json<Value>, MatrixError> {
    body::skip(body, *max_body).await;
    let found = bearer(app, request).await?;
    let (session, actor) = (&found.session, actor(&found, correlation));
    app.activity.record(
        SessionKind::Compat,
        session.id.as_uuid(),
        Some(session.user_id),
        app.clock.now(),
        ip,
    );
    let ending = Ending {
        session: SessionRef::Compat(session.id),
        user: Some(session.user_id),
        reason: SessionEnd::SignedOut,
    };
    accounts::end_session(app, &actor, ending).await?;
    Ok(Json(json!({})))
}

/// Ends all of the user's sessions of this login. Others stay, so that clients have to say that they
/// know it.
#[handler]
pub async fn logout_all(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    CorrelationId(correlation): CorrelationId,
    request: &Request,
    body: Body,
) -> Result<Json<Value>, MatrixError> {
    let body = body::read_optional(request, body, *max_body).await;
    let found = bearer(app, request).await?;
    if !found.user.as_ref().is_some_and(UserRow::is_active) {
        return Err(MatrixError::UnknownToken);
    }
    if body?.get(COMPAT_ALONE) != Some(&Value::Bool(true)) {
        return Err(MatrixError::Unrecognized(StatusCode::NOT_FOUND));
    }
    let actor = actor(&found, correlation);
    let reason = SessionEnd::SelfService;
    accounts::end_compat_sessions(app, &actor, found.session.user_id, reason).await?;
    Ok(Json(json!({})))
}

fn actor(found: &CompatBearer, correlation: Uuid) -> Actor {
    let session = format!("compat_session:{}", found.session.id);
    Actor::of_user(found.session.user_id, Origin::SelfService, correlation)
        .with_client(None, Some(session))
}

/// The session of the request's access token, which goes on.
async fn bearer(app: &App, request: &Request) -> Result<CompatBearer, MatrixError> {
    let presented = bearer_token(request.headers()).ok().flatten();
    let presented = presented.ok_or(MatrixError::MissingToken)?;
    if token::parse(presented) != Ok(TokenKind::CompatAccess) {
        return Err(MatrixError::UnknownToken);
    }
    let found = compat_bearer(&app.reads, &token::hash(presented)).await?;
    let found = found.ok_or(MatrixError::UnknownToken)?;
    check_compat_session(&found, app.clock.now()).map_err(|reason| {
        tracing::debug!(%reason, "an access token is refused");
        MatrixError::UnknownToken
    })?;
    Ok(found)
}
