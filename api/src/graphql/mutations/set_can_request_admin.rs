use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    accounts::{self, AccountError},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::User,
    },
};

/// What `setCanRequestAdmin` takes.
#[derive(Debug, InputObject)]
pub struct SetCanRequestAdminInput {
    /// Whose flag to set.
    user_id: ID,
    /// Whether the user may ask for administrators' scopes.
    can_request_admin: bool,
}

/// What `setCanRequestAdmin` answers.
#[derive(Debug, SimpleObject)]
pub struct SetCanRequestAdminPayload {
    /// The user as it is now; null if there is no such user.
    user: Option<User>,
}

#[derive(Debug, Default)]
pub struct SetCanRequestAdmin;

#[Object]
impl SetCanRequestAdmin {
    /// Sets whether a user may ask for administrators' scopes. For administrators.
    async fn set_can_request_admin(
        &self,
        ctx: &Context<'_>,
        input: SetCanRequestAdminInput,
    ) -> Result<SetCanRequestAdminPayload> {
        let request = request(ctx)?;
        request.require_admin()?;
        let id = parse_as(Kind::User, &input.user_id)?;
        let user =
            accounts::set_admin(&request.app, &request.actor(), id, input.can_request_admin).await;
        match user {
            Ok(user) => Ok(SetCanRequestAdminPayload {
                user: Some(User(user)),
            }),
            Err(AccountError::UserNotFound) => Ok(SetCanRequestAdminPayload { user: None }),
            Err(error) => Err(request.failure(error)),
        }
    }
}
