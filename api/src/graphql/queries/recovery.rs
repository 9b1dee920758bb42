use async_graphql::{Context, Object, Result};

use crate::{
    accounts::{self, RecoveryRefusal},
    graphql::{context::request, types::UserRecoveryTicket},
};

#[derive(Debug, Default)]
pub struct RecoveryQueries;

#[Object]
impl RecoveryQueries {
    /// A recovery ticket, for whoever has it.
    async fn user_recovery_ticket(
        &self,
        ctx: &Context<'_>,
        ticket: String,
    ) -> Result<Option<UserRecoveryTicket>> {
        let request = request(ctx)?;
        match accounts::find_ticket(&request.app, &ticket).await {
            Ok((ticket, session)) => Ok(Some(UserRecoveryTicket { ticket, session })),
            Err(RecoveryRefusal::Account(error)) => Err(request.failure(error)),
            Err(_) => Ok(None),
        }
    }
}
