//! `POST /oauth2/token` (RFC 6749 section 3.2; contract oauth2.md 7).

mod authorization_code;
mod client_credentials;
mod device_code;
pub mod pkce;
mod refresh;
mod session;

use std::sync::Arc;

use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::header,
    web::{Data, Json},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    credentials,
    error::OauthError,
    form::{Form, MaxBody},
};
use crate::{
    accounts::Visitor,
    app::App,
    auth::{
        Actor, Client,
        clients::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, DEVICE_CODE, REFRESH_TOKEN},
    },
    http::{ClientIp, CorrelationId, UserAgent},
};

/// A request from a client that has proved who it is.
#[derive(Debug)]
struct Call<'a> {
    app: &'a App,
    client: &'a Client,
    visitor: Visitor,
    correlation: Uuid,
}

impl Call<'_> {
    fn actor(&self) -> Actor {
        Actor::client(self.client.id, self.correlation)
    }
}

/// RFC 6749 section 5.1.
#[derive(Default, Serialize)]
struct Granted {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    token_type: Bearer,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

#[derive(Default, Serialize)]
enum Bearer {
    #[default]
    Bearer,
}

/// Exchanges a grant for tokens.
#[handler]
pub async fn token(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    CorrelationId(correlation): CorrelationId,
    ClientIp(ip): ClientIp,
    UserAgent(user_agent): UserAgent,
    request: &Request,
    body: Body,
) -> Result<Response, OauthError> {
    let form = Form::read(request, body, *max_body).await?;
    let has_form = form.is_some();
    let form = form.unwrap_or_default();
    let client = credentials::client(app, request, &form, "oauth2/token").await?;
    if !has_form {
        return Err(OauthError::InvalidRequest("the body has to be a form"));
    }
    let call = Call {
        app,
        client: &client,
        visitor: Visitor { user_agent, ip },
        correlation,
    };
    let grant = form.get("grant_type");
    let granted = match grant.ok_or(OauthError::InvalidRequest("grant_type is missing"))? {
        AUTHORIZATION_CODE => authorization_code::exchange(&call, &form).await,
        REFRESH_TOKEN => refresh::refresh(&call, &form).await,
        CLIENT_CREDENTIALS => client_credentials::grant(&call, &form).await,
        DEVICE_CODE if app.oauth.device_code_grant_enabled => {
            device_code::exchange(&call, &form).await
        }
        _ => Err(OauthError::UnsupportedGrantType),
    }?;
    Ok(Json(granted)
        .with_header(header::CACHE_CONTROL, "no-store")
        .with_header(header::PRAGMA, "no-cache")
        .into_response())
}

/// A parameter that has to be there.
fn required<'a>(form: &'a Form, name: &str, missing: &'static str) -> Result<&'a str, OauthError> {
    form.get(name).ok_or(OauthError::InvalidRequest(missing))
}
