use askama::Template;
use poem::http::StatusCode;

use crate::pages::{Continuation, PageContext, PolicyReason, page::page};

use super::ClientCard;

/// What a policy refused, which decides the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// An application's or a device's request: 200.
    Authorization,
    /// A legacy sign-in: 403.
    CompatSso,
}

/// Instead of a consent page: what the policy has against it.
#[derive(Template)]
#[template(path = "policy_violation.html")]
pub struct PolicyViolationPage {
    pub ctx: PageContext,
    pub refused: Refused,
    /// Who asked; a legacy sign-in has no client.
    pub client: Option<ClientCard>,
    pub username: String,
    pub reasons: Vec<PolicyReason>,
    /// What was asked for: trying again, or as somebody else.
    pub continuation: Continuation,
}

impl PolicyViolationPage {
    fn too_many_sessions(&self) -> bool {
        self.reasons.iter().any(PolicyReason::is_too_many_sessions)
    }
}

page!(
    PolicyViolationPage,
    fn status(&self) -> StatusCode {
        match self.refused {
            Refused::Authorization => StatusCode::OK,
            Refused::CompatSso => StatusCode::FORBIDDEN,
        }
    }
);
