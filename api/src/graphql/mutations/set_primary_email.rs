use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::graphql::{
    context::{request, unauthorized},
    id::{Kind, parse_as},
    types::{User, UserEmail},
};

/// What `setPrimaryEmail` takes.
#[derive(Debug, InputObject)]
pub struct SetPrimaryEmailInput {
    /// An address of the user.
    user_email_id: ID,
}

/// What `setPrimaryEmail` answers.
#[derive(Debug, SimpleObject)]
pub struct SetPrimaryEmailPayload {
    /// What would have happened.
    status: SetPrimaryEmailStatus,
    /// Whose address it is.
    user: Option<User>,
}

/// How `setPrimaryEmail` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SetPrimaryEmailStatus {
    /// The address exists.
    Set,
    /// There is no such address.
    NotFound,
    /// Never: all addresses are confirmed.
    Unverified,
}

#[derive(Debug, Default)]
pub struct SetPrimaryEmail;

#[Object]
impl SetPrimaryEmail {
    /// Changes nothing: no address is before the others.
    #[graphql(
        deprecation = "This doesn't do anything anymore, but is kept to avoid breaking existing queries"
    )]
    async fn set_primary_email(
        &self,
        ctx: &Context<'_>,
        input: SetPrimaryEmailInput,
    ) -> Result<SetPrimaryEmailPayload> {
        let request = request(ctx)?;
        let id = parse_as(Kind::UserEmail, &input.user_email_id)?;
        let Some(email) = UserEmail::find(request, id).await? else {
            return Ok(SetPrimaryEmailPayload {
                status: SetPrimaryEmailStatus::NotFound,
                user: None,
            });
        };
        if !request.may_see(Some(email.user_id)) {
            return Err(unauthorized());
        }
        if !request.requester.is_admin() && !request.app.site.email_change_allowed {
            return Err(unauthorized());
        }
        Ok(SetPrimaryEmailPayload {
            status: SetPrimaryEmailStatus::Set,
            user: User::find(request, email.user_id).await?,
        })
    }
}
