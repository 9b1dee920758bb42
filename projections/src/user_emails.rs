//! `user_emails`: the addresses that accounts have now.

use muniment_domain::{Event, Pii, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{
    Projection, Target,
    projection::{Write, cannot},
};

#[derive(Debug)]
pub(crate) struct UserEmails;

impl Projection for UserEmails {
    fn name(&self) -> &'static str {
        "user_emails"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["user_emails"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let user_emails = target.table("user_emails");
        let Event::User(event) = applied.event else {
            return Ok(Vec::new());
        };
        let statement = match event {
            UserEvent::UserEmailAdded {
                user_id,
                email_id,
                email,
                ..
            } => {
                let address = match email {
                    Pii::Clear(address) => address,
                    Pii::Shredded(()) => return Ok(Vec::new()),
                    Pii::Sealed(_) => {
                        return Err(cannot(self, applied, "the address is sealed"));
                    }
                };
                query(format!(
                    "INSERT INTO {user_emails} (id, user_id, email, email_folded, created_at) \
                     VALUES ($1, $2, $3, $4, $5)"
                ))
                .bind(email_id.as_uuid())
                .bind(user_id.as_uuid())
                .bind(address.as_str())
                .bind(address.folded())
                .bind(applied.record.recorded_at)
            }
            UserEvent::UserEmailRemoved { email_id, .. } => {
                query(format!("DELETE FROM {user_emails} WHERE id = $1")).bind(email_id.as_uuid())
            }
            _ => return Ok(Vec::new()),
        };
        Ok(Write::stream(statement))
    }
}
