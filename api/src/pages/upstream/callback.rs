use muniment_domain::UpstreamLinkId;
use muniment_projections::queries;
use muniment_store::upstream::{CompletedUpstream, complete_upstream_session, upstream_session};
use poem::{Response, Result, handler, web::Path};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use ulid::Ulid;
use uuid::Uuid;

use super::{authorize::secrets_context, enabled, failed};
use crate::{
    accounts::told_context,
    config::ResponseMode,
    pages::{Page, PageError, Posted, Visit, views::RepostPage},
    upstream::{Provider, Secrets},
    web::UpstreamSession,
};

/// Says that a form was sent once more from here, with our cookies.
const MARKER: &str = "did_mas_repost_to_itself";

/// Parameters of the protocol, which no template sees.
const OWN: [&str; 5] = ["code", "state", "iss", "error", MARKER];

#[handler]
pub async fn answered(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let provider = enabled(&visit, &id)?;
    if provider.settings.response_mode == Some(ResponseMode::FormPost) {
        return Err(PageError::InvalidRequest.into());
    }
    let parameters = visit.pairs().to_vec();
    Ok(receive(&visit, &provider, &parameters).await?)
}

/// The form comes from the provider's page, so that there is no token of ours in it: `state` says
/// that this browser has asked.
#[handler]
pub async fn posted(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response> {
    let provider = enabled(&visit, &id)?;
    if provider.settings.response_mode == Some(ResponseMode::Query) {
        return Err(PageError::InvalidRequest.into());
    }
    let mut parameters: Vec<(String, String)> = posted
        .pairs()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let known = visit
        .cookies
        .upstream_by_state(provider.settings.id, posted.get("state"));
    if known.is_none() && !parameters.is_empty() && posted.field(MARKER).is_none() {
        // Browsers send our cookies along with forms of our own pages alone.
        parameters.push((MARKER.to_owned(), "1".to_owned()));
        parameters.sort();
        let page = RepostPage {
            ctx: visit.plain_ctx(),
            path: format!("/upstream/callback/{}", provider.settings.id),
            parameters,
        };
        return Ok(page.respond());
    }
    Ok(receive(&visit, &provider, &parameters).await?)
}

/// Each parameter once.
fn unique(parameters: &[(String, String)]) -> Result<Map<String, Value>, PageError> {
    let mut map = Map::new();
    for (name, value) in parameters {
        let twice = map.insert(name.clone(), Value::String(value.clone()));
        if twice.is_some() {
            return Err(PageError::InvalidRequest);
        }
    }
    Ok(map)
}

async fn receive(
    visit: &Visit,
    provider: &Provider,
    parameters: &[(String, String)],
) -> Result<Response, PageError> {
    let mut map = unique(parameters)?;
    let get = |name: &str| map.get(name).and_then(Value::as_str);
    let state = get("state").ok_or(PageError::InvalidRequest)?;
    let remembered = visit
        .cookies
        .upstream_by_state(provider.settings.id, state)
        .ok_or(PageError::InvalidRequest)?;
    if let Some(error) = get("error") {
        let error: String = error
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect();
        tracing::info!(error, provider.id = %provider.settings.id, "a provider let nobody in");
        return Err(PageError::Upstream);
    }
    // RFC 9207.
    if get("iss").is_some_and(|issuer| Some(issuer) != provider.settings.issuer.as_deref()) {
        return Err(PageError::InvalidRequest);
    }
    let code = get("code").ok_or(PageError::InvalidRequest)?.to_owned();
    let app = &visit.app;
    let session = Uuid::from_u128(remembered.session.into());
    let row = upstream_session(&app.database, session).await?;
    let row = row.ok_or(PageError::InvalidRequest)?;
    let asked_for = row.provider_id == provider.id
        && row.state_hash == Sha256::digest(state).as_slice()
        && row.completed_at.is_none();
    let (true, Some(sealed)) = (asked_for, row.secrets) else {
        return Err(PageError::InvalidRequest);
    };
    let secrets = app.sealer.open(&secrets_context(session), &sealed)?;
    let secrets: Secrets = serde_json::from_slice(&secrets).map_err(|_| PageError::Internal)?;
    map.retain(|name, _| !OWN.contains(&name.as_str()));
    let told = app
        .upstream
        .finish(app, provider, &code, &secrets, map)
        .await;
    let told = told.map_err(|error| failed(provider, &error))?;

    let link = queries::upstream_link_of(&app.reads, provider.id, &told.subject).await?;
    let link_id = link.map_or_else(|| UpstreamLinkId::from_uuid(app.ids.ulid()), |link| link.id);
    let text = serde_json::to_vec(&told).map_err(|_| PageError::Internal)?;
    let completed = CompletedUpstream {
        link_id,
        told: app.sealer.seal(&told_context(session), &text)?,
        sid: told.sid,
        at: app.clock.now(),
    };
    if !complete_upstream_session(&app.database, session, &completed).await? {
        return Err(PageError::InvalidRequest);
    }
    let link = Ulid::from(link_id.as_uuid().as_u128());
    visit.cookies.remember_upstream(UpstreamSession {
        link: Some(link),
        ..remembered
    })?;
    Ok(visit.redirect(format_args!("/upstream/link/{link}")))
}
