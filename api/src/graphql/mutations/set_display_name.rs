use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    accounts,
    graphql::{
        context::{request, unauthorized},
        id::{Kind, parse_as},
        types::User,
    },
};

/// The longest display name, in bytes.
const LONGEST: usize = 256;

/// What `setDisplayName` takes.
#[derive(Debug, InputObject)]
pub struct SetDisplayNameInput {
    /// Whose name to set.
    user_id: ID,
    /// The name that others see; none if it is null or left out.
    display_name: Option<String>,
}

/// What `setDisplayName` answers.
#[derive(Debug, SimpleObject)]
pub struct SetDisplayNamePayload {
    /// What happened.
    status: SetDisplayNameStatus,
    /// The user.
    user: Option<User>,
}

/// How `setDisplayName` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SetDisplayNameStatus {
    /// The homeserver has the name.
    Set,
    /// The name is empty or too long.
    Invalid,
}

#[derive(Debug, Default)]
pub struct SetDisplayName;

#[Object]
impl SetDisplayName {
    /// Sets the name that others on Matrix see: the requester's own, or anybody's for administrators.
    /// The homeserver keeps it.
    async fn set_display_name(
        &self,
        ctx: &Context<'_>,
        input: SetDisplayNameInput,
    ) -> Result<SetDisplayNamePayload> {
        let request = request(ctx)?;
        let id = parse_as(Kind::User, &input.user_id)?;
        if !request.may_see(Some(id)) {
            return Err(unauthorized());
        }
        if !request.requester.is_admin() && !request.app.site.displayname_change_allowed {
            return Err(unauthorized());
        }
        let user = User::find(request, id)
            .await?
            .ok_or("Failed to lookup user")?;
        let name = input.display_name.as_deref();
        if name.is_some_and(|name| name.is_empty() || name.len() > LONGEST) {
            return Ok(SetDisplayNamePayload {
                status: SetDisplayNameStatus::Invalid,
                user: None,
            });
        }
        let failed = match name {
            Some(_) => "Failed to set display name",
            None => "Failed to unset display name",
        };
        accounts::set_display_name(&request.app, &request.actor(), &user.0, name)
            .await
            .map_err(|error| request.joint_failure(failed, error))?;
        Ok(SetDisplayNamePayload {
            status: SetDisplayNameStatus::Set,
            user: Some(user),
        })
    }
}
