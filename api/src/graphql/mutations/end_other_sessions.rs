use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use muniment_domain::SessionEnd;

use super::ending::own_session;
use crate::{
    accounts::{self, OtherSessions},
    graphql::context::{request, unauthorized},
};

/// What `endOtherSessions` takes.
#[derive(Debug, InputObject)]
pub struct EndOtherSessionsInput {
    /// Whether personal tokens are revoked as well.
    #[graphql(default)]
    personal_sessions: bool,
}

/// What `endOtherSessions` answers.
#[derive(Debug, SimpleObject)]
pub struct EndOtherSessionsPayload {
    /// How many sessions have ended.
    count: usize,
}

#[derive(Debug, Default)]
pub struct EndOtherSessions;

#[Object]
impl EndOtherSessions {
    /// Ends all sessions of the requester's account but the one that asks: of browsers, of clients and
    /// of the legacy Matrix login.
    async fn end_other_sessions(
        &self,
        ctx: &Context<'_>,
        input: EndOtherSessionsInput,
    ) -> Result<EndOtherSessionsPayload> {
        let request = request(ctx)?;
        let user = request.requester.user().ok_or_else(unauthorized)?.id;
        let others = OtherSessions {
            user,
            kept: own_session(&request.requester),
            personal: input.personal_sessions,
            reason: SessionEnd::SelfService,
        };
        let ended = accounts::end_other_sessions(&request.app, &request.actor(), others).await;
        Ok(EndOtherSessionsPayload {
            count: ended.map_err(|error| request.failure(error))?.len(),
        })
    }
}
