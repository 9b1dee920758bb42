use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    accounts,
    graphql::{
        context::{request, unauthorized},
        id::{Kind, parse_as},
        types::User,
    },
};

/// What `allowUserCrossSigningReset` takes.
#[derive(Debug, InputObject)]
pub struct AllowUserCrossSigningResetInput {
    /// Who may.
    user_id: ID,
}

/// What `allowUserCrossSigningReset` answers.
#[derive(Debug, SimpleObject)]
pub struct AllowUserCrossSigningResetPayload {
    /// The user; null if there is no such user.
    user: Option<User>,
}

#[derive(Debug, Default)]
pub struct AllowUserCrossSigningReset;

#[Object]
impl AllowUserCrossSigningReset {
    /// Lets a user replace their cross-signing keys for some minutes without asking them who they are:
    /// the requester themselves, or anybody for administrators.
    async fn allow_user_cross_signing_reset(
        &self,
        ctx: &Context<'_>,
        input: AllowUserCrossSigningResetInput,
    ) -> Result<AllowUserCrossSigningResetPayload> {
        let request = request(ctx)?;
        let id = parse_as(Kind::User, &input.user_id)?;
        if !request.may_see(Some(id)) {
            return Err(unauthorized());
        }
        let user = User::find(request, id).await?;
        if let Some(User(user)) = &user {
            accounts::allow_cross_signing_reset(&request.app, &request.actor(), user)
                .await
                .map_err(|error| {
                    request.joint_failure("Failed to allow cross-signing reset", error)
                })?;
        }
        Ok(AllowUserCrossSigningResetPayload { user })
    }
}
