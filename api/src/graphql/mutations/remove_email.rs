use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    accounts::{self, AccountError},
    graphql::{
        context::{request, unauthorized},
        id::{Kind, parse_as},
        types::{User, UserEmail},
    },
};

/// What `removeEmail` takes.
#[derive(InputObject)]
pub struct RemoveEmailInput {
    /// Which address to remove.
    user_email_id: ID,
    /// The user's password, where one is set and passwords are enabled. Administrators need none.
    password: Option<String>,
}

/// What `removeEmail` answers.
#[derive(Debug, SimpleObject)]
pub struct RemoveEmailPayload {
    /// What happened.
    status: RemoveEmailStatus,
    /// The address that was removed.
    email: Option<UserEmail>,
    /// Whose address it was.
    user: Option<User>,
}

/// How `removeEmail` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum RemoveEmailStatus {
    /// The address was removed.
    Removed,
    /// There is no such address, or the requester may not see it.
    NotFound,
    /// The password is missing or wrong.
    IncorrectPassword,
}

impl RemoveEmailPayload {
    const fn only(status: RemoveEmailStatus) -> Self {
        Self {
            status,
            email: None,
            user: None,
        }
    }
}

#[derive(Debug, Default)]
pub struct RemoveEmail;

#[Object]
impl RemoveEmail {
    /// Removes an email address of the requester's own, or anybody's for administrators.
    async fn remove_email(
        &self,
        ctx: &Context<'_>,
        input: RemoveEmailInput,
    ) -> Result<RemoveEmailPayload> {
        let request = request(ctx)?;
        let id = parse_as(Kind::UserEmail, &input.user_email_id)?;
        let Some(UserEmail(email)) = UserEmail::visible(request, id).await? else {
            return Ok(RemoveEmailPayload::only(RemoveEmailStatus::NotFound));
        };
        let admin = request.requester.is_admin();
        if !admin && !request.app.site.email_change_allowed {
            return Err(unauthorized());
        }
        let user = User::find(request, email.user_id)
            .await?
            .ok_or("Failed to load user")?;
        let password = input.password.as_deref();
        let confirmed = admin || request.confirms(email.user_id, password).await?;
        if !confirmed {
            return Ok(RemoveEmailPayload::only(
                RemoveEmailStatus::IncorrectPassword,
            ));
        }
        match accounts::remove_email(&request.app, &request.actor(), id).await {
            Ok(email) => Ok(RemoveEmailPayload {
                status: RemoveEmailStatus::Removed,
                email: Some(UserEmail(email)),
                user: Some(user),
            }),
            Err(AccountError::EmailNotFound) => {
                Ok(RemoveEmailPayload::only(RemoveEmailStatus::NotFound))
            }
            Err(error) => Err(request.failure(error)),
        }
    }
}
