use muniment_domain::{
    ClaimKind, EmailAddress, EmailId, InvalidUsername, User, UserCommand, UserId, Username,
};
use muniment_projections::queries::UserRow;
use muniment_store::{Batch, Execution, VaultWrite};

use super::{AccountError, effects, enroll::is_email_in_use, execute, get, recover::password_link};
use crate::{
    app::App,
    auth::Actor,
    homeserver::{DisplayName, HomeserverError, Provision},
    locale::Locale,
};

/// An account that an administrator adds.
#[derive(Clone, Default)]
pub struct NewUser {
    pub username: String,
    /// Also where the homeserver says that the name is not free.
    pub skip_homeserver_check: bool,
    /// For the homeserver alone.
    pub displayname: Option<String>,
    /// For the homeserver alone.
    pub avatar_url: Option<String>,
    /// An address that nobody else has, taken for the user's own.
    pub email: Option<String>,
    /// Has a link mailed to it by which a password can be set, in this language.
    pub password_link: Option<Locale>,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewUser(***)")
    }
}

/// Registers an account, whatever the homeserver thinks of the name; it is told in time.
pub async fn register(app: &App, actor: &Actor, username: &str) -> Result<UserRow, AccountError> {
    let username = free_username(app, username).await?;
    let user_id = UserId::from_uuid(app.ids.ulid());
    let execution = effects::telling(app, actor, &effects::changed(user_id))?;
    register_as(app, actor, user_id, username, execution).await
}

/// The same, where the homeserver has the name free or is not to be heeded.
pub async fn register_if_free(
    app: &App,
    actor: &Actor,
    username: &str,
    skip_homeserver_check: bool,
) -> Result<UserRow, AccountError> {
    let username = free_username(app, username).await?;
    ask_homeserver(app, &username, skip_homeserver_check).await?;
    register(app, actor, username.as_str()).await
}

/// Registers an account that the homeserver has at once. Without its consent nothing is kept
/// (contract admin-api.md 5.3).
pub async fn add_user(app: &App, actor: &Actor, new: NewUser) -> Result<UserRow, AccountError> {
    let username = free_username(app, &new.username).await?;
    let email = match &new.email {
        Some(email) => Some(free_email(app, email).await?),
        None => None,
    };
    if new.password_link.is_some() {
        if !app.passwords.enabled() {
            return Err(AccountError::PasswordsDisabled);
        }
        if email.is_none() {
            return Err(AccountError::EmailNotFound);
        }
    }
    ask_homeserver(app, &username, new.skip_homeserver_check).await?;
    let user = Provision {
        localpart: username.as_str().to_owned(),
        displayname: new.displayname.map_or(DisplayName::Keep, DisplayName::Set),
        avatar_url: new.avatar_url,
        emails: new.email.map(|email| vec![email]),
        locked: Some(false),
    };
    app.homeserver
        .provision_user(&user)
        .await
        .map_err(|error| failed(&error))?;
    let user_id = UserId::from_uuid(app.ids.ulid());
    let origin = actor.origin();
    let mut commands = vec![UserCommand::RegisterUser {
        user_id,
        username,
        origin,
    }];
    let mut execution = actor.execution();
    if let Some(email) = email {
        let email_id = EmailId::from_uuid(app.ids.ulid());
        commands.push(UserCommand::AddEmail {
            email_id,
            email,
            origin,
        });
        if let Some(locale) = new.password_link {
            commands.push(UserCommand::RequestPasswordLink { email_id });
            let item = password_link(app, user_id, email_id, locale)?;
            execution = execution.with_vault(VaultWrite::Enqueue(item));
        }
    }
    let batch = Batch::<AccountError>::new().then_all::<User>(user_id.as_uuid(), commands);
    app.journal.execute_all(&batch, execution).await?;
    app.outbox.wake();
    get(app, user_id).await
}

/// An address that nobody has, so that the homeserver is not told of somebody who is refused then.
async fn free_email(app: &App, email: &str) -> Result<EmailAddress, AccountError> {
    let parsed = EmailAddress::parse(email)?;
    if is_email_in_use(app, email).await? {
        return Err(AccountError::EmailInUse);
    }
    Ok(parsed)
}

/// A name that nobody has. One that differs from a taken one in case alone counts as taken, also
/// where it would not be valid.
async fn free_username(app: &App, username: &str) -> Result<Username, AccountError> {
    let kind = ClaimKind::Username;
    let folded = username.to_lowercase();
    let owner = muniment_store::owner_of(&app.database, &app.claim_hasher, kind, &folded).await?;
    if owner.is_some() {
        return Err(AccountError::UsernameTaken);
    }
    Username::parse(username).map_err(|_| AccountError::UsernameInvalid(InvalidUsername))
}

/// It is always asked, so that one which is away is noticed.
async fn ask_homeserver(app: &App, username: &Username, skip: bool) -> Result<(), AccountError> {
    let asked = app.homeserver.is_localpart_available(username.as_str());
    if asked.await.map_err(|error| failed(&error))? || skip {
        Ok(())
    } else {
        Err(AccountError::UsernameReserved)
    }
}

async fn register_as(
    app: &App,
    actor: &Actor,
    user_id: UserId,
    username: Username,
    execution: Execution,
) -> Result<UserRow, AccountError> {
    let command = UserCommand::RegisterUser {
        user_id,
        username,
        origin: actor.origin(),
    };
    execute(app, user_id, command, execution).await?;
    get(app, user_id).await
}

/// The homeserver is needed, and did not do what it was asked.
pub(super) fn failed(error: &HomeserverError) -> AccountError {
    AccountError::Internal(error.to_string())
}
