//! `erasures`: which keys the log says are destroyed. Whoever keeps keys follows it.

use async_trait::async_trait;
use muniment_domain::{EmailId, Event, UserEvent, UserId};
use muniment_store::{
    log::{Applied, FollowError},
    sql::{Transaction, query},
};
use uuid::Uuid;

use crate::{Projection, Target};

#[derive(Debug)]
pub(crate) struct Erasures;

#[async_trait]
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

    async fn apply(
        &self,
        transaction: &mut Transaction,
        target: Target,
        applied: Applied<'_>,
    ) -> Result<(), FollowError> {
        let event = match applied.event {
            Event::User(event) => event,
            Event::Oauth2Session(_) | Event::PolicyData(_) => return Ok(()),
        };
        let keys: Vec<Uuid> = match event {
            UserEvent::UserDeactivated {
                shredded_emails, ..
            } => shredded_emails.iter().map(EmailId::as_uuid).collect(),
            UserEvent::UserErased { user_id } => vec![user_id.as_uuid()],
            UserEvent::UserRegistered { .. }
            | UserEvent::UserLocked { .. }
            | UserEvent::UserUnlocked { .. }
            | UserEvent::UserReactivated { .. }
            | UserEvent::UserAdminGranted { .. }
            | UserEvent::UserAdminRevoked { .. }
            | UserEvent::UserEmailAdded { .. }
            | UserEvent::UserEmailRemoved { .. }
            | UserEvent::UserPasswordSet { .. } => return Ok(()),
        };
        for key in keys {
            insert(transaction, target, key, event.user_id(), applied).await?;
        }
        Ok(())
    }
}

async fn insert(
    transaction: &mut Transaction,
    target: Target,
    key: Uuid,
    user: UserId,
    applied: Applied<'_>,
) -> Result<(), FollowError> {
    let erasures = target.table("erasures");
    transaction
        .execute(
            query(format!(
                "INSERT INTO {erasures} (key_id, user_id, position) VALUES ($1, $2, $3) \
                 ON CONFLICT DO NOTHING"
            ))
            .bind(key)
            .bind(user.as_uuid())
            // Positions count events one by one and never come near 2^63.
            .bind(i64::try_from(applied.record.position).unwrap_or(i64::MAX)),
        )
        .await?;
    Ok(())
}
