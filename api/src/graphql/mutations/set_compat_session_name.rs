use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::CompatSessionId;

use crate::{
    accounts,
    graphql::{
        context::{request, storable},
        id::{Kind, parse_as},
        types::CompatSession,
    },
};

/// What `setCompatSessionName` takes.
#[derive(Debug, InputObject)]
pub struct SetCompatSessionNameInput {
    /// Which session to name.
    compat_session_id: ID,
    /// The name, for people.
    human_name: String,
}

/// What `setCompatSessionName` answers.
#[derive(Debug, SimpleObject)]
pub struct SetCompatSessionNamePayload {
    /// What happened.
    status: SetCompatSessionNameStatus,
    /// The session as it is now. The name of the field is the contract's.
    oauth2_session: Option<CompatSession>,
}

/// How `setCompatSessionName` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SetCompatSessionNameStatus {
    /// The session has the name.
    Updated,
    /// There is no such session, or the requester may not see it.
    NotFound,
}

#[derive(Debug, Default)]
pub struct SetCompatSessionName;

#[Object]
impl SetCompatSessionName {
    /// Names a session of the legacy Matrix login, and its device on the homeserver: one of the
    /// requester's own, or anybody's for administrators.
    async fn set_compat_session_name(
        &self,
        ctx: &Context<'_>,
        input: SetCompatSessionNameInput,
    ) -> Result<SetCompatSessionNamePayload> {
        let request = request(ctx)?;
        let id: CompatSessionId = parse_as(Kind::CompatSession, &input.compat_session_id)?;
        storable("humanName", &input.human_name)?;
        let Some(CompatSession(found)) = CompatSession::visible(request, id).await? else {
            return Ok(SetCompatSessionNamePayload {
                status: SetCompatSessionNameStatus::NotFound,
                oauth2_session: None,
            });
        };
        let (app, actor) = (&request.app, request.actor());
        accounts::name_compat_session(app, &actor, &found, &input.human_name)
            .await
            .map_err(|error| request.joint_failure("Failed to provision device", error))?;
        Ok(SetCompatSessionNamePayload {
            status: SetCompatSessionNameStatus::Updated,
            oauth2_session: CompatSession::visible(request, id).await?,
        })
    }
}
