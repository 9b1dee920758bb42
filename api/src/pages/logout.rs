//! `POST /logout` (contract oauth2.md 15.4). Sessions of clients that the browser allowed go on.

use muniment_domain::SessionEnd;
use poem::{Response, Result, handler};

use super::{Continuation, PageError, Posted, Visit, session::Found};
use crate::accounts::{self, AccountError, SessionRef};

#[handler]
pub async fn logout(visit: Visit, form: Posted) -> Result<Response> {
    form.verify(&visit)?;
    match visit.found().await? {
        Found::Anonymous => {}
        Found::Active(signed_in) | Found::Inactive { signed_in, .. } => {
            let actor = signed_in.actor(visit.correlation_id);
            let (session, end) = (
                SessionRef::Browser(signed_in.session.id),
                SessionEnd::SignedOut,
            );
            match accounts::finish_session(&visit.app, &actor, session, end).await {
                Ok(_) | Err(AccountError::SessionNotFound) => {}
                Err(error) => return Err(PageError::from(error).into()),
            }
        }
    }
    visit.cookies.end_session();
    let continuation = Continuation::from_pairs(&form.pairs());
    Ok(visit.go_on(continuation.as_ref(), "/login"))
}
