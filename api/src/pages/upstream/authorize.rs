use chrono::DateTime;
use muniment_domain::GrantId;
use muniment_store::{
    grants,
    upstream::{NewUpstreamSession, put_upstream_session},
};
use poem::{
    Response, Result, handler,
    http::{StatusCode, header},
    web::Path,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use ulid::Ulid;
use uuid::Uuid;

use super::{enabled, failed};
use crate::{
    pages::{Continuation, PageError, Visit},
    upstream::Asked,
    web::UpstreamSession,
};

/// For so long after signing out, providers may be told, in seconds.
const JUST_NOW: i64 = 300;

/// What the nonce and the verifier are sealed for.
pub(super) fn secrets_context(session: Uuid) -> String {
    format!("upstream sign-in {session}: secrets")
}

#[handler]
pub async fn leave(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let provider = enabled(&visit, &id)?;
    let app = &visit.app;
    let continuation = visit.continuation();
    let asked = asked(&visit, continuation.as_ref()).await?;
    let begun = app.upstream.begin(app, &provider, &asked).await;
    let begun = begun.map_err(|error| failed(&provider, &error))?;
    let session = app.ids.ulid();
    let secrets = serde_json::to_vec(&begun.secrets).map_err(|_| PageError::Internal)?;
    let sealed = app.sealer.seal(&secrets_context(session), &secrets);
    let new = NewUpstreamSession {
        id: session,
        provider_id: provider.id,
        state_hash: Sha256::digest(&begun.state).into(),
        secrets: sealed.map_err(PageError::from)?,
        created_at: app.clock.now(),
    };
    let put = put_upstream_session(&app.database, &new).await;
    put.map_err(PageError::from)?;
    let remembered = visit.cookies.remember_upstream(UpstreamSession {
        session: Ulid::from(session.as_u128()),
        provider: provider.settings.id,
        state: begun.state,
        link: None,
        post_auth_action: continuation.as_ref().map(Continuation::to_json),
    });
    remembered.map_err(PageError::from)?;
    Ok(Response::builder()
        .status(StatusCode::TEMPORARY_REDIRECT)
        .header(header::LOCATION, begun.url.as_str())
        .finish())
}

/// What a client asked of us, if one did, and whether the person has just left.
async fn asked(
    visit: &Visit,
    continuation: Option<&Continuation>,
) -> std::result::Result<Asked, PageError> {
    let mut params = Value::Object(serde_json::Map::new());
    if let Some(Continuation::AuthorizationGrant(id)) = continuation {
        let id = GrantId::from_uuid(Uuid::from_u128(u128::from(*id)));
        let grant = grants::authorization_grant(&visit.app.database, id).await?;
        if let Some(grant) = grant {
            params = serde_json::from_str(&grant.request.parameters).unwrap_or(params);
        }
    }
    let now = DateTime::from_timestamp_micros(visit.app.clock.now());
    let left = visit.cookies.session().logged_out_at;
    let logged_out = now.zip(left).is_some_and(|(now, left)| {
        let seconds = (now - left).num_seconds();
        (0..JUST_NOW).contains(&seconds)
    });
    Ok(Asked { params, logged_out })
}
