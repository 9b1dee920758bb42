use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::Oauth2SessionId;

use crate::{
    accounts,
    graphql::{
        context::{request, storable},
        id::{Kind, parse_as},
        types::Oauth2Session,
    },
};

/// What `setOauth2SessionName` takes.
#[derive(Debug, InputObject)]
#[graphql(name = "SetOAuth2SessionNameInput")]
pub struct SetOauth2SessionNameInput {
    /// Which session to name.
    oauth2_session_id: ID,
    /// The name, for people.
    human_name: String,
}

/// What `setOauth2SessionName` answers.
#[derive(Debug, SimpleObject)]
#[graphql(name = "SetOAuth2SessionNamePayload")]
pub struct SetOauth2SessionNamePayload {
    /// What happened.
    status: SetOauth2SessionNameStatus,
    /// The session as it is now.
    oauth2_session: Option<Oauth2Session>,
}

/// How `setOauth2SessionName` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "SetOAuth2SessionNameStatus")]
pub enum SetOauth2SessionNameStatus {
    /// The session has the name.
    Updated,
    /// There is no such session, or the requester may not see it.
    NotFound,
}

#[derive(Debug, Default)]
pub struct SetOauth2SessionName;

#[Object]
impl SetOauth2SessionName {
    /// Names a session of a client, and its device on the homeserver: one of the requester's own, or
    /// anybody's for administrators.
    #[graphql(name = "setOauth2SessionName")]
    async fn set_oauth2_session_name(
        &self,
        ctx: &Context<'_>,
        input: SetOauth2SessionNameInput,
    ) -> Result<SetOauth2SessionNamePayload> {
        let request = request(ctx)?;
        let id: Oauth2SessionId = parse_as(Kind::Oauth2Session, &input.oauth2_session_id)?;
        storable("humanName", &input.human_name)?;
        let Some(Oauth2Session(found)) = Oauth2Session::visible(request, id).await? else {
            return Ok(SetOauth2SessionNamePayload {
                status: SetOauth2SessionNameStatus::NotFound,
                oauth2_session: None,
            });
        };
        let user = found.user_id.ok_or("Session has no user")?;
        let (app, actor) = (&request.app, request.actor());
        accounts::name_oauth2_session(app, &actor, &found, user, &input.human_name)
            .await
            .map_err(|error| request.joint_failure("Failed to provision device", error))?;
        Ok(SetOauth2SessionNamePayload {
            status: SetOauth2SessionNameStatus::Updated,
            oauth2_session: Oauth2Session::visible(request, id).await?,
        })
    }
}
