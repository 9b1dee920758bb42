use std::net::IpAddr;

use muniment_domain::{PasswordId, UserCommand, UserId};
use muniment_store::{VaultWrite, current_password};

use super::{AccountError, execute, get};
use crate::{app::App, auth::Actor};

/// Sets a password, unless it is too weak and the strength is to be checked. Ends no session.
pub async fn set_password(
    app: &App,
    actor: &Actor,
    user: UserId,
    password: &str,
    skip_check: bool,
) -> Result<(), AccountError> {
    if !app.passwords.enabled() {
        return Err(AccountError::PasswordsDisabled);
    }
    get(app, user).await?;
    if !skip_check && !app.passwords.is_strong_enough(password).await? {
        return Err(AccountError::PasswordTooWeak);
    }
    let (scheme_version, hash) = app.passwords.hash(password).await?;
    let password_id = PasswordId::from_uuid(app.ids.ulid());
    let execution = actor.execution().with_vault(VaultWrite::PutPassword {
        id: password_id,
        user_id: user,
        scheme_version,
        hash,
    });
    let command = UserCommand::SetPassword {
        password_id,
        scheme_version,
        origin: actor.origin(),
    };
    execute(app, user, command, execution).await?;
    Ok(())
}

/// Whether someone who claims to be the user may go on with something sensitive: always where
/// passwords are disabled or the user has none, else with the right password (contract graphql.md
/// 10, pw-check). Attempts are limited like logins; one too many counts as a wrong password, as the
/// operations that ask have no other word for it.
pub async fn confirm_password(
    app: &App,
    user: UserId,
    password: Option<&str>,
    ip: Option<IpAddr>,
) -> Result<bool, AccountError> {
    if !app.passwords.enabled() {
        return Ok(true);
    }
    let Some(stored) = current_password(&app.database, user).await? else {
        return Ok(true);
    };
    let Some(password) = password else {
        return Ok(false);
    };
    if let Err(limited) = app.limits.check_password(ip, Some(user)) {
        tracing::warn!(user.id = %user, reason = %limited, "a password was not checked");
        return Ok(false);
    }
    app.passwords.verify(password, &stored).await
}
