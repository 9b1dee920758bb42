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

/// Makes a device, or gives it this name. A homeserver that has not been told of the user yet, because
/// the outbox is not that far, is told now. Nothing happens without a homeserver.
pub async fn make_device(
    app: &App,
    user: &UserRow,
    device: &str,
    name: Option<&str>,
) -> Result<(), HomeserverError> {
    if !app.homeserver.exists() {
        return Ok(());
    }
    let name: Option<String> = name.map(|name| name.chars().take(LONGEST_NAME).collect());
    let make = || {
        app.homeserver
            .upsert_device(&user.username, device, name.as_deref())
    };
    match make().await {
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
            make().await
        }
        other => other,
    }
}
