use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    accounts::{self, AccountError},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::User,
    },
};

/// What `lockUser` takes.
#[derive(Debug, InputObject)]
pub struct LockUserInput {
    /// Whom to lock.
    user_id: ID,
    /// Whether to deactivate the account as well, and erase it on the homeserver.
    deactivate: Option<bool>,
}

/// What `lockUser` answers.
#[derive(Debug, SimpleObject)]
pub struct LockUserPayload {
    /// What happened.
    status: LockUserStatus,
    /// The user as it is now.
    user: Option<User>,
}

/// How `lockUser` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum LockUserStatus {
    /// The user is locked.
    Locked,
    /// There is no such user.
    NotFound,
}

#[derive(Debug, Default)]
pub struct LockUser;

#[Object]
impl LockUser {
    /// Locks a user. For administrators. Locking again changes nothing.
    async fn lock_user(&self, ctx: &Context<'_>, input: LockUserInput) -> Result<LockUserPayload> {
        let request = request(ctx)?;
        request.require_admin()?;
        let id = parse_as(Kind::User, &input.user_id)?;
        let deactivate = input.deactivate.unwrap_or(false);
        match accounts::lock(&request.app, &request.actor(), id, deactivate).await {
            Ok(user) => Ok(LockUserPayload {
                status: LockUserStatus::Locked,
                user: Some(User(user)),
            }),
            Err(AccountError::UserNotFound) => Ok(LockUserPayload {
                status: LockUserStatus::NotFound,
                user: None,
            }),
            Err(error) => Err(request.failure(error)),
        }
    }
}
