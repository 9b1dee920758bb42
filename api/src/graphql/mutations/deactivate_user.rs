use async_graphql::{Context, Enum, Error, InputObject, Object, Result, SimpleObject};

use crate::{
    accounts,
    graphql::{context::request, types::User},
};

/// What `deactivateUser` takes.
#[derive(InputObject)]
pub struct DeactivateUserInput {
    /// Whether the homeserver is asked to erase what the user has written; the user's addresses become
    /// unreadable in the history as well.
    hs_erase: bool,
    /// The user's password, where one is set and passwords are enabled.
    password: Option<String>,
}

/// What `deactivateUser` answers.
#[derive(Debug, SimpleObject)]
pub struct DeactivateUserPayload {
    /// What happened.
    status: DeactivateUserStatus,
    /// The user as it is now.
    user: Option<User>,
}

/// How `deactivateUser` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DeactivateUserStatus {
    /// The account is deactivated.
    Deactivated,
    /// The password is missing or wrong.
    IncorrectPassword,
}

#[derive(Debug, Default)]
pub struct DeactivateUser;

#[Object]
impl DeactivateUser {
    /// Ends the requester's own account: its sessions, addresses and password go, its name stays taken.
    /// In a browser session only.
    async fn deactivate_user(
        &self,
        ctx: &Context<'_>,
        input: DeactivateUserInput,
    ) -> Result<DeactivateUserPayload> {
        let request = request(ctx)?;
        let (_, user) = request.require_browser()?;
        let app = &request.app;
        if !app.site.account_deactivation_allowed {
            return Err(Error::new(
                "Account deactivation is not allowed on this server",
            ));
        }
        if !request.confirms(user.id, input.password.as_deref()).await? {
            return Ok(DeactivateUserPayload {
                status: DeactivateUserStatus::IncorrectPassword,
                user: None,
            });
        }
        // The cookie stays: pages tell by its session that the account is deactivated.
        let user = accounts::deactivate(app, &request.actor(), user.id, input.hs_erase)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(DeactivateUserPayload {
            status: DeactivateUserStatus::Deactivated,
            user: Some(User(user)),
        })
    }
}
