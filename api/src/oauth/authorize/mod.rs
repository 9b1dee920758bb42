//! `GET /authorize` (RFC 6749 section 3.1; contract oauth2.md 5): takes a client's request in and sends
//! the person on to sign in or to consent.
//!
//! Nobody is ever sent to an address that the client has not registered.

mod answer;
mod redirect_uri;
mod request;

use std::sync::Arc;

use muniment_domain::GrantId;
use muniment_store::grants::{self, NewAuthorizationGrant};
use poem::{Request, Response, Result, handler};
use ulid::Ulid;

pub use answer::Answer;

use self::request::Asked;
use super::form::Form;
use crate::{
    app::App,
    auth::Client,
    pages::{Continuation, PageError, Visit, with_query},
};

#[handler]
pub async fn authorize(visit: Visit, request: &Request) -> Result<Response> {
    let app = &visit.app;
    let form = Form::of_query(request).map_err(|_| PageError::InvalidRequest)?;
    let client = client(app, &form).await?;
    let answer = Answer::of(&client, &form)?;
    let asked = match Asked::read(&form, &client, app.oauth.require_pkce) {
        Ok(asked) => asked,
        Err(request::Refused::Here) => return Err(PageError::InvalidRequest.into()),
        Err(request::Refused::Told(error)) => {
            return Ok(answer.error(&visit, error));
        }
    };
    let grant = GrantId::from_uuid(app.ids.ulid());
    let row = NewAuthorizationGrant {
        id: grant,
        client_id: client.id,
        redirect_uri: answer.redirect_uri.to_string(),
        redirect_uri_given: form.get("redirect_uri").is_some(),
        scope: asked.scope,
        state: answer.state.clone(),
        nonce: form.get("nonce").map(str::to_owned),
        response_mode: answer.mode.name().to_owned(),
        code_challenge: asked.challenge.as_ref().map(|(value, _)| value.clone()),
        code_challenge_method: asked.challenge.map(|(_, method)| method),
        login_hint: form.get("login_hint").map(str::to_owned),
        locale: visit.locale.tag().to_owned(),
        parameters: form.to_json(),
        created_at: app.clock.now(),
    };
    grants::put_authorization_grant(&app.database, &row)
        .await
        .map_err(PageError::from)?;
    let id = Ulid::from(grant.as_uuid().as_u128());
    let continuation = Continuation::AuthorizationGrant(id);
    if visit.active().await?.is_some() {
        return Ok(visit.redirect(continuation.target()));
    }
    if asked.wants_account {
        return Ok(visit.redirect(Continuation::on(Some(&continuation), "/register")));
    }
    let mut pairs = continuation.pairs();
    pairs.extend(row.login_hint.map(|hint| ("login_hint", hint)));
    Ok(visit.redirect(with_query("/login", pairs)))
}

async fn client(app: &App, form: &Form) -> Result<Arc<Client>, PageError> {
    let id = form.get("client_id").ok_or(PageError::InvalidRequest)?;
    let id = id.parse().map_err(|_| PageError::UnknownClient)?;
    super::consent::client(app, id).await
}
