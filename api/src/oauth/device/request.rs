//! `POST /oauth2/device`: a device asks for a code that its user can enter elsewhere.

use std::sync::Arc;

use muniment_domain::{GrantId, Scope};
use muniment_store::{
    grants::{NewDeviceGrant, put_device_grant},
    time::SECOND,
};
use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::header,
    web::{Data, Json},
};
use serde_json::json;

use crate::{
    app::App,
    auth::{clients::DEVICE_CODE, token},
    http::{ClientIp, UserAgent},
    oauth::{
        credentials,
        error::OauthError,
        form::{Form, MaxBody},
    },
};

/// Seconds.
const LIFETIME: i64 = 20 * 60;
/// Seconds between two questions of a device.
const INTERVAL: u32 = 5;
const DEVICE_CODE_LENGTH: usize = 32;
const USER_CODE_LENGTH: usize = 6;
/// How often another user code is drawn when one is in use.
const DRAWS: usize = 5;

#[handler]
pub async fn start(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    ClientIp(ip): ClientIp,
    UserAgent(user_agent): UserAgent,
    request: &Request,
    body: Body,
) -> Result<Response, OauthError> {
    if !app.oauth.device_code_grant_enabled {
        return Err(OauthError::InvalidRequest(
            "Device Authorization Grant is disabled",
        ));
    }
    let form = Form::read(request, body, *max_body)
        .await?
        .unwrap_or_default();
    let client = credentials::client(app, request, &form, "oauth2/device").await?;
    if !client.may_use(DEVICE_CODE) {
        return Err(OauthError::UnauthorizedClient);
    }
    let scope: Scope = match form.get("scope") {
        Some(scope) => scope.parse().map_err(|_| OauthError::MalformedScope)?,
        None => Scope::default(),
    };
    let now = app.clock.now();
    let device_code = token::alphanumeric(&*app.entropy, DEVICE_CODE_LENGTH);
    for _ in 0..DRAWS {
        let user_code = token::alphanumeric(&*app.entropy, USER_CODE_LENGTH).to_ascii_uppercase();
        let grant = NewDeviceGrant {
            id: GrantId::from_uuid(app.ids.ulid()),
            client_id: client.id,
            scope: scope.clone(),
            device_code_hash: token::hash(&device_code),
            user_code_hash: token::hash(&user_code),
            created_at: now,
            expires_at: now + LIFETIME * SECOND,
            ip: ip.map(|ip| ip.to_string()),
            user_agent: user_agent.clone(),
        };
        if put_device_grant(&app.database, &grant).await? {
            return Ok(answer(app, &device_code, &user_code));
        }
    }
    Err(OauthError::internal("no user code is free"))
}

fn answer(app: &App, device_code: &str, user_code: &str) -> Response {
    let link = format!("{}link", app.site.public_base);
    let mut answer = json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": link,
        "expires_in": LIFETIME,
        "interval": INTERVAL,
    });
    if app.oauth.device_code_user_code_auto_fill_enabled {
        answer["verification_uri_complete"] = json!(format!("{link}?code={user_code}"));
    }
    Json(answer)
        .with_header(header::CACHE_CONTROL, "no-store")
        .with_header(header::PRAGMA, "no-cache")
        .into_response()
}
