//! Devices on the homeserver: made before the session that they belong to is written.

use std::collections::BTreeSet;

use muniment_domain::Scope;
use muniment_projections::queries::{self, UserRow};

use super::AccountError;
use crate::{
    app::App,
    homeserver::{DisplayName, HomeserverError, Provision},
    jobs::devices_in,
};

/// The most of a device's name that is told; homeservers refuse longer ones.
const LONGEST_NAME: usize = 100;

/// Makes the devices that a scope names, for a session that is about to begin and could do nothing
/// without them. The user's lock is held meanwhile.
pub async fn make_devices(
    app: &App,
    user: &UserRow,
    scope: &Scope,
    name: Option<&str>,
) -> Result<(), AccountError> {
    let devices: BTreeSet<&str> = devices_in(scope).collect();
    for device in devices {
        let made = make_device(app, user, device, name).await;
        made.map_err(|error| AccountError::Internal(error.to_string()))?;
    }
    Ok(())
}

/// Makes a device, or gives it this name. Nothing happens without a homeserver.
pub async fn make_device(
    app: &App,
    user: &UserRow,
    device: &str,
    name: Option<&str>,
) -> Result<(), HomeserverError> {
    if !app.homeserver.exists() {
        return Ok(());
    }
    let name = name.map(shortened);
    let make = || {
        app.homeserver
            .upsert_device(&user.username, device, name.as_deref())
    };
    with_user(app, user, make).await
}

/// Gives devices that there are another name.
pub async fn name_devices(
    app: &App,
    user: &UserRow,
    devices: impl Iterator<Item = &str>,
    name: &str,
) -> Result<(), HomeserverError> {
    let name = shortened(name);
    for device in devices {
        app.homeserver
            .update_device_display_name(&user.username, device, &name)
            .await?;
    }
    Ok(())
}

fn shortened(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

/// Asks something of the homeserver that is about a user. One that has not been told of the user yet,
/// because the outbox is not that far, is told now.
pub async fn with_user<F>(
    app: &App,
    user: &UserRow,
    ask: impl Fn() -> F + Send,
) -> Result<(), HomeserverError>
where
    F: Future<Output = Result<(), HomeserverError>> + Send,
{
    match ask().await {
        Err(HomeserverError::UserNotFound) => {
            let emails = queries::all_emails(&app.reads, user.id).await;
            let emails = emails.map_err(|_| {
                // What a database says may quote what it was given.
                HomeserverError::Unavailable("the database did not answer".to_owned())
            })?;
            let provision = Provision {
                localpart: user.username.clone(),
                displayname: DisplayName::Keep,
                avatar_url: None,
                emails: Some(emails.into_iter().map(|email| email.email).collect()),
                locked: Some(user.locked_at.is_some()),
            };
            app.homeserver.provision_user(&provision).await?;
            ask().await
        }
        other => other,
    }
}
