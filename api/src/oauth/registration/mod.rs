//! `POST /oauth2/registration` (RFC 7591; contract oauth2.md 10): a client introduces itself. It is a
//! row until somebody consents to it.

mod check;
mod metadata;

use std::sync::Arc;

use muniment_domain::ClientId;
use muniment_store::grants::{NewClient, put_client};
use poem::{
    Body, IntoResponse, Request, Response,
    error::ReadBodyError,
    handler,
    http::{StatusCode, header},
    web::{Data, Json},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use self::metadata::Metadata;
use super::{error::OauthError, form::MaxBody};
use crate::{
    app::App,
    auth::{client_auth::secret_context, clients::AuthMethod, token},
    policy::{ClientMetadata as Registration, messages},
};

/// Nobody has that much to say of a client.
const MAX_BYTES: usize = 64 * 1024;
const SECRET_LENGTH: usize = 20;

#[handler]
pub async fn register(
    Data(app): Data<&Arc<App>>,
    Data(MaxBody(max_body)): Data<&MaxBody>,
    request: &Request,
    body: Body,
) -> Result<Response, OauthError> {
    let said = read(request, body, *max_body).await?;
    let metadata = Metadata::read(&said).map_err(OauthError::InvalidClientMetadata)?;
    check::check(&metadata)?;
    check_policy(app, &metadata)?;

    let stored = metadata.stored(app.oauth.device_code_grant_enabled);
    let method = stored.token_endpoint_auth_method.as_deref();
    let method = method.and_then(AuthMethod::from_name);
    let id = ClientId::from_uuid(app.ids.ulid());
    let secret = method
        .filter(|method| method.needs_secret())
        .map(|_| token::alphanumeric(&*app.entropy, SECRET_LENGTH));
    let sealed_secret = match &secret {
        Some(secret) => {
            let sealed = app.sealer.seal(&secret_context(id), secret.as_bytes());
            Some(sealed.map_err(OauthError::internal)?)
        }
        None => None,
    };
    let client = NewClient {
        id,
        metadata: stored,
        // Clients that have a secret do not share it.
        digest: secret
            .is_none()
            .then(|| Sha256::digest(metadata.normal_form()).into()),
        sealed_secret,
        created_at: app.clock.now(),
    };
    let id = put_client(&app.database, &client).await?;
    let mut answer = match json!(client.metadata) {
        Value::Object(answer) => answer,
        _ => Map::new(),
    };
    answer.insert("client_id".to_owned(), json!(id.to_string()));
    let issued_at = Ulid::from(id.as_uuid().as_u128()).timestamp_ms() / 1000;
    answer.insert("client_id_issued_at".to_owned(), json!(issued_at));
    if let Some(secret) = secret {
        answer.insert("client_secret".to_owned(), json!(secret));
    }
    Ok(Json(answer)
        .with_status(StatusCode::CREATED)
        .with_header(header::CACHE_CONTROL, "no-store")
        .into_response())
}

async fn read(
    request: &Request,
    body: Body,
    max_body: usize,
) -> Result<Map<String, Value>, OauthError> {
    let is_json = request
        .content_type()
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(OauthError::InvalidRequest("the body has to be JSON"));
    }
    let limit = max_body.min(MAX_BYTES);
    let bytes = body
        .into_bytes_limit(limit)
        .await
        .map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => OauthError::TooLarge,
            _ => OauthError::InvalidRequest("the body could not be read"),
        })?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(said)) => Ok(said),
        Ok(_) => Err(OauthError::InvalidClientMetadata(
            "the metadata has to be an object".to_owned(),
        )),
        Err(_) => Err(OauthError::InvalidRequest("the body is not JSON")),
    }
}

fn check_policy(app: &App, metadata: &Metadata) -> Result<(), OauthError> {
    let violations = app.policy.rules().client_registration(&Registration {
        client_uri: metadata.text("client_uri"),
        tos_uri: metadata.text("tos_uri"),
        policy_uri: metadata.text("policy_uri"),
        logo_uri: metadata.text("logo_uri"),
        redirect_uris: metadata.redirect_uris.as_deref(),
        grant_types: metadata.grant_types.as_deref(),
        token_endpoint_auth_method: metadata.text("token_endpoint_auth_method"),
        application_type: metadata.text("application_type"),
    });
    if violations.is_empty() {
        return Ok(());
    }
    let text = messages(&violations, "; ");
    Err(if text.contains("redirect_uri") {
        OauthError::RefusedRedirectUri(text)
    } else {
        OauthError::InvalidClientMetadata(text)
    })
}
