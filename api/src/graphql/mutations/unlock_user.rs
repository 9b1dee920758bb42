use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    accounts::{self, AccountError},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::User,
    },
};

/// What `unlockUser` takes.
#[derive(Debug, InputObject)]
pub struct UnlockUserInput {
    /// Whom to unlock.
    user_id: ID,
}

/// What `unlockUser` answers.
#[derive(Debug, SimpleObject)]
pub struct UnlockUserPayload {
    /// What happened.
    status: UnlockUserStatus,
    /// The user as it is now.
    user: Option<User>,
}

/// How `unlockUser` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UnlockUserStatus {
    /// The user is neither locked nor deactivated.
    Unlocked,
    /// There is no such user.
    NotFound,
}

#[derive(Debug, Default)]
pub struct UnlockUser;

#[Object]
impl UnlockUser {
    /// Unlocks a user, and reactivates the account if it was deactivated; the homeserver has to
    /// take it back as well. For administrators. What deactivation has removed does not come back.
    async fn unlock_user(
        &self,
        ctx: &Context<'_>,
        input: UnlockUserInput,
    ) -> Result<UnlockUserPayload> {
        let request = request(ctx)?;
        request.require_admin()?;
        let id = parse_as(Kind::User, &input.user_id)?;
        match accounts::unlock_and_reactivate(&request.app, &request.actor(), id).await {
            Ok(user) => Ok(UnlockUserPayload {
                status: UnlockUserStatus::Unlocked,
                user: Some(User(user)),
            }),
            Err(AccountError::UserNotFound) => Ok(UnlockUserPayload {
                status: UnlockUserStatus::NotFound,
                user: None,
            }),
            Err(error) => Err(request.failure(error)),
        }
    }
}
