//! `erasures`: which keys the log says are destroyed. Whoever keeps keys follows it.

use muniment_domain::{EmailId, Event, RegistrationTokenEvent, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};
use uuid::Uuid;

use crate::{Projection, Target, projection::Write};

#[derive(Debug)]
pub(crate) struct Erasures;

impl Projection for Erasures {
    fn name(&self) -> &'static str {
        "erasures"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["erasures"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let (subject, keys): (Uuid, Vec<Uuid>) = match applied.event {
            Event::User(UserEvent::UserDeactivated {
                user_id,
                shredded_emails,
                ..
            }) => {
                let keys = shredded_emails.iter().map(EmailId::as_uuid).collect();
                (user_id.as_uuid(), keys)
            }
            Event::User(UserEvent::UserErased { user_id }) => {
                (user_id.as_uuid(), vec![user_id.as_uuid()])
            }
            // Whoever it was for was no person here.
            Event::RegistrationToken(
                RegistrationTokenEvent::RegistrationTokenInviteeForgotten { token_id },
            ) => (token_id.as_uuid(), vec![token_id.as_uuid()]),
            _ => return Ok(Vec::new()),
        };
        Ok(keys
            .into_iter()
            .flat_map(|key| insert(target, key, subject, applied))
            .collect())
    }
}

fn insert(target: Target, key: Uuid, subject: Uuid, applied: Applied<'_>) -> Vec<Write> {
    let erasures = target.table("erasures");
    Write::stream(
        query(format!(
            "INSERT INTO {erasures} (key_id, user_id, position) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING"
        ))
        .bind(key)
        .bind(subject)
        // Positions count events one by one and never come near 2^63.
        .bind(i64::try_from(applied.record.position).unwrap_or(i64::MAX)),
    )
}
