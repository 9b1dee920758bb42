use async_graphql::{Context, Enum, Error, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::UserId;

use crate::{
    accounts::{self, AccountError},
    graphql::{
        context::{RequestContext, request, unauthorized},
        id::{Kind, parse_as},
        types::User,
    },
};

/// What `setPassword` takes.
#[derive(InputObject)]
pub struct SetPasswordInput {
    /// Whose password to set.
    user_id: ID,
    /// The password that is set now. Administrators need none.
    current_password: Option<String>,
    /// The password to set.
    new_password: String,
}

/// What `setPassword` and `setPasswordByRecovery` answer.
#[derive(Debug, SimpleObject)]
pub struct SetPasswordPayload {
    /// What happened.
    pub status: SetPasswordStatus,
}

/// How setting a password can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SetPasswordStatus {
    /// The password is set.
    Allowed,
    /// There is no such user.
    NotFound,
    /// No password is set that could be changed.
    NoCurrentPassword,
    /// The current password is not the one given.
    WrongPassword,
    /// The new password is empty or too weak.
    InvalidNewPassword,
    /// Never: who may not set the password gets an error.
    NotAllowed,
    /// Passwords can't be changed on this server.
    PasswordChangesDisabled,
    /// There is no such recovery ticket.
    NoSuchRecoveryTicket,
    /// The recovery ticket was used before.
    RecoveryTicketAlreadyUsed,
    /// The recovery ticket is too old.
    ExpiredRecoveryTicket,
    /// The account is locked.
    AccountLocked,
}

#[derive(Debug, Default)]
pub struct SetPassword;

#[Object]
impl SetPassword {
    /// Sets the password of the requester's own account, or anybody's for administrators. Ends no
    /// session.
    async fn set_password(
        &self,
        ctx: &Context<'_>,
        input: SetPasswordInput,
    ) -> Result<SetPasswordPayload> {
        let request = request(ctx)?;
        let id = parse_as(Kind::User, &input.user_id)?;
        let status = set(request, id, &input).await?;
        Ok(SetPasswordPayload { status })
    }
}

async fn set(
    request: &RequestContext,
    id: UserId,
    input: &SetPasswordInput,
) -> Result<SetPasswordStatus> {
    if !request.may_see(Some(id)) {
        return Err(unauthorized());
    }
    let app = &request.app;
    if input.new_password.is_empty() {
        return Ok(SetPasswordStatus::InvalidNewPassword);
    }
    if !app.passwords.enabled() {
        return Ok(SetPasswordStatus::PasswordChangesDisabled);
    }
    let strong = app.passwords.is_strong_enough(&input.new_password).await;
    if !strong.map_err(|error| request.failure(error))? {
        return Ok(SetPasswordStatus::InvalidNewPassword);
    }
    let Some(user) = User::find(request, id).await? else {
        return Ok(SetPasswordStatus::NotFound);
    };
    if !request.requester.is_admin()
        && let Some(refused) = refuse_own(request, &user, input).await?
    {
        return Ok(refused);
    }
    // The strength has been checked, before anything about the account.
    let set = accounts::set_password(app, &request.actor(), id, &input.new_password, true).await;
    match set {
        Ok(()) => Ok(SetPasswordStatus::Allowed),
        Err(AccountError::UserNotFound) => Ok(SetPasswordStatus::NotFound),
        Err(error) => Err(request.failure(error)),
    }
}

/// Why a user may not set the password of the own account, if so.
async fn refuse_own(
    request: &RequestContext,
    user: &User,
    input: &SetPasswordInput,
) -> Result<Option<SetPasswordStatus>> {
    if !request.app.site.password_change_allowed {
        return Ok(Some(SetPasswordStatus::PasswordChangesDisabled));
    }
    if !user.0.has_password {
        return Ok(Some(SetPasswordStatus::NoCurrentPassword));
    }
    let Some(current) = input.current_password.as_deref() else {
        return Err(Error::new(
            "You must supply `currentPassword` to change your own password if you are not an \
             administrator",
        ));
    };
    let confirmed = request.confirms(user.0.id, Some(current)).await?;
    Ok((!confirmed).then_some(SetPasswordStatus::WrongPassword))
}
