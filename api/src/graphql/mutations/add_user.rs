use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use muniment_projections::queries;

use crate::{
    accounts::{self, AccountError},
    graphql::{context::request, types::User},
};

/// What `addUser` takes.
#[derive(Debug, InputObject)]
pub struct AddUserInput {
    /// The name of the new account.
    username: String,
    /// Whether to add the user even if the homeserver says that the name is not free.
    skip_homeserver_check: Option<bool>,
}

/// What `addUser` answers.
#[derive(Debug, SimpleObject)]
pub struct AddUserPayload {
    /// What happened.
    status: AddUserStatus,
    /// The new user, or the one who has the name.
    user: Option<User>,
}

/// How `addUser` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AddUserStatus {
    /// The user was added.
    Added,
    /// There is a user with this name, in this or another case.
    Exists,
    /// The homeserver keeps the name for something else.
    Reserved,
    /// This can't be a username.
    Invalid,
}

#[derive(Debug, Default)]
pub struct AddUser;

#[Object]
impl AddUser {
    /// Registers an account. For administrators.
    async fn add_user(&self, ctx: &Context<'_>, input: AddUserInput) -> Result<AddUserPayload> {
        let request = request(ctx)?;
        request.require_admin()?;
        let skip = input.skip_homeserver_check.unwrap_or(false);
        let (actor, username) = (request.actor(), &input.username);
        match accounts::register_if_free(&request.app, &actor, username, skip).await {
            Ok(user) => Ok(AddUserPayload {
                status: AddUserStatus::Added,
                user: Some(User(user)),
            }),
            Err(AccountError::UsernameTaken) => {
                let user = queries::user_by_username(&request.app.reads, &input.username)
                    .await
                    .map_err(|error| request.failure(error))?;
                Ok(AddUserPayload {
                    status: AddUserStatus::Exists,
                    user: user.map(User),
                })
            }
            Err(AccountError::UsernameReserved) => Ok(AddUserPayload {
                status: AddUserStatus::Reserved,
                user: None,
            }),
            Err(AccountError::UsernameInvalid(_)) => Ok(AddUserPayload {
                status: AddUserStatus::Invalid,
                user: None,
            }),
            Err(error) => Err(request.failure(error)),
        }
    }
}
