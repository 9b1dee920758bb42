use muniment_domain::{User, UserCommand, UserId};
use muniment_projections::queries::UserRow;

use super::{AccountError, destroy_keys, effects, execute, get, register::failed};
use crate::{app::App, auth::Actor, homeserver::HomeserverError, jobs::Effect};

/// Locks an account; with `and_deactivate` also deactivates it, in one step.
pub async fn lock(
    app: &App,
    actor: &Actor,
    user: UserId,
    and_deactivate: bool,
) -> Result<UserRow, AccountError> {
    let command = UserCommand::LockUser {
        deactivate: and_deactivate,
    };
    let effect = if and_deactivate {
        // Theirs takes this for a wish to have the data erased there, too.
        effects::deactivated(user, true)
    } else {
        effects::changed(user)
    };
    let execution = effects::telling(app, actor, &effect)?;
    execute(app, user, command, execution).await?;
    if and_deactivate {
        destroy_keys(app, user).await?;
    }
    get(app, user).await
}

/// Unlocks an account; with `and_reactivate` also reactivates it, in one step.
pub async fn unlock(
    app: &App,
    actor: &Actor,
    user: UserId,
    and_reactivate: bool,
) -> Result<UserRow, AccountError> {
    let command = UserCommand::UnlockUser {
        reactivate: and_reactivate,
    };
    let effect = if and_reactivate {
        Effect::ReactivateUser { user_id: user }
    } else {
        effects::changed(user)
    };
    let execution = effects::telling(app, actor, &effect)?;
    execute(app, user, command, execution).await?;
    get(app, user).await
}

/// Ends an account: its sessions, addresses and passwords go, its name stays taken. With `erase` its
/// addresses become unreadable in the log as well.
pub async fn deactivate(
    app: &App,
    actor: &Actor,
    user: UserId,
    erase: bool,
) -> Result<UserRow, AccountError> {
    let command = UserCommand::DeactivateUser { erase };
    let execution = effects::telling(app, actor, &effects::deactivated(user, erase))?;
    execute(app, user, command, execution).await?;
    if erase {
        destroy_keys(app, user).await?;
    }
    get(app, user).await
}

/// Takes an account back, if the homeserver does (contract admin-api.md 5.5).
pub async fn reactivate(app: &App, actor: &Actor, user: UserId) -> Result<UserRow, AccountError> {
    take_back(app, actor, user, UserCommand::ReactivateUser).await
}

/// Unlocks an account and takes it back, if the homeserver does (contract graphql.md 10.2).
pub async fn unlock_and_reactivate(
    app: &App,
    actor: &Actor,
    user: UserId,
) -> Result<UserRow, AccountError> {
    let command = UserCommand::UnlockUser { reactivate: true };
    take_back(app, actor, user, command).await
}

async fn take_back(
    app: &App,
    actor: &Actor,
    user: UserId,
    command: UserCommand,
) -> Result<UserRow, AccountError> {
    let execution = effects::telling(app, actor, &effects::changed(user))?;
    app.journal
        .check::<User>(user.as_uuid(), &execution)
        .await?;
    let row = get(app, user).await?;
    match app.homeserver.reactivate_user(&row.username).await {
        // One that it never knew it is told of below.
        Ok(()) | Err(HomeserverError::UserNotFound) => {}
        Err(error) => return Err(failed(&error)),
    }
    execute(app, user, command, execution).await?;
    get(app, user).await
}

/// Whether the user may ask for administrators' scopes.
pub async fn set_admin(
    app: &App,
    actor: &Actor,
    user: UserId,
    admin: bool,
) -> Result<UserRow, AccountError> {
    let command = if admin {
        UserCommand::GrantAdmin
    } else {
        UserCommand::RevokeAdmin
    };
    execute(app, user, command, actor.execution()).await?;
    get(app, user).await
}
