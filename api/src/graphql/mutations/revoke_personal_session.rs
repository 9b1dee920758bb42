use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::PersonalSessionId;

use super::ending::reason;
use crate::{
    accounts::{self, AccountError, SessionRef},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::PersonalSession,
    },
};

/// What `revokePersonalSession` takes.
#[derive(Debug, InputObject)]
pub struct RevokePersonalSessionInput {
    /// Which session to revoke.
    personal_session_id: ID,
}

/// What `revokePersonalSession` answers.
#[derive(Debug, SimpleObject)]
pub struct RevokePersonalSessionPayload {
    /// What happened.
    status: RevokePersonalSessionStatus,
    /// The session as it is now.
    personal_session: Option<PersonalSession>,
}

/// How `revokePersonalSession` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum RevokePersonalSessionStatus {
    /// The token is refused, from now on or since before.
    Revoked,
    /// There is no such session, or the requester may not see it.
    NotFound,
}

#[derive(Debug, Default)]
pub struct RevokePersonalSession;

#[Object]
impl RevokePersonalSession {
    /// Revokes a personal token for good: one of the requester's own, or anybody's for administrators.
    async fn revoke_personal_session(
        &self,
        ctx: &Context<'_>,
        input: RevokePersonalSessionInput,
    ) -> Result<RevokePersonalSessionPayload> {
        let request = request(ctx)?;
        let id: PersonalSessionId = parse_as(Kind::PersonalSession, &input.personal_session_id)?;
        let Some(found) = PersonalSession::visible(request, id).await? else {
            return Ok(RevokePersonalSessionPayload {
                status: RevokePersonalSessionStatus::NotFound,
                personal_session: None,
            });
        };
        if found.0.revoked_at.is_none() {
            let reason = reason(request, SessionRef::Personal(id), found.owning_user());
            let (app, actor) = (&request.app, request.actor());
            match accounts::end_personal_session(app, &actor, &found.0, reason).await {
                // By somebody else meanwhile.
                Ok(()) | Err(AccountError::SessionFinished) => {}
                Err(error) => return Err(request.failure(error)),
            }
        }
        Ok(RevokePersonalSessionPayload {
            status: RevokePersonalSessionStatus::Revoked,
            personal_session: PersonalSession::visible(request, id).await?,
        })
    }
}
