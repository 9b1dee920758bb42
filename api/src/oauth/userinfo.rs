//! `GET` and `POST /oauth2/userinfo` (`OpenID` Connect Core section 5.3; contract oauth2.md 11): who a
//! token's user is.

use std::sync::Arc;

use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::{Method, StatusCode, header},
    web::{Data, Json},
};
use serde::Serialize;
use url::Url;

use super::{
    error::OauthError,
    form::{Form, MaxBody},
};
use crate::{
    app::App,
    auth::{self, BearerError, Requester, token},
    http::ClientIp,
    signing::Algorithm,
};

#[derive(Serialize)]
struct Claims<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    sub: String,
    username: &'a str,
}

#[handler]
pub async fn userinfo(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    ClientIp(ip): ClientIp,
    request: &Request,
    body: Body,
) -> Result<Response, OauthError> {
    let form = if request.method() == Method::POST {
        Form::read(request, body, *max_body)
            .await
            .map(Option::unwrap_or_default)
    } else {
        Form::of_query(request)
    };
    let (Ok(form), Ok(header)) = (form, auth::bearer_token(request.headers())) else {
        return Ok(malformed());
    };
    let token = match (header, form.get("access_token")) {
        (Some(""), _) | (Some(_), Some(_)) => return Ok(malformed()),
        (Some(token), None) | (None, Some(token)) => token,
        (None, None) => return Ok(unauthorized()),
    };
    let found = match auth::oauth2_session(app, token).await {
        Ok(found) => found,
        Err(BearerError::Refused(reason)) => {
            tracing::debug!(%reason, "userinfo is refused");
            return Ok(unauthorized());
        }
        Err(BearerError::Database(error)) => return Err(error.into()),
    };
    let Some(user) = found.user.clone() else {
        return Ok(unauthorized());
    };
    if !found.session.scope.contains("openid") {
        return Ok(unauthorized());
    }
    auth::mark_used(app, &found.token, &token::hash(token)).await?;
    let client_id = found.session.client_id;
    Requester::from(found).record_use(app, ip);

    let client = app.clients.find(&app.reads, client_id).await?;
    let wished = client
        .as_ref()
        .and_then(|client| client.metadata.userinfo_signed_response_alg.as_deref());
    let mut claims = Claims {
        iss: None,
        aud: None,
        sub: user.id.to_string(),
        username: &user.username,
    };
    let Some(algorithm) = wished else {
        return Ok(Json(claims)
            .with_header(header::CACHE_CONTROL, "no-store")
            .into_response());
    };
    claims.iss = Some(&app.site.issuer);
    claims.aud = Some(client_id.to_string());
    let algorithm: Algorithm = algorithm.parse().map_err(OauthError::internal)?;
    let signed = app.signing.get().sign(algorithm, &claims, None);
    Ok(Response::builder()
        .content_type("application/jwt")
        .header(header::CACHE_CONTROL, "no-store")
        .body(signed.map_err(OauthError::internal)?))
}

fn unauthorized() -> Response {
    Response::builder()
        .status(StatusCode::UNAUTHORIZED)
        .finish()
}

fn malformed() -> Response {
    Response::builder()
        .status(StatusCode::BAD_REQUEST)
        .header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_request\"")
        .finish()
}
