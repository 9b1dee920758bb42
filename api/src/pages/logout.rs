//! `POST /logout` (contract oauth2.md 15.4). Sessions of clients that the browser allowed go on.

use muniment_domain::{BrowserSessionId, SessionEnd};
use poem::{Response, Result, handler};
use uuid::Uuid;

use super::{Continuation, PageError, Posted, Visit, session::Found};
use crate::accounts::{self, AccountError};

#[handler]
pub async fn logout(visit: Visit, form: Posted) -> Result<Response> {
    form.verify(&visit)?;
    if let Some(id) = visit.cookies.session().current {
        let id = BrowserSessionId::from_uuid(Uuid::from_u128(id.into()));
        let actor = match visit.found().await? {
            Found::Anonymous => None,
            Found::Active(signed_in) | Found::Inactive { signed_in, .. } => {
                Some(signed_in.actor(visit.correlation_id))
            }
        };
        if let Some(actor) = actor {
            let end = SessionEnd::SignedOut;
            match accounts::finish_browser_session(&visit.app, &actor, id, end).await {
                Ok(_) | Err(AccountError::SessionNotFound) => {}
                Err(error) => return Err(PageError::from(error).into()),
            }
        }
    }
    visit.cookies.end_session();
    let continuation = Continuation::from_pairs(&form.pairs());
    Ok(visit.go_on(continuation.as_ref(), "/login"))
}
