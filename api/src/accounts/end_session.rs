//! Sessions that end with their devices, of which the homeserver is told in the same append.

use muniment_domain::{
    CompatSession, CompatSessionCommand, CompatSessionId, PersonalSession, PersonalSessionCommand,
    SessionEnd, UserId,
};
use muniment_projections::queries::PersonalSessionRow;
use muniment_store::{Execution, log::Receipt};

use super::{AccountError, effects::telling};
use crate::{
    app::App,
    auth::Actor,
    jobs::{Effect, devices_in},
};

/// Ends a session of the legacy Matrix login; `None` when it had ended before.
pub async fn end_compat_session(
    app: &App,
    actor: &Actor,
    session: CompatSessionId,
    user_id: UserId,
    reason: SessionEnd,
) -> Result<Option<Receipt>, AccountError> {
    let execution = telling(app, actor, &Effect::SyncDevices { user_id })?;
    let command = CompatSessionCommand::FinishCompatSession { reason };
    let receipt = app
        .journal
        .execute::<CompatSession>(session.as_uuid(), command, execution)
        .await?;
    if receipt.is_some() {
        app.outbox.wake();
    }
    Ok(receipt)
}

/// Revokes a personal session, and its token with it.
pub async fn end_personal_session(
    app: &App,
    actor: &Actor,
    session: &PersonalSessionRow,
    reason: SessionEnd,
) -> Result<(), AccountError> {
    let has_device = devices_in(&session.scope).next().is_some();
    let execution = if has_device {
        let user_id = session.actor_user_id;
        telling(app, actor, &Effect::SyncDevices { user_id })?
    } else {
        Execution::new(actor.metadata())
    };
    let command = PersonalSessionCommand::RevokePersonalSession { reason };
    app.journal
        .execute::<PersonalSession>(session.id.as_uuid(), command, execution)
        .await?;
    if has_device {
        app.outbox.wake();
    }
    Ok(())
}
