//! What the consent pages of both flows have in common: who asks, who is asked, and what the policy
//! says (contract oauth2.md 5.8 and 6.3).

use std::time::Duration;

use muniment_domain::Scope;
use muniment_projections::queries::{self, UserRow};

use crate::{
    app::App,
    auth::Client,
    pages::{
        Continuation, Page, PageError, PolicyReason, SignedIn, Visit,
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
    pub client: &'a Client,
    pub scope: &'a Scope,
    pub kind: GrantKind,
    pub continuation: &'a Continuation,
}

impl Question<'_> {
    /// Asks the policy. What it has against it comes as the error, a page that tells.
    pub async fn check(&self, visit: &Visit, who: &SignedIn) -> poem::Result<()> {
        let violations = violations(visit, &who.user, self).await?;
        if violations.is_empty() {
            return Ok(());
        }
        let page = PolicyViolationPage {
            ctx: visit.ctx(),
            refused: Refused::Authorization,
            client: Some(card(self.client)),
            username: who.user.username.clone(),
            reasons: violations.iter().map(reason).collect(),
            continuation: self.continuation.clone(),
        };
        Err(poem::Error::from_response(page.respond()))
    }
}

async fn violations(
    visit: &Visit,
    user: &UserRow,
    question: &Question<'_>,
) -> Result<Vec<Violation>, PageError> {
    let app = &visit.app;
    let counts = queries::session_counts(&app.database, user.id).await?;
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
        client: question.client.id,
        scope: question.scope,
        kind: question.kind,
        requester: RequestedBy {
            ip_address: visit.visitor.ip,
            user_agent: visit.visitor.user_agent.as_deref(),
        },
    });
    Ok(violations)
}

fn reason(violation: &Violation) -> PolicyReason {
    // The codes have one spelling, that of their JSON.
    let code = serde_json::to_value(violation.code).unwrap_or_default();
    PolicyReason::from_code(code.as_str(), violation.need_to_remove)
}
