//! Rows as they were when the event at a position was the newest, worked out from the events. Nothing
//! is there before the event that made it.

use muniment_domain::{
    BrowserSessionId, CompatSessionId, EmailId, Event, Oauth2SessionId, PersonalSessionId,
    UserEvent, UserId,
};
use muniment_store::{
    index::{EventFilter, EventPage, FindError, find},
    log::Position,
    sql::DatabaseError,
};

use super::{
    BrowserSessionRow, CompatSessionRow, EmailRow, Oauth2SessionRow, PersonalSessionRow, UserRow,
    user_emails,
};
use crate::Reads;

/// How far the time in an id may be from the time of the event that first names it, in microseconds.
const ID_TO_EVENT: i64 = 10 * 60 * 1_000_000;
/// Events looked at, at once, for the one that names an id.
const PAGE: u32 = 200;

pub async fn user_as_of(
    reads: &Reads,
    id: UserId,
    position: Position,
) -> Result<Option<UserRow>, DatabaseError> {
    reads.one_at(id.as_uuid(), position).await
}

pub async fn browser_session_as_of(
    reads: &Reads,
    id: BrowserSessionId,
    position: Position,
) -> Result<Option<BrowserSessionRow>, DatabaseError> {
    reads.one_at(id.as_uuid(), position).await
}

pub async fn oauth2_session_as_of(
    reads: &Reads,
    id: Oauth2SessionId,
    position: Position,
) -> Result<Option<Oauth2SessionRow>, DatabaseError> {
    reads.one_at(id.as_uuid(), position).await
}

pub async fn compat_session_as_of(
    reads: &Reads,
    id: CompatSessionId,
    position: Position,
) -> Result<Option<CompatSessionRow>, DatabaseError> {
    reads.one_at(id.as_uuid(), position).await
}

pub async fn personal_session_as_of(
    reads: &Reads,
    id: PersonalSessionId,
    position: Position,
) -> Result<Option<PersonalSessionRow>, DatabaseError> {
    reads.one_at(id.as_uuid(), position).await
}

/// An address that an account had then, also if it has it no more.
pub async fn email_as_of(
    reads: &Reads,
    id: EmailId,
    position: Position,
) -> Result<Option<EmailRow>, DatabaseError> {
    let owner = match user_emails::email(reads, id).await? {
        Some(row) => Some(row.user_id),
        None => who_added(reads, id).await?,
    };
    let Some(owner) = owner else { return Ok(None) };
    let all = user_emails::all_emails_at(reads, owner, position).await?;
    Ok(all.into_iter().find(|email| email.id == id))
}

/// Whose address it was: the event is found by the time that the id begins with.
async fn who_added(reads: &Reads, id: EmailId) -> Result<Option<UserId>, DatabaseError> {
    let began = id.as_uuid().as_u128() >> 80;
    let began = i64::try_from(began).unwrap_or(i64::MAX / 1000);
    let began = began.saturating_mul(1000);
    let filter = EventFilter {
        types: vec!["user.email_added".to_owned()],
        since: Some(began.saturating_sub(ID_TO_EVENT)),
        until: Some(began.saturating_add(ID_TO_EVENT)),
        ..EventFilter::default()
    };
    let mut page = EventPage {
        after: None,
        before: None,
        backward: false,
        limit: PAGE,
    };
    loop {
        let found = find(reads.database(), &filter, page)
            .await
            .map_err(|error| unknown(&error))?;
        for record in &found.events {
            let opened = reads.projections.open(record).await;
            if let Ok(Event::User(UserEvent::UserEmailAdded {
                user_id, email_id, ..
            })) = opened
                && email_id == id
            {
                return Ok(Some(user_id));
            }
        }
        match found.events.last() {
            Some(last) if found.has_more => page.after = Some(last.position),
            _ => return Ok(None),
        }
    }
}

fn unknown(error: &FindError) -> DatabaseError {
    DatabaseError::Unknown(error.to_string())
}
