use async_graphql::{Context, Description, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_projections::queries;
use muniment_store::recovery::{RecoverySession, RecoveryTicket};

use super::{User, time::date_time};
use crate::graphql::{context::request, id::Kind};

/// What a recovery mail holds, by which a new password can be set.
#[derive(Debug, Clone, Description)]
pub struct UserRecoveryTicket {
    pub ticket: RecoveryTicket,
    pub session: RecoverySession,
}

/// Whether a recovery ticket can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserRecoveryTicketStatus {
    /// It can.
    Valid,
    /// It is too old.
    Expired,
    /// A password was set with this recovery already.
    Consumed,
}

#[Object(use_type_description)]
impl UserRecoveryTicket {
    /// The global id.
    pub async fn id(&self) -> ID {
        let ulid = muniment_domain::UserId::from_uuid(self.ticket.id);
        Kind::UserRecoveryTicket.id(ulid)
    }

    /// When it was mailed.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.ticket.created_at)
    }

    /// Whether it can be used.
    async fn status(&self, ctx: &Context<'_>) -> Result<UserRecoveryTicketStatus> {
        Ok(if self.session.consumed_at.is_some() {
            UserRecoveryTicketStatus::Consumed
        } else if request(ctx)?.app.clock.now() >= self.ticket.expires_at {
            UserRecoveryTicketStatus::Expired
        } else {
            UserRecoveryTicketStatus::Valid
        })
    }

    /// Whose account it is for.
    async fn username(&self, ctx: &Context<'_>) -> Result<String> {
        let user = User::known(request(ctx)?, self.ticket.user_id).await?;
        Ok(user.0.username)
    }

    /// The address that it was mailed to.
    async fn email(&self, ctx: &Context<'_>) -> Result<String> {
        let request = request(ctx)?;
        let email = queries::email(&request.app.reads, self.ticket.email_id).await;
        let email = email.map_err(|error| request.failure(error))?;
        // The address may have been removed meanwhile.
        Ok(email.map_or_else(|| self.session.email.clone(), |email| email.email))
    }
}
