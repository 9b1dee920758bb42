use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::PersonalSessionId;

use super::personal_tokens::{lifetime, violations};
use crate::{
    accounts::{self, AccountError},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::PersonalSession,
    },
};

/// What `regeneratePersonalSession` takes.
#[derive(InputObject)]
pub struct RegeneratePersonalSessionInput {
    /// Whose token to replace.
    personal_session_id: ID,
    /// How long the new token is good, in seconds; for ever if null or left out.
    expires_in: Option<i32>,
    /// The user's password, where one is set and passwords are enabled.
    password: Option<String>,
}

/// What `regeneratePersonalSession` answers.
#[derive(SimpleObject)]
pub struct RegeneratePersonalSessionPayload {
    /// What happened.
    status: RegeneratePersonalSessionStatus,
    /// The new token; shown this once.
    access_token: Option<String>,
    /// What it belongs to, as it is now.
    personal_session: Option<PersonalSession>,
    /// Why the policy refuses the scope, which it did not when the first token was made.
    violations: Option<Vec<String>>,
}

/// How `regeneratePersonalSession` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum RegeneratePersonalSessionStatus {
    /// There is a new token; the one before is refused.
    Regenerated,
    /// There is no such session, or it is not the requester's own.
    NotFound,
    /// The session is revoked, which is for good.
    Revoked,
    /// The time is not positive.
    InvalidExpiry,
    /// The policy refuses the scope.
    Denied,
    /// The password is missing or wrong.
    IncorrectPassword,
}

impl RegeneratePersonalSessionPayload {
    const fn only(status: RegeneratePersonalSessionStatus) -> Self {
        Self {
            status,
            access_token: None,
            personal_session: None,
            violations: None,
        }
    }
}

#[derive(Debug, Default)]
pub struct RegeneratePersonalSession;

#[Object]
impl RegeneratePersonalSession {
    /// Replaces a personal token of the requester's own; the one before is refused from now on. In a
    /// browser session only.
    async fn regenerate_personal_session(
        &self,
        ctx: &Context<'_>,
        input: RegeneratePersonalSessionInput,
    ) -> Result<RegeneratePersonalSessionPayload> {
        use RegeneratePersonalSessionStatus as Status;
        let only = RegeneratePersonalSessionPayload::only;

        let request = request(ctx)?;
        let id: PersonalSessionId = parse_as(Kind::PersonalSession, &input.personal_session_id)?;
        let (_, user) = request.require_browser()?;
        let found = PersonalSession::visible(request, id).await?;
        // An administrator may have made one that acts as somebody else; nobody is given more of that.
        let Some(PersonalSession(session)) =
            found.filter(|session| session.0.actor_user_id == user.id)
        else {
            return Ok(only(Status::NotFound));
        };
        if session.revoked_at.is_some() {
            return Ok(only(Status::Revoked));
        }
        let Ok(lifetime) = lifetime(input.expires_in) else {
            return Ok(only(Status::InvalidExpiry));
        };
        let violations = violations(request, user, &session.scope, None);
        if !violations.is_empty() {
            return Ok(RegeneratePersonalSessionPayload {
                violations: Some(violations),
                ..only(Status::Denied)
            });
        }
        if !request.confirms(user.id, input.password.as_deref()).await? {
            return Ok(only(Status::IncorrectPassword));
        }
        let (app, actor) = (&request.app, request.actor());
        let made = accounts::regenerate_personal_token(app, &actor, &session, lifetime).await;
        let token = match made {
            Ok(token) => token,
            Err(AccountError::SessionFinished) => return Ok(only(Status::Revoked)),
            Err(error) => return Err(request.failure(error)),
        };
        Ok(RegeneratePersonalSessionPayload {
            access_token: Some(token.to_string()),
            personal_session: PersonalSession::visible(request, id).await?,
            ..only(Status::Regenerated)
        })
    }
}
