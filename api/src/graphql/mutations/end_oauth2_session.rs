use async_graphql::{Context, Enum, Error, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::Oauth2SessionId;

use super::ending::reason;
use crate::{
    accounts::{self, Ending, SessionRef},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::Oauth2Session,
    },
};

/// What `endOauth2Session` takes.
#[derive(Debug, InputObject)]
#[graphql(name = "EndOAuth2SessionInput")]
pub struct EndOauth2SessionInput {
    /// Which session to end.
    oauth2_session_id: ID,
}

/// What `endOauth2Session` answers.
#[derive(Debug, SimpleObject)]
#[graphql(name = "EndOAuth2SessionPayload")]
pub struct EndOauth2SessionPayload {
    /// What happened.
    status: EndOauth2SessionStatus,
    /// The session as it is now.
    oauth2_session: Option<Oauth2Session>,
}

/// How `endOauth2Session` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "EndOAuth2SessionStatus")]
pub enum EndOauth2SessionStatus {
    /// The session has ended.
    Ended,
    /// There is no such session, or the requester may not see it.
    NotFound,
}

#[derive(Debug, Default)]
pub struct EndOauth2Session;

#[Object]
impl EndOauth2Session {
    /// Ends a client's session and its tokens: one of the requester's own, or anybody's for
    /// administrators. An error if it has ended already.
    #[graphql(name = "endOauth2Session")]
    async fn end_oauth2_session(
        &self,
        ctx: &Context<'_>,
        input: EndOauth2SessionInput,
    ) -> Result<EndOauth2SessionPayload> {
        let request = request(ctx)?;
        let id: Oauth2SessionId = parse_as(Kind::Oauth2Session, &input.oauth2_session_id)?;
        let Some(Oauth2Session(found)) = Oauth2Session::visible(request, id).await? else {
            return Ok(EndOauth2SessionPayload {
                status: EndOauth2SessionStatus::NotFound,
                oauth2_session: None,
            });
        };
        let (session, user) = (SessionRef::Oauth2(id), found.user_id);
        let ending = Ending {
            session,
            user,
            reason: reason(request, session, user),
        };
        let ended = accounts::end_session(&request.app, &request.actor(), ending).await;
        if ended.map_err(|error| request.failure(error))?.is_none() {
            return Err(Error::new("Invalid database operation"));
        }
        Ok(EndOauth2SessionPayload {
            status: EndOauth2SessionStatus::Ended,
            oauth2_session: Oauth2Session::visible(request, id).await?,
        })
    }
}
