//! RFC 6749 section 4.4: a confidential client acts for itself. A session starts with each call.

use muniment_domain::{Client as ClientAggregate, GrantType, Scope};
use muniment_store::Execution;

use super::{Call, Granted};
use crate::{
    accounts::{self, AccountError, TokenRequest, Visitor},
    auth::clients::CLIENT_CREDENTIALS,
    oauth::{consent::adoption, error::OauthError, form::Form},
    policy::{AuthorizationGrant, GrantKind, RequestedBy, messages},
};

pub(super) async fn grant(call: &Call<'_>, form: &Form) -> Result<Granted, OauthError> {
    let (app, client) = (call.app, call.client);
    if !client.is_confidential() || !client.may_use(CLIENT_CREDENTIALS) {
        return Err(OauthError::UnauthorizedClient);
    }
    let scope: Scope = match form.get("scope") {
        Some(scope) => scope.parse().map_err(|_| OauthError::MalformedScope)?,
        None => Scope::default(),
    };
    let violations = app.policy.rules().authorization_grant(&AuthorizationGrant {
        user: None,
        client: client.id,
        scope: &scope,
        kind: GrantKind::ClientCredentials,
        requester: RequestedBy {
            ip_address: call.visitor.ip,
            user_agent: call.visitor.user_agent.as_deref(),
        },
    });
    if !violations.is_empty() {
        return Err(OauthError::RefusedScope(messages(&violations, ", ")));
    }
    adopt(call).await?;
    let request = TokenRequest {
        client: client.id,
        user: None,
        scope,
        grant: GrantType::ClientCredentials,
        browser_session: None,
        lifetime: Some(app.site.access_token_ttl),
        refreshable: false,
        visitor: Visitor::default(),
    };
    let issued = accounts::issue_tokens(app, &call.actor(), request).await?;
    Ok(Granted {
        access_token: issued.access_token,
        expires_in: issued.expires_in,
        scope: issued.scope.to_string(),
        ..Granted::default()
    })
}

/// A client that registered itself and acts for itself is there to stay, as if somebody had consented.
async fn adopt(call: &Call<'_>) -> Result<(), OauthError> {
    let Some(command) = adoption(call.client) else {
        return Ok(());
    };
    let execution = Execution::new(call.actor().metadata());
    let id = call.client.id.as_uuid();
    let adopted = call
        .app
        .journal
        .execute::<ClientAggregate>(id, command, execution)
        .await;
    adopted.map_err(AccountError::from)?;
    Ok(())
}
