//! Doing an effect. It may be done twice, and must bear that.

use muniment_domain::UserId;
use muniment_projections::queries::{self, UserRow};
use muniment_store::{outbox::Taken, sql::DatabaseError};

use super::{Effect, EnqueueError, devices::devices_of};
use crate::{
    accounts,
    app::App,
    homeserver::{DisplayName, HomeserverError, Provision},
    mail::{self, Letter, MailError, Reader, Recipient},
};

/// Why an effect was not done. Kept with the item: no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDone {
    /// It may work later.
    Later(String),
    /// It never will.
    Failed(String),
}

pub async fn perform(app: &App, taken: &Taken) -> Result<(), NotDone> {
    let effect: Effect = serde_json::from_slice(&taken.payload)
        .map_err(|_| NotDone::Failed("this version does not know what it says".to_owned()))?;
    match effect {
        Effect::SendEmailCode {
            ref email,
            ref code,
            ref locale,
            ref name,
            expires_at,
            ..
        } => {
            let letter = |reader: Reader<'_>| mail::code(reader, code);
            let to = Recipient {
                address: email,
                name: name.as_deref(),
            };
            send(app, taken, &to, locale, expires_at, letter).await
        }
        Effect::MailRecoveryTickets { session_id } => {
            let mailed = accounts::mail_recovery_tickets(app, session_id, taken.id).await;
            // What an error says may quote what it was about.
            mailed.map_err(|_| NotDone::Later("the tickets could not be made".to_owned()))
        }
        Effect::SendRecoveryMail {
            ref email,
            ref link,
            ref locale,
            ref name,
            expires_at,
            ..
        } => {
            let letter = |reader: Reader<'_>| mail::recovery(reader, link);
            let to = Recipient {
                address: email,
                name: name.as_deref(),
            };
            send(app, taken, &to, locale, expires_at, letter).await
        }
        Effect::MailPasswordLink {
            user_id,
            email_id,
            ref locale,
        } => {
            let mailed =
                accounts::mail_password_link(app, user_id, email_id, locale, taken.id).await;
            mailed.map_err(|_| NotDone::Later("the link could not be made".to_owned()))
        }
        Effect::SendPasswordLink {
            ref email,
            ref link,
            ref locale,
            ref name,
            expires_at,
            ..
        } => {
            let letter = |reader: Reader<'_>| mail::password_link(reader, link);
            let to = Recipient {
                address: email,
                name: Some(name),
            };
            send(app, taken, &to, locale, expires_at, letter).await
        }
        Effect::ProvisionUser {
            user_id,
            displayname,
        } => provision(app, taken, user_id, displayname).await,
        Effect::SyncDevices { user_id } => sync_devices(app, user_id).await,
        Effect::DeleteUserOnHomeserver {
            user_id,
            localpart,
            erase,
        } => delete(app, user_id, localpart, erase).await,
        Effect::ReactivateUser { user_id } => reactivate(app, taken, user_id).await,
    }
}

async fn send(
    app: &App,
    taken: &Taken,
    to: &Recipient<'_>,
    locale: &str,
    expires_at: i64,
    letter: impl Fn(Reader<'_>) -> Letter,
) -> Result<(), NotDone> {
    let now = app.clock.now();
    if now >= expires_at {
        return Err(NotDone::Failed(
            "what it would say had expired before it could be sent".to_owned(),
        ));
    }
    let letter = letter(Reader {
        locale,
        name: to.name,
        service: &app.mailer.service,
    });
    Ok(app.mailer.send(to, &letter, &taken.key, now).await?)
}

/// Later effects tell of a user who is deactivated by now.
async fn provision(
    app: &App,
    taken: &Taken,
    user_id: UserId,
    displayname: Option<String>,
) -> Result<(), NotDone> {
    let user = user(app, user_id).await?;
    if user.deactivated_at.is_some() {
        return Ok(());
    }
    let displayname = displayname.map_or(DisplayName::Keep, DisplayName::Set);
    tell(app, &user, displayname).await?;
    then_sync_devices(app, taken, user_id).await
}

async fn tell(app: &App, user: &UserRow, displayname: DisplayName) -> Result<(), NotDone> {
    let emails = queries::all_emails(&app.reads, user.id).await?;
    let user = Provision {
        localpart: user.username.clone(),
        displayname,
        avatar_url: None,
        emails: Some(emails.into_iter().map(|email| email.email).collect()),
        locked: Some(user.locked_at.is_some()),
    };
    Ok(app.homeserver.provision_user(&user).await?)
}

/// Once for each item: one that is done twice leaves one behind.
async fn then_sync_devices(app: &App, taken: &Taken, user_id: UserId) -> Result<(), NotDone> {
    let item = Effect::SyncDevices { user_id }.item(&app.outbox, taken.id)?;
    app.outbox.enqueue_now(&item).await?;
    Ok(())
}

async fn sync_devices(app: &App, user_id: UserId) -> Result<(), NotDone> {
    let user = user(app, user_id).await?;
    let _one_at_a_time = app.user_locks.lock(user_id).await;
    let devices = devices_of(&app.reads, user_id).await?;
    Ok(app
        .homeserver
        .sync_devices(&user.username, &devices)
        .await?)
}

async fn delete(
    app: &App,
    user_id: UserId,
    localpart: Option<String>,
    erase: bool,
) -> Result<(), NotDone> {
    let localpart = if let Some(localpart) = localpart {
        localpart
    } else {
        let user = user(app, user_id).await?;
        if user.deactivated_at.is_none() {
            // Reactivated meanwhile.
            return Ok(());
        }
        user.username
    };
    match app.homeserver.delete_user(&localpart, erase).await {
        // Never told of the user, or done before.
        Err(HomeserverError::UserNotFound) => Ok(()),
        other => Ok(other?),
    }
}

async fn reactivate(app: &App, taken: &Taken, user_id: UserId) -> Result<(), NotDone> {
    let user = user(app, user_id).await?;
    if user.deactivated_at.is_some() {
        return Ok(());
    }
    match app.homeserver.reactivate_user(&user.username).await {
        // Telling it of the user, next, creates them.
        Ok(()) | Err(HomeserverError::UserNotFound) => {}
        Err(error) => return Err(error.into()),
    }
    tell(app, &user, DisplayName::Keep).await?;
    then_sync_devices(app, taken, user_id).await
}

async fn user(app: &App, user_id: UserId) -> Result<UserRow, NotDone> {
    queries::user(&app.reads, user_id)
        .await?
        .ok_or_else(|| NotDone::Failed("there is no such user".to_owned()))
}

impl From<DatabaseError> for NotDone {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unknown(_) => Self::Later(error.to_string()),
            // What a database says may quote what it was given.
            _ => Self::Later("the database did not answer as it should".to_owned()),
        }
    }
}

impl From<EnqueueError> for NotDone {
    fn from(_: EnqueueError) -> Self {
        Self::Later("what follows could not be enqueued".to_owned())
    }
}

impl From<HomeserverError> for NotDone {
    fn from(error: HomeserverError) -> Self {
        match error {
            HomeserverError::Unavailable(why) => Self::Later(why),
            error @ (HomeserverError::UserNotFound | HomeserverError::Refused(_)) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

impl From<MailError> for NotDone {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Transient(why) => Self::Later(why),
            MailError::Permanent(why) => Self::Failed(why),
        }
    }
}
