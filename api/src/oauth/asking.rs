//! What the consent pages of both flows have in common: who asks, who is asked, and what the policy
//! says (contract oauth2.md 5.8 and 6.3).

use std::time::Duration;

use muniment_domain::{ClientId, Scope};
use muniment_projections::queries::{self, UserRow};
use poem::{IntoResponse, Response};

use super::browser::{SignedIn, page_error};
use crate::{
    accounts::Visitor,
    app::App,
    auth::Client,
    pages::{
        Continuation, PageContext, PageError, PolicyReason,
        views::{ClientCard, Person, PolicyViolationPage, Refused},
    },
    policy::{AuthorizationGrant, GrantKind, RequestedBy, ResourceOwner, SessionCounts, Violation},
};

/// A page does not wait longer for the homeserver.
const PATIENCE: Duration = Duration::from_secs(1);

pub fn card(client: &Client) -> ClientCard {
    let metadata = &client.metadata;
    let url = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    ClientCard {
        name: metadata.client_name.clone(),
        client_id: client.id.to_string(),
        uri: url(&metadata.client_uri),
        policy_uri: url(&metadata.policy_uri),
        tos_uri: url(&metadata.tos_uri),
    }
}

/// The user, with the name that the homeserver knows, if it tells in time.
pub async fn person(app: &App, user: &UserRow) -> Person {
    let asked = app.homeserver.query_user(&user.username);
    let display_name = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(known)) => known.displayname,
        Ok(Err(error)) => {
            tracing::debug!(%error, "the homeserver does not tell a display name");
            None
        }
        Err(_) => {
            tracing::debug!("the homeserver does not tell a display name in time");
            None
        }
    };
    Person {
        username: user.username.clone(),
        mxid: format!("@{}:{}", user.username, app.site.server_name),
        display_name,
    }
}

/// What is asked for, by whom.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub client: ClientId,
    pub scope: &'a Scope,
    pub kind: GrantKind,
    pub visitor: &'a Visitor,
}

/// What the policy has against it.
pub async fn violations(
    app: &App,
    user: &UserRow,
    question: &Question<'_>,
) -> Result<Vec<Violation>, PageError> {
    let counts = queries::session_counts(&app.database, user.id)
        .await
        .map_err(page_error)?;
    let violations = app.policy.rules().authorization_grant(&AuthorizationGrant {
        user: Some(ResourceOwner {
            username: &user.username,
            can_request_admin: user.can_request_admin,
            session_counts: Some(SessionCounts {
                oauth2: counts.oauth2,
                compat: counts.compat,
                personal: counts.personal,
            }),
        }),
        client: question.client,
        scope: question.scope,
        kind: question.kind,
        requester: RequestedBy {
            ip_address: question.visitor.ip,
            user_agent: question.visitor.user_agent.as_deref(),
        },
    });
    Ok(violations)
}

/// The page that tells them.
pub fn violation_page(
    ctx: PageContext,
    client: &Client,
    who: &SignedIn,
    violations: &[Violation],
    continuation: Continuation,
) -> Response {
    let reason = |violation: &Violation| {
        // The codes have one spelling, that of their JSON.
        let code = serde_json::to_value(violation.code).unwrap_or_default();
        PolicyReason::from_code(code.as_str(), violation.need_to_remove)
    };
    PolicyViolationPage {
        ctx,
        refused: Refused::Authorization,
        client: Some(card(client)),
        username: who.user.username.clone(),
        reasons: violations.iter().map(reason).collect(),
        continuation,
    }
    .into_response()
}
