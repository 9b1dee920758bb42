//! Answers that were lost on the way: what was done is in the log, and the resource is answered as it
//! is.

use muniment_domain::{Event, UserEvent};
use muniment_store::log::{LogError, Metadata, RecordedEvent, find_receipt};
use poem::{
    Endpoint, Request, Response, Route,
    http::{Method, StatusCode},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Attempt, mark};
use crate::{
    accounts::AccountError,
    admin::{
        AdminError, Caller,
        error::{Subject, internal},
        operations::ROOT,
        schema::Id,
    },
};

/// The first event of what a request has done, if it was.
pub async fn done(caller: &Caller, attempt: &Attempt) -> Result<Option<RecordedEvent>, AdminError> {
    let app = &caller.app;
    let read = |error: LogError| AdminError::account(AccountError::from(error), Subject::Session);
    let receipt = find_receipt(&app.database, &attempt.log_key().key)
        .await
        .map_err(read)?;
    let Some(receipt) = receipt else {
        return Ok(None);
    };
    let events = app.journal.log().read_all(receipt.first_position - 1, 1);
    Ok(events.await.map_err(read)?.pop())
}

/// Whether a request has caused an event.
pub fn is_of(event: &RecordedEvent, request: Uuid) -> bool {
    serde_json::from_str::<Metadata>(&event.metadata)
        .is_ok_and(|metadata| metadata.correlation_id == request)
}

/// What a write that was done answers now.
pub async fn as_it_is(
    reads: &Route,
    caller: &Caller,
    attempt: &Attempt,
    event: &RecordedEvent,
) -> Result<Response, AdminError> {
    let mut parts = attempt.path.trim_start_matches('/').split('/');
    let collection = parts.next().unwrap_or_default();
    let action = parts.nth(1);
    let is_new = parts.next().is_none() && attempt.path.matches('/').count() == 1;
    let mut answer = if attempt.method == Method::DELETE || action == Some("set-password") {
        StatusCode::NO_CONTENT.into()
    } else {
        let id = resource(caller, collection, event).await?;
        let resource = format!("{ROOT}/{collection}/{id}");
        let read = Request::builder()
            .uri_str(&resource)
            .extension(caller.clone())
            .finish();
        let answer = match reads.call(read).await {
            Ok(answer) => answer,
            Err(error) => return Err(error.downcast().unwrap_or_else(internal)),
        };
        // Personal sessions have one address whatever is done to them.
        let address = match action {
            Some(action) if collection != "personal-sessions" => format!("{resource}/{action}"),
            _ => resource,
        };
        let is_created = is_new || action == Some("regenerate");
        addressed(answer, &address, is_created).await?
    };
    mark(&mut answer);
    Ok(answer)
}

/// The id of what a write was about: of what is in a stream of its own, the stream's.
async fn resource(
    caller: &Caller,
    collection: &str,
    event: &RecordedEvent,
) -> Result<Id, AdminError> {
    let id = match collection {
        "user-emails" | "upstream-oauth-links" => {
            let codec = caller.app.journal.codec();
            match codec.open(event).await.map_err(internal)? {
                Event::User(UserEvent::UserEmailAdded { email_id, .. }) => email_id.as_uuid(),
                Event::User(UserEvent::UserUpstreamLinked { link_id, .. }) => link_id.as_uuid(),
                _ => return Err(internal("a write has done something else")),
            }
        }
        _ => event.stream.aggregate_id.parse().map_err(internal)?,
    };
    Ok(Id(id))
}

/// The answer of a read as that of a write at another address.
async fn addressed(
    mut answer: Response,
    address: &str,
    is_created: bool,
) -> Result<Response, AdminError> {
    if answer.status() != StatusCode::OK {
        return Ok(answer);
    }
    let text = answer.take_body().into_vec().await.map_err(internal)?;
    let mut document: Value = serde_json::from_slice(&text).map_err(internal)?;
    document["links"]["self"] = address.into();
    answer.set_body(document.to_string());
    if is_created {
        answer.set_status(StatusCode::CREATED);
    }
    Ok(answer)
}
