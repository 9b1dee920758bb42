//! What the homeserver does at once, or it is not done: names of sessions, which are those of devices;
//! display names and cross-signing, which it alone keeps.
//!
//! It is asked before the event is written, so that the log never tells of what it refused.

use muniment_domain::{
    CompatSession, CompatSessionCommand, Oauth2Session, Oauth2SessionCommand, UserCommand, UserId,
};
use muniment_projections::queries::{CompatSessionRow, Oauth2SessionRow, UserRow};
use muniment_store::Execution;

use super::{
    AccountError,
    device::{name_devices, with_user},
    execute, get,
};
use crate::{app::App, auth::Actor, homeserver::HomeserverError, jobs::devices_in};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum JointError {
    #[error("the homeserver did not go along: {0}")]
    Homeserver(#[from] HomeserverError),
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Gives a client's session a name for people, which its devices take as well.
pub async fn name_oauth2_session(
    app: &App,
    actor: &Actor,
    session: &Oauth2SessionRow,
    user: UserId,
    name: &str,
) -> Result<(), JointError> {
    let user = get(app, user).await?;
    // Nobody takes the devices away meanwhile.
    let _devices = app.user_locks.lock(user.id).await;
    // Those of a session that has ended are gone.
    if session.finished_at.is_none() {
        name_devices(app, &user, devices_in(&session.scope), name).await?;
    }
    let command = Oauth2SessionCommand::NameOauth2Session {
        name: name.to_owned(),
    };
    let execution = Execution::new(actor.metadata());
    app.journal
        .execute::<Oauth2Session>(session.id.as_uuid(), command, execution)
        .await
        .map_err(AccountError::from)?;
    Ok(())
}

/// The same with a session of the legacy Matrix login.
pub async fn name_compat_session(
    app: &App,
    actor: &Actor,
    session: &CompatSessionRow,
    name: &str,
) -> Result<(), JointError> {
    let user = get(app, session.user_id).await?;
    let _devices = app.user_locks.lock(user.id).await;
    if session.finished_at.is_none() {
        let device = session.device_id.as_deref();
        name_devices(app, &user, device.into_iter(), name).await?;
    }
    let command = CompatSessionCommand::NameCompatSession {
        name: name.to_owned(),
    };
    let execution = Execution::new(actor.metadata());
    app.journal
        .execute::<CompatSession>(session.id.as_uuid(), command, execution)
        .await
        .map_err(AccountError::from)?;
    Ok(())
}

/// Gives a user another display name, or takes it away.
pub async fn set_display_name(
    app: &App,
    actor: &Actor,
    user: &UserRow,
    display_name: Option<&str>,
) -> Result<(), JointError> {
    let homeserver = &app.homeserver;
    let tell = || match display_name {
        Some(name) => homeserver.set_displayname(&user.username, name),
        None => homeserver.unset_displayname(&user.username),
    };
    with_user(app, user, tell).await?;
    let command = UserCommand::SetDisplayName {
        display_name: display_name.map(ToOwned::to_owned),
    };
    execute(app, user.id, command, Execution::new(actor.metadata())).await?;
    Ok(())
}

/// Lets a user replace their cross-signing keys, for as long as the homeserver sees fit.
pub async fn allow_cross_signing_reset(
    app: &App,
    actor: &Actor,
    user: &UserRow,
) -> Result<(), JointError> {
    let allow = || app.homeserver.allow_cross_signing_reset(&user.username);
    with_user(app, user, allow).await?;
    let command = UserCommand::AllowCrossSigningReset;
    execute(app, user.id, command, Execution::new(actor.metadata())).await?;
    Ok(())
}
