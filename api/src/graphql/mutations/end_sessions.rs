use std::collections::BTreeMap;

use async_graphql::{Context, Error, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::UserId;

use super::ending::{forget_cookie, reason};
use crate::{
    accounts::{self, Ending, SessionRef},
    graphql::{
        context::{RequestContext, request},
        id::{InvalidId, Kind, parse},
        types::{BrowserSession, CompatSession, Oauth2Session, PersonalSession},
    },
};

/// How many sessions can be ended at once.
const MOST: usize = 100;

/// What `endSessions` takes.
#[derive(Debug, InputObject)]
pub struct EndSessionsInput {
    /// Which sessions to end, at most 100: of browsers, of clients, of the legacy Matrix login, and
    /// personal ones.
    ids: Vec<ID>,
}

/// What `endSessions` answers.
#[derive(Debug, SimpleObject)]
pub struct EndSessionsPayload {
    /// Those that have ended, now or before.
    ended: Vec<ID>,
    /// Those that do not exist, or that the requester may not see.
    not_found: Vec<ID>,
}

#[derive(Debug, Default)]
pub struct EndSessions;

#[Object]
impl EndSessions {
    /// Ends several sessions at once: the requester's own, or anybody's for administrators.
    async fn end_sessions(
        &self,
        ctx: &Context<'_>,
        input: EndSessionsInput,
    ) -> Result<EndSessionsPayload> {
        let request = request(ctx)?;
        if input.ids.len() > MOST {
            return Err(Error::new(format!(
                "At most {MOST} sessions can be ended at once"
            )));
        }
        let mut wanted = BTreeMap::new();
        for id in input.ids {
            wanted.insert(session_of(&id)?, id);
        }
        let (mut endings, mut ended, mut not_found) = (Vec::new(), Vec::new(), Vec::new());
        for (session, id) in wanted {
            match visible(request, session).await? {
                Some(Found { user, over }) => {
                    ended.push(id);
                    if !over {
                        endings.push(Ending {
                            session,
                            user,
                            reason: reason(request, session, user),
                        });
                    }
                }
                None => not_found.push(id),
            }
        }
        accounts::end_sessions(&request.app, &request.actor(), &endings)
            .await
            .map_err(|error| request.failure(error))?;
        for ending in &endings {
            forget_cookie(request, ending.session);
        }
        Ok(EndSessionsPayload { ended, not_found })
    }
}

fn session_of(id: &ID) -> Result<SessionRef, InvalidId> {
    let (kind, uuid) = parse(id)?;
    match kind {
        Kind::BrowserSession => Ok(SessionRef::Browser(uuid.into())),
        Kind::Oauth2Session => Ok(SessionRef::Oauth2(uuid.into())),
        Kind::CompatSession => Ok(SessionRef::Compat(uuid.into())),
        Kind::PersonalSession => Ok(SessionRef::Personal(uuid.into())),
        _ => Err(InvalidId),
    }
}

/// A session that the requester may end.
struct Found {
    user: Option<UserId>,
    /// It has ended already.
    over: bool,
}

async fn visible(request: &RequestContext, session: SessionRef) -> Result<Option<Found>> {
    let found = |user, end: Option<i64>| Found {
        user,
        over: end.is_some(),
    };
    Ok(match session {
        SessionRef::Browser(id) => BrowserSession::visible(request, id)
            .await?
            .map(|BrowserSession(row)| found(Some(row.user_id), row.finished_at)),
        SessionRef::Oauth2(id) => Oauth2Session::visible(request, id)
            .await?
            .map(|Oauth2Session(row)| found(row.user_id, row.finished_at)),
        SessionRef::Compat(id) => CompatSession::visible(request, id)
            .await?
            .map(|CompatSession(row)| found(Some(row.user_id), row.finished_at)),
        SessionRef::Personal(id) => PersonalSession::visible(request, id)
            .await?
            .map(|session| found(session.owning_user(), session.0.revoked_at)),
    })
}
