//! `POST /oauth2/introspect` (RFC 7662; contract oauth2.md 8): what a token is good for. The homeserver
//! asks it for every request of its own.

use std::{collections::BTreeSet, sync::Arc};

use muniment_domain::{PersonalSessionOwner, Scope, UserId};
use muniment_projections::queries::{
    self, BearerSession, CompatBearer, PersonalBearer, TokenRow, UserRow,
};
use muniment_store::{activity::SessionKind, time::SECOND};
use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::header,
    web::{Data, Json},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    credentials::{self, Presented},
    error::OauthError,
    form::{Form, MaxBody},
};
use crate::{
    app::App,
    auth::{
        self,
        token::{self, TokenKind},
    },
    http::AskedBy,
};

const API: [&str; 2] = [
    "urn:matrix:client:api:*",
    "urn:matrix:org.matrix.msc2967.client:api:*",
];
const SYNAPSE_ADMIN: &str = "urn:synapse:admin:*";
/// Homeservers that read `device_id` say so, and get no device scopes for compat sessions.
const READS_DEVICE_ID: &str = "x-mas-supports-device-id";

/// Contract oauth2.md 8.3.
#[derive(Default, Serialize)]
struct Introspection {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
}

#[handler]
pub async fn introspect(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    request: &Request,
    body: Body,
) -> Result<Response, OauthError> {
    let form = Form::read(request, body, *max_body).await?;
    let has_form = form.is_some();
    let form = form.unwrap_or_default();
    let requester = admit(app, request, &form).await?;
    if !has_form {
        return Err(OauthError::InvalidRequest("the body has to be a form"));
    }
    let presented = form.get("token");
    let presented = presented.ok_or(OauthError::InvalidRequest("token is missing"))?;
    let reads_device_id = request
        .headers()
        .get(READS_DEVICE_ID)
        .is_some_and(|value| value.as_bytes() == b"1");
    let call = Call {
        app,
        hash: token::hash(presented),
        now: app.clock.now(),
        reads_device_id,
    };
    let answer = match token::parse(presented) {
        Ok(kind) if fits(kind, form.get("token_type_hint")) => call.answer(kind).await?,
        Ok(_) | Err(_) => None,
    };
    let mut response = Json(answer.unwrap_or_default())
        .with_header(header::CACHE_CONTROL, "no-store")
        .into_response();
    response.extensions_mut().insert(requester);
    Ok(response)
}

/// The homeserver by the secret it shares with us, or any client that can prove who it is.
async fn admit(app: &App, request: &Request, form: &Form) -> Result<AskedBy, OauthError> {
    match credentials::extract(request, form)? {
        Presented::Bearer(secret) if app.homeserver.verify_token(&secret) => {
            Ok(AskedBy("homeserver".to_owned()))
        }
        Presented::Bearer(_) => Err(OauthError::CallerDenied),
        Presented::Client(shown) => {
            let client = credentials::known(app, &shown, "oauth2/introspect").await;
            match client {
                Ok(client) if client.is_confidential() => {
                    Ok(AskedBy(format!("client:{}", client.id)))
                }
                Ok(_) | Err(OauthError::UnauthorizedClient) => Err(OauthError::CallerDenied),
                Err(error) => Err(error),
            }
        }
    }
}

const fn type_of(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Oauth2Access | TokenKind::CompatAccess | TokenKind::PersonalAccess => {
            "access_token"
        }
        TokenKind::Oauth2Refresh | TokenKind::CompatRefresh => "refresh_token",
    }
}

fn fits(kind: TokenKind, hint: Option<&str>) -> bool {
    hint.is_none_or(|hint| hint == type_of(kind))
}

struct Call<'a> {
    app: &'a App,
    hash: [u8; 32],
    now: i64,
    reads_device_id: bool,
}

