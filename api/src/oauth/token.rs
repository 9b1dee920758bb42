//! `POST /oauth2/token` (RFC 6749 section 3.2; contract oauth2.md 7).

use std::sync::Arc;

use muniment_domain::{GrantType, Scope};
use poem::{
    Body, IntoResponse, Request, Response, handler,
    web::{Data, Json},
};
use serde_json::json;

use super::{
    credentials,
    error::OauthError,
    form::{Form, MaxBody},
};
use crate::{
    accounts::{self, TokenRequest},
    app::App,
    auth::{Actor, Client, clients::ClientAuth},
    http::{ClientIp, CorrelationId, UserAgent},
    policy::{AuthorizationGrant, GrantKind, RequestedBy, messages},
};

/// Exchanges a grant for tokens.
#[handler]
pub async fn token(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    correlation: CorrelationId,
    ip: ClientIp,
    user_agent: UserAgent,
    request: &Request,
    body: Body,
) -> Result<Response, OauthError> {
    let form = Form::read(request, body, *max_body).await?;
    let has_form = form.is_some();
    let form = form.unwrap_or_default();
    let credentials = credentials::extract(request, &form)?;
    let client = app
        .clients
        .authenticate(&credentials)
        .ok_or(OauthError::InvalidClient)?;
    if !has_form {
        return Err(OauthError::InvalidRequest("the body has to be a form"));
    }
    match form.get("grant_type") {
        Some("client_credentials") => {
            client_credentials(app, correlation, (ip, user_agent), client, &form).await
        }
        Some(_) => Err(OauthError::UnsupportedGrantType),
        None => Err(OauthError::InvalidRequest("grant_type is missing")),
    }
}

/// RFC 6749 section 4.4: a confidential client acts for itself. A session starts with each call.
async fn client_credentials(
    app: &App,
    CorrelationId(correlation): CorrelationId,
    (ClientIp(ip), user_agent): (ClientIp, UserAgent),
    client: &Client,
    form: &Form,
) -> Result<Response, OauthError> {
    if matches!(client.auth, ClientAuth::None) {
        return Err(OauthError::UnauthorizedClient);
    }
    let scope: Scope = match form.get("scope") {
        Some(scope) => scope.parse().map_err(|_| OauthError::MalformedScope)?,
        None => Scope::default(),
    };
    let UserAgent(user_agent) = &user_agent;
    let violations = app.policy.rules().authorization_grant(&AuthorizationGrant {
        user: None,
        client: client.id,
        scope: &scope,
        kind: GrantKind::ClientCredentials,
        requester: RequestedBy {
            ip_address: ip,
            user_agent: user_agent.as_deref(),
        },
    });
    if !violations.is_empty() {
        return Err(OauthError::RefusedScope(messages(&violations, ", ")));
    }
    let issued = accounts::issue_tokens(
        app,
        &Actor::client(client.id, correlation),
        TokenRequest {
            client: client.id,
            user: None,
            scope,
            grant: GrantType::ClientCredentials,
            browser_session: None,
            lifetime: Some(app.site.access_token_ttl),
            refreshable: false,
            visitor: accounts::Visitor::default(),
        },
    )
    .await?;
    let mut answer = json!({
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
    });
    if !issued.scope.is_empty() {
        answer["scope"] = json!(issued.scope.to_string());
    }
    Ok(Json(answer)
        .with_header("cache-control", "no-store")
        .with_header("pragma", "no-cache")
        .into_response())
}
