//! `POST /oauth2/revoke` (RFC 7009; contract oauth2.md 9): a client is done with a session.

use std::sync::Arc;

use muniment_domain::SessionEnd;
use muniment_projections::queries::{bearer_session, refresh_bearer};
use muniment_store::activity::SessionKind;
use poem::{Body, Request, Response, handler, http::StatusCode, web::Data};

use super::{
    credentials,
    error::OauthError,
    form::{Form, MaxBody},
};
use crate::{
    accounts::{self, Ending, SessionRef},
    app::App,
    auth::{
        Actor, session_has_ended,
        token::{self, TokenKind},
    },
    http::{ClientIp, CorrelationId},
};

/// Ends the session that the token belongs to, and all its tokens with it. What is no good any more
/// needs no ending: 200 as well.
#[handler]
pub async fn revoke(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    CorrelationId(correlation): CorrelationId,
    ClientIp(ip): ClientIp,
    request: &Request,
    body: Body,
) -> Result<Response, OauthError> {
    let form = Form::read(request, body, *max_body)
        .await?
        .unwrap_or_default();
    let client = credentials::client(app, request, &form, "oauth2/revoke").await?;
    let presented = form.get("token");
    let presented = presented.ok_or(OauthError::InvalidRequest("token is missing"))?;
    let wanted = match form.get("token_type_hint") {
        None => None,
        Some("access_token") => Some(TokenKind::Oauth2Access),
        Some("refresh_token") => Some(TokenKind::Oauth2Refresh),
        Some(_) => return Err(OauthError::UnsupportedTokenType),
    };
    let done = || Response::builder().status(StatusCode::OK).finish();
    let Ok(kind) = token::parse(presented) else {
        return Ok(done());
    };
    if wanted.is_some_and(|wanted| wanted != kind) {
        return Ok(done());
    }
    let hash = token::hash(presented);
    let found = match kind {
        TokenKind::Oauth2Access => bearer_session(&app.reads, &hash).await?,
        TokenKind::Oauth2Refresh => refresh_bearer(&app.reads, &hash).await?,
        TokenKind::CompatAccess | TokenKind::CompatRefresh | TokenKind::PersonalAccess => None,
    };
    let now = app.clock.now();
    let found = found.filter(|found| {
        let token = &found.token;
        let is_good = token.revoked_at.is_none() && token.expires_at.is_none_or(|at| at >= now);
        is_good && !session_has_ended(&found.session, found.user.as_ref())
    });
    let Some(found) = found else {
        return Ok(done());
    };
    let session = &found.session;
    if session.client_id != client.id {
        return Err(OauthError::UnauthorizedClient);
    }
    app.activity.record(
        SessionKind::Oauth2,
        session.id.as_uuid(),
        session.user_id,
        now,
        ip,
    );
    let actor = Actor::client(client.id, correlation);
    let ending = Ending {
        session: SessionRef::Oauth2(session.id),
        user: session.user_id,
        reason: SessionEnd::Revoked,
    };
    accounts::end_session(app, &actor, ending).await?;
    Ok(done())
}
