//! Why a session ends that somebody ends here.

use muniment_domain::{SessionEnd, UserId};

use crate::{accounts::SessionRef, auth::Requester, graphql::context::RequestContext};

/// Through which session the request comes.
pub fn own_session(requester: &Requester) -> Option<SessionRef> {
    match requester {
        Requester::Anonymous => None,
        Requester::BrowserSession { session, .. } => Some(SessionRef::Browser(session.id)),
        Requester::Oauth2Session { session, .. } => Some(SessionRef::Oauth2(session.id)),
        Requester::PersonalSession { session, .. } => Some(SessionRef::Personal(session.id)),
    }
}

/// Why a session of `owner` ends that the requester ends.
pub fn reason(request: &RequestContext, session: SessionRef, owner: Option<UserId>) -> SessionEnd {
    let user = request.requester.user().map(|user| user.id);
    if own_session(&request.requester) == Some(session) {
        SessionEnd::SignedOut
    } else if owner.is_some() && owner == user {
        SessionEnd::SelfService
    } else {
        SessionEnd::Admin
    }
}

/// Where a browser signs itself out, its cookie says so from now on.
pub fn forget_cookie(request: &RequestContext, session: SessionRef) {
    if let (SessionRef::Browser(_), Some(cookies)) = (session, &request.cookies)
        && own_session(&request.requester) == Some(session)
    {
        cookies.end_session();
    }
}