impl Call<'_> {
    /// `None` for whatever is not good, without a reason.
    async fn answer(&self, kind: TokenKind) -> Result<Option<Introspection>, OauthError> {
        let reads = &self.app.reads;
        match kind {
            TokenKind::Oauth2Access => {
                let found = queries::bearer_session(reads, &self.hash).await?;
                let Some(found) = found.filter(|found| self.is_good(found)) else {
                    return Ok(None);
                };
                // On disk before the answer: from now on the refresh token before it is used up.
                auth::mark_used(self.app, &found.token, &self.hash).await?;
                Ok(Some(self.oauth2(kind, &found)))
            }
            TokenKind::Oauth2Refresh => {
                let found = queries::refresh_bearer(reads, &self.hash).await?;
                let found = found.filter(|found| self.is_good(found));
                Ok(found.map(|found| self.oauth2(kind, &found)))
            }
            TokenKind::CompatAccess => {
                let found = queries::compat_bearer(reads, &self.hash).await?;
                Ok(found.and_then(|found| self.compat(kind, &found)))
            }
            TokenKind::CompatRefresh => {
                let found = queries::compat_refresh_bearer(reads, &self.hash).await?;
                Ok(found.and_then(|found| self.compat(kind, &found)))
            }
            TokenKind::PersonalAccess => self.personal().await,
        }
    }

    fn is_good(&self, found: &BearerSession) -> bool {
        auth::check(found, self.now).is_ok()
    }

    /// What all kinds of tokens have in common.
    fn common(&self, kind: TokenKind, token: &TokenRow, user: Option<&UserRow>) -> Introspection {
        let seconds = |time: i64| time.div_euclid(SECOND);
        Introspection {
            active: true,
            username: user.map(|user| user.username.clone()),
            sub: user.map(|user| user.id.to_string()),
            token_type: Some(type_of(kind)),
            exp: token.expires_at.map(seconds),
            // Rounded up: a token that was just issued has its whole life, one that is good has some.
            expires_in: token
                .expires_at
                .map(|at| seconds(at - self.now + SECOND - 1).max(0)),
            iat: Some(seconds(token.created_at)),
            nbf: Some(seconds(token.created_at)),
            ..Introspection::default()
        }
    }

    fn used(&self, kind: SessionKind, session: Uuid, user: Option<UserId>) {
        let activity = &self.app.activity;
        activity.record(kind, session, user, self.now, None);
    }

    fn oauth2(&self, kind: TokenKind, found: &BearerSession) -> Introspection {
        let session = &found.session;
        self.used(SessionKind::Oauth2, session.id.as_uuid(), session.user_id);
        Introspection {
            scope: Some(normalised(&session.scope)),
            client_id: Some(session.client_id.to_string()),
            jti: Some(found.token.id.to_string()),
            ..self.common(kind, &found.token, found.user.as_ref())
        }
    }

    fn compat(&self, kind: TokenKind, found: &CompatBearer) -> Option<Introspection> {
        let session = &found.session;
        let token = &found.token;
        let user = auth::check_compat(found, self.now).ok()?;
        let mut scope: BTreeSet<String> = API.map(str::to_owned).into();
        if let Some(device) = session.device_id.as_deref() {
            // One that is no scope token could not be told to the homeserver.
            let scopes = Scope::DEVICE.map(|prefix| format!("{prefix}{device}"));
            if scopes[0].parse::<Scope>().is_err() || device.contains(' ') {
                return None;
            }
            if !self.reads_device_id {
                scope.extend(scopes);
            }
        }
        if session.is_synapse_admin {
            scope.insert(SYNAPSE_ADMIN.to_owned());
        }
        self.used(SessionKind::Compat, session.id.as_uuid(), Some(user.id));
        Some(Introspection {
            scope: Some(joined(scope)),
            client_id: Some("legacy".to_owned()),
            device_id: session.device_id.clone(),
            ..self.common(kind, token, Some(user))
        })
    }

    async fn personal(&self) -> Result<Option<Introspection>, OauthError> {
        let found = queries::personal_bearer(&self.app.reads, &self.hash).await?;
        let Some(found) = found else { return Ok(None) };
        if auth::check_personal(self.app, &found, self.now)
            .await?
            .is_err()
        {
            return Ok(None);
        }
        let PersonalBearer {
            token,
            session,
            actor,
        } = &found;
        self.used(
            SessionKind::Personal,
            session.id.as_uuid(),
            Some(session.actor_user_id),
        );
        Ok(Some(Introspection {
            scope: Some(normalised(&session.scope)),
            client_id: match session.owner {
                PersonalSessionOwner::Client(id) => Some(id.to_string()),
                PersonalSessionOwner::User(_) => None,
            },
            ..self.common(TokenKind::PersonalAccess, token, actor.as_ref())
        }))
    }
}

/// Both names of what has two (contract oauth2.md 8.4).
fn normalised(scope: &Scope) -> String {
    let mut all: BTreeSet<String> = scope.iter().map(str::to_owned).collect();
    for token in scope.iter() {
        if API.contains(&token) {
            all.extend(API.map(str::to_owned));
        }
        for prefix in Scope::DEVICE {
            if let Some(device) = token.strip_prefix(prefix) {
                all.extend(Scope::DEVICE.map(|prefix| format!("{prefix}{device}")));
            }
        }
    }
    joined(all)
}

fn joined(tokens: BTreeSet<String>) -> String {
    tokens.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_a_matrix_scope_are_told() {
        let scope = "openid urn:matrix:client:api:* \
            urn:matrix:org.matrix.msc2967.client:device:ABCDEFGHIJ";
        assert_eq!(
            normalised(&scope.parse().unwrap()),
            "openid urn:matrix:client:api:* urn:matrix:client:device:ABCDEFGHIJ \
             urn:matrix:org.matrix.msc2967.client:api:* \
             urn:matrix:org.matrix.msc2967.client:device:ABCDEFGHIJ"
        );
        assert_eq!(normalised(&Scope::default()), "");
    }

    #[test]
    fn a_hint_agrees_with_the_kind_or_the_token_is_not_active() {
        assert!(fits(TokenKind::Oauth2Access, None));
        assert!(fits(TokenKind::CompatRefresh, Some("refresh_token")));
        assert!(!fits(TokenKind::Oauth2Refresh, Some("access_token")));
        assert!(!fits(TokenKind::Oauth2Access, Some("id_token")));
    }
}
