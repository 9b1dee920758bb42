//! `POST /upstream/backchannel-logout/{id}`: a provider's request, not a person's (contract oauth2.md
//! 16.5).

use std::sync::Arc;

use muniment_domain::UpstreamProviderId;
use poem::{
    Request, Response, Result, handler,
    http::{StatusCode, header},
    web::{Data, Path},
};

use crate::{
    accounts::{self, AccountError},
    app::App,
    auth::Actor,
    http::CorrelationId,
    pages::Posted,
    upstream::UpstreamError,
};

#[handler]
pub async fn signed_out(
    request: &Request,
    Path(id): Path<String>,
    Data(app): Data<&Arc<App>>,
    posted: Result<Posted>,
) -> Response {
    let id: Result<UpstreamProviderId, _> = id.parse();
    let Some(provider) = id.ok().and_then(|id| app.upstream.enabled(id)).cloned() else {
        return refuse(StatusCode::NOT_FOUND, "there is no such provider");
    };
    let token = posted.ok().and_then(|form| {
        let token = form.field("logout_token")?;
        Some(token.to_owned())
    });
    let Some(token) = token else {
        return refuse(StatusCode::BAD_REQUEST, "logout_token is missing");
    };
    let token = match app.upstream.read_logout_token(app, &provider, &token).await {
        Ok(token) => token,
        Err(error) => {
            tracing::warn!(%error, provider.id = %provider.settings.id, "nobody is signed out");
            return match error {
                UpstreamError::LogoutToken(_) => {
                    refuse(StatusCode::BAD_REQUEST, "logout_token is not valid")
                }
                _ => unavailable(),
            };
        }
    };
    let correlation = request.extensions().get::<CorrelationId>();
    let actor = Actor::system(correlation.map_or_else(|| app.ids.event_id(), |id| id.0));
    match accounts::end_upstream_sessions(app, &actor, &provider, &token).await {
        Ok(()) => Response::builder()
            .header(header::CACHE_CONTROL, "no-store")
            .finish(),
        Err(error) => {
            tracing::error!(%error, "sessions could not be ended for an upstream provider");
            match error {
                AccountError::Unavailable(_) => unavailable(),
                _ => Response::builder()
                    .status(StatusCode::INTERNAL_SERVER_ERROR)
                    .finish(),
            }
        }
    }
}

fn refuse(status: StatusCode, description: &str) -> Response {
    let body = serde_json::json!({"error": "invalid_request", "error_description": description});
    Response::builder()
        .status(status)
        .header(header::CACHE_CONTROL, "no-store")
        .content_type("application/json")
        .body(body.to_string())
}

/// Worth another try.
fn unavailable() -> Response {
    Response::builder()
        .status(StatusCode::SERVICE_UNAVAILABLE)
        .header(header::RETRY_AFTER, "10")
        .finish()
}
