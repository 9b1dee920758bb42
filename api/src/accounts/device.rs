//! Devices on the homeserver: made before the session that they belong to is written.

use muniment_projections::queries::{self, UserRow};

use crate::{
    app::App,
    homeserver::{DisplayName, HomeserverError, Provision},
};

/// The most of a device's name that is told; homeservers refuse longer ones.
const LONGEST_NAME: usize = 100;

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
            let emails = queries::all_emails(&app.database, user.id).await;
            let emails = emails.map_err(|_| {
                // What a database says may quote what it was given.
                HomeserverError::Unavailable("the database did not answer".to_owned())
            })?;
            let provision = Provision {
                localpart: user.username.clone(),
                displayname: DisplayName::Keep,
                emails: Some(emails.into_iter().map(|email| email.email).collect()),
                locked: Some(user.locked_at.is_some()),
            };
            app.homeserver.provision_user(&provision).await?;
            make().await
        }
        other => other,
    }
}
