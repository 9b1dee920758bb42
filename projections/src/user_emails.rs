//! `user_emails`: the addresses that accounts have now.

use async_trait::async_trait;
use muniment_domain::{Event, Pii, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::{Transaction, query},
};

use crate::{Projection, Target};

#[derive(Debug)]
pub(crate) struct UserEmails;

#[async_trait]
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

    async fn apply(
        &self,
        transaction: &mut Transaction,
        target: Target,
        applied: Applied<'_>,
    ) -> Result<(), FollowError> {
        let user_emails = target.table("user_emails");
        let event = match applied.event {
            Event::User(event) => event,
            Event::Oauth2Session(_) | Event::PolicyData(_) => return Ok(()),
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
                    Pii::Shredded(()) => return Ok(()),
                    Pii::Sealed(_) => {
                        return Err(FollowError::Apply {
                            projection: self.name(),
                            position: applied.record.position,
                            reason: "the address is sealed".to_owned(),
                        });
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
            UserEvent::UserRegistered { .. }
            | UserEvent::UserLocked { .. }
            | UserEvent::UserUnlocked { .. }
            | UserEvent::UserDeactivated { .. }
            | UserEvent::UserReactivated { .. }
            | UserEvent::UserErased { .. }
            | UserEvent::UserAdminGranted { .. }
            | UserEvent::UserAdminRevoked { .. }
            | UserEvent::UserPasswordSet { .. } => return Ok(()),
        };
        transaction.execute(statement).await?;
        Ok(())
    }
}
