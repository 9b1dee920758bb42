use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use ulid::Ulid;
use url::Url;

use super::set_password::{SetPasswordPayload, SetPasswordStatus};
use crate::{
    accounts::{self, AccountError, RecoveryRefusal},
    auth::Requester,
    graphql::context::request,
};

/// What `setPasswordByRecovery` takes.
#[derive(InputObject)]
pub struct SetPasswordByRecoveryInput {
    /// The ticket of a recovery mail.
    ticket: String,
    /// The password to set.
    new_password: String,
}

/// What `resendRecoveryEmail` takes.
#[derive(InputObject)]
pub struct ResendRecoveryEmailInput {
    /// A ticket of an earlier mail.
    ticket: String,
}

/// What `resendRecoveryEmail` answers.
#[derive(Debug, SimpleObject)]
pub struct ResendRecoveryEmailPayload {
    /// What happened.
    status: ResendRecoveryEmailStatus,
    /// The page that says how the recovery goes on.
    progress_url: Option<Url>,
}

/// How `resendRecoveryEmail` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ResendRecoveryEmailStatus {
    /// There is no such ticket.
    NoSuchRecoveryTicket,
    /// Too many were sent.
    RateLimited,
    /// New mails are on their way.
    Sent,
}

#[derive(Debug, Default)]
pub struct Recover;

#[Object]
impl Recover {
    /// Sets a new password with the ticket of a recovery mail. For anonymous requesters only.
    async fn set_password_by_recovery(
        &self,
        ctx: &Context<'_>,
        input: SetPasswordByRecoveryInput,
    ) -> Result<SetPasswordPayload> {
        let request = request(ctx)?;
        if !matches!(request.requester, Requester::Anonymous) {
            return Err("Account recovery is only for anonymous users.".into());
        }
        let set = accounts::recover_password(
            &request.app,
            &input.ticket,
            &input.new_password,
            request.correlation_id,
        );
        let status = match set.await {
            Ok(_) => SetPasswordStatus::Allowed,
            Err(refusal) => match refusal {
                RecoveryRefusal::Disabled => SetPasswordStatus::PasswordChangesDisabled,
                RecoveryRefusal::NoSuchTicket => SetPasswordStatus::NoSuchRecoveryTicket,
                RecoveryRefusal::AlreadyUsed => SetPasswordStatus::RecoveryTicketAlreadyUsed,
                RecoveryRefusal::Expired => SetPasswordStatus::ExpiredRecoveryTicket,
                RecoveryRefusal::AccountInactive => SetPasswordStatus::AccountLocked,
                RecoveryRefusal::PasswordTooWeak => SetPasswordStatus::InvalidNewPassword,
                RecoveryRefusal::Account(error) => return Err(request.failure(error)),
            },
        };
        Ok(SetPasswordPayload { status })
    }

    /// Mails new tickets to whom the ticket was mailed.
    async fn resend_recovery_email(
        &self,
        ctx: &Context<'_>,
        input: ResendRecoveryEmailInput,
    ) -> Result<ResendRecoveryEmailPayload> {
        let request = request(ctx)?;
        let app = &request.app;
        let session = match accounts::find_ticket(app, &input.ticket).await {
            Ok((_, session)) if !session.by_administrator => session,
            Err(RecoveryRefusal::Account(error)) => return Err(request.failure(error)),
            // Whom an administrator had a link mailed, asks them for another.
            Ok(_) | Err(_) => {
                return Ok(ResendRecoveryEmailPayload {
                    status: ResendRecoveryEmailStatus::NoSuchRecoveryTicket,
                    progress_url: None,
                });
            }
        };
        let limited = app
            .limits
            .check_account_recovery(request.client_ip, &session.email);
        if limited.is_err() {
            return Ok(ResendRecoveryEmailPayload {
                status: ResendRecoveryEmailStatus::RateLimited,
                progress_url: None,
            });
        }
        let sent = accounts::send_recovery_mails(app, session.id).await;
        sent.map_err(|error| request.failure(error))?;
        let ulid = Ulid::from(session.id.as_u128());
        let progress = format!("recover/progress/{ulid}");
        let progress_url = app.site.public_base.join(&progress);
        let broken = |error: url::ParseError| AccountError::Internal(error.to_string());
        Ok(ResendRecoveryEmailPayload {
            status: ResendRecoveryEmailStatus::Sent,
            progress_url: Some(progress_url.map_err(|error| request.failure(broken(error)))?),
        })
    }
}
