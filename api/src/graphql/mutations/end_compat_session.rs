use async_graphql::{Context, Enum, Error, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::CompatSessionId;

use super::ending::reason;
use crate::{
    accounts::{self, Ending, SessionRef},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::CompatSession,
    },
};

/// What `endCompatSession` takes.
#[derive(Debug, InputObject)]
pub struct EndCompatSessionInput {
    /// Which session to end.
    compat_session_id: ID,
}

/// What `endCompatSession` answers.
#[derive(Debug, SimpleObject)]
pub struct EndCompatSessionPayload {
    /// What happened.
    status: EndCompatSessionStatus,
    /// The session as it is now.
    compat_session: Option<CompatSession>,
}

/// How `endCompatSession` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum EndCompatSessionStatus {
    /// The session has ended.
    Ended,
    /// There is no such session, or the requester may not see it.
    NotFound,
}

#[derive(Debug, Default)]
pub struct EndCompatSession;

#[Object]
impl EndCompatSession {
    /// Ends a session of the legacy Matrix login and its tokens: one of the requester's own, or
    /// anybody's for administrators. An error if it has ended already.
    async fn end_compat_session(
        &self,
        ctx: &Context<'_>,
        input: EndCompatSessionInput,
    ) -> Result<EndCompatSessionPayload> {
        let request = request(ctx)?;
        let id: CompatSessionId = parse_as(Kind::CompatSession, &input.compat_session_id)?;
        let Some(CompatSession(found)) = CompatSession::visible(request, id).await? else {
            return Ok(EndCompatSessionPayload {
                status: EndCompatSessionStatus::NotFound,
                compat_session: None,
            });
        };
        let (session, user) = (SessionRef::Compat(id), Some(found.user_id));
        let ending = Ending {
            session,
            user,
            reason: reason(request, session, user),
        };
        let ended = accounts::end_session(&request.app, &request.actor(), ending).await;
        if ended.map_err(|error| request.failure(error))?.is_none() {
            return Err(Error::new("Invalid database operation"));
        }
        Ok(EndCompatSessionPayload {
            status: EndCompatSessionStatus::Ended,
            compat_session: CompatSession::visible(request, id).await?,
        })
    }
}
