//! What the homeserver is told when an account changes: enqueued in the append that changes it, so that
//! it is told exactly of what has happened. What is said is read when it is said.

use muniment_domain::UserId;
use muniment_store::{Execution, VaultWrite};

use super::AccountError;
use crate::{app::App, auth::Actor, jobs::Effect};

/// What goes with a command of an actor that the homeserver is to be told of, if there is one.
pub(super) fn telling(
    app: &App,
    actor: &Actor,
    effect: &Effect,
) -> Result<Execution, AccountError> {
    let execution = actor.execution();
    if !app.homeserver.exists() {
        return Ok(execution);
    }
    let item = effect.item(&app.outbox, app.ids.ulid())?;
    Ok(execution.with_vault(VaultWrite::Enqueue(item)))
}

/// The user is not who they were: name, addresses, whether they are locked.
pub(super) const fn changed(user_id: UserId) -> Effect {
    Effect::ProvisionUser {
        user_id,
        displayname: None,
    }
}

pub(super) const fn deactivated(user_id: UserId, erase: bool) -> Effect {
    Effect::DeleteUserOnHomeserver {
        user_id,
        localpart: None,
        erase,
    }
}

/// Lets the homeserver know that a user's sessions are others than before.
pub async fn sync_devices(app: &App, user_id: UserId) -> Result<(), AccountError> {
    if app.homeserver.exists() {
        let item = Effect::SyncDevices { user_id }.item(&app.outbox, app.ids.ulid())?;
        app.outbox.enqueue_now(&item).await?;
    }
    Ok(())
}

/// Has the homeserver told of a user as they are, and of their display name if it is new.
pub async fn provision(
    app: &App,
    user_id: UserId,
    displayname: Option<String>,
) -> Result<(), AccountError> {
    if app.homeserver.exists() {
        let effect = Effect::ProvisionUser {
            user_id,
            displayname,
        };
        let item = effect.item(&app.outbox, app.ids.ulid())?;
        app.outbox.enqueue_now(&item).await?;
    }
    Ok(())
}
