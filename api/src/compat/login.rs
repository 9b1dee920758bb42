//! `GET` and `POST /_matrix/client/{version}/login` (contract oauth2.md 17.1 and 17.2).

use std::sync::Arc;

use muniment_domain::{BrowserSessionId, CompatLogin, user::Origin};
use muniment_projections::queries::UserRow;
use muniment_store::activity::SessionKind;
use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::header,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    body::{self, Object},
    error::MatrixError,
    login_token, password,
};
use crate::{
    accounts::{self, CompatStart, StartedCompat, Visitor},
    app::App,
    auth::Actor,
    http::{ClientIp, CorrelationId, UserAgent, form::MaxBody},
    policy::CompatLoginKind,
};

/// The longest device id that homeservers know how to deal with.
const LONGEST_DEVICE: usize = 255;
/// The most of a device's name that is kept.
const LONGEST_NAME: usize = 255;

/// The ways to sign in.
#[handler]
pub fn flows(Data(app): Data<&Arc<App>>) -> Response {
    let mut flows = Vec::new();
    if app.site.password_login_enabled {
        flows.push(json!({ "type": password::TYPE }));
    }
    flows.push(json!({
        "type": "m.login.sso",
        "oauth_aware_preferred": true,
        "org.matrix.msc3824.delegated_oidc_compatibility": true,
    }));
    flows.push(json!({ "type": login_token::TYPE }));
    Json(json!({ "flows": flows })).into_response()
}

/// A request to sign in, without what proves who it is.
pub struct Call<'a> {
    pub app: &'a App,
    pub visitor: Visitor,
    pub correlation: Uuid,
    pub body: Object,
}

/// Who it turned out to be.
pub struct Known {
    pub user: UserRow,
    pub login: CompatLogin,
    pub kind: CompatLoginKind,
    pub browser_session: Option<BrowserSessionId>,
}

/// What every way to sign in has in common.
#[derive(Deserialize)]
struct Wishes {
    r#type: String,
    device_id: Option<String>,
    initial_device_display_name: Option<String>,
    refresh_token: Option<bool>,
}

#[derive(Serialize)]
struct SignedIn {
    access_token: String,
    device_id: String,
    user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_ms: Option<u64>,
}

/// Signs in.
#[handler]
pub async fn login(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    CorrelationId(correlation): CorrelationId,
    ClientIp(ip): ClientIp,
    UserAgent(user_agent): UserAgent,
    request: &Request,
    body: Body,
) -> Result<Response, MatrixError> {
    let call = Call {
        app,
        visitor: Visitor { user_agent, ip },
        correlation,
        body: body::read(request, body, *max_body).await?,
    };
    let wishes = Wishes::of(&call.body)?;
    let known = match wishes.r#type.as_str() {
        password::TYPE if app.site.password_login_enabled => password::check(&call).await?,
        login_token::TYPE => login_token::check(&call).await?,
        _ => {
            return Err(MatrixError::Unknown(
                "This way to sign in is not known here",
            ));
        }
    };
    let lifetime = app.site.compat_token_ttl;
    let lifetime = (wishes.refresh_token == Some(true)).then_some(lifetime);
    let started = start(&call, known, wishes, lifetime).await?;
    Ok(Json(started)
        .with_header(header::CACHE_CONTROL, "no-store")
        .into_response())
}

async fn start(
    call: &Call<'_>,
    known: Known,
    wishes: Wishes,
    lifetime: Option<u32>,
) -> Result<SignedIn, MatrixError> {
    let (app, user) = (call.app, &known.user);
    let actor = Actor::of_user(user.id, Origin::SelfService, call.correlation);
    let wanted = CompatStart {
        user,
        device_id: wishes.device_id,
        name: wishes.initial_device_display_name,
        login: known.login,
        browser_session: known.browser_session,
        is_synapse_admin: false,
        beside_server: false,
        policy: Some(known.kind),
        lifetime,
        visitor: call.visitor.clone(),
    };
    let StartedCompat {
        session,
        device_id,
        access_token,
        refresh_token,
    } = accounts::start_compat_session(app, &actor, wanted).await?;
    app.activity.record(
        SessionKind::Compat,
        session.as_uuid(),
        Some(user.id),
        app.clock.now(),
        call.visitor.ip,
    );
    Ok(SignedIn {
        access_token,
        device_id,
        user_id: format!("@{}:{}", user.username, app.site.server_name),
        refresh_token,
        expires_in_ms: lifetime.map(|seconds| u64::from(seconds) * 1000),
    })
}

impl Wishes {
    fn of(body: &Object) -> Result<Self, MatrixError> {
        let mut wishes: Self = body::shaped(
            body,
            "type, device_id and initial_device_display_name are texts, refresh_token is true or false",
        )?;
        wishes.device_id = wishes.device_id.filter(|device| !device.is_empty());
        if let Some(device) = &wishes.device_id
            && (device.chars().count() > LONGEST_DEVICE || device.contains('\0'))
        {
            return Err(MatrixError::InvalidParameter(
                "device_id is too long, or not a text",
            ));
        }
        let name = wishes.initial_device_display_name.take();
        // Databases do not keep a NUL.
        let name = name.map(|name| name.replace('\0', ""));
        let name = name.map(|name| name.chars().take(LONGEST_NAME).collect::<String>());
        wishes.initial_device_display_name = name.filter(|name| !name.is_empty());
        Ok(wishes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(body: serde_json::Value) -> Result<Wishes, String> {
        let serde_json::Value::Object(body) = body else {
            panic!("an object is wanted");
        };
        Wishes::of(&body).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn absent_null_and_empty_are_one() {
        for body in [
            json!({"type": "x"}),
            json!({"type": "x", "device_id": null, "refresh_token": null}),
            json!({"type": "x", "device_id": "", "initial_device_display_name": "\0"}),
        ] {
            let wishes = wishes(body).unwrap();
            assert_eq!(wishes.device_id, None);
            assert_eq!(wishes.initial_device_display_name, None);
            assert_eq!(wishes.refresh_token, None);
        }
    }

    #[test]
    fn other_shapes_and_devices_that_no_homeserver_takes_are_refused() {
        for body in [
            json!({}),
            json!({"type": 1}),
            json!({"type": "x", "device_id": []}),
            json!({"type": "x", "refresh_token": "yes"}),
        ] {
            assert!(wishes(body).err().unwrap().starts_with("BadJson"));
        }
        for device in ["a\0b".to_owned(), "x".repeat(256)] {
            let refused = wishes(json!({"type": "x", "device_id": device}));
            assert!(refused.err().unwrap().starts_with("InvalidParameter"));
        }
        let long =
            wishes(json!({"type": "x", "initial_device_display_name": "\u{e9}".repeat(300)}));
        let name = long.unwrap().initial_device_display_name.unwrap();
        assert_eq!(name.chars().count(), 255);
    }
}
