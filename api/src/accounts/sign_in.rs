//! Signing in by a password, for every surface that takes one.

use muniment_domain::{PasswordId, UserCommand};
use muniment_projections::queries::{self, UserRow};
use muniment_store::{Execution, StoredPassword, VaultWrite, current_password};

use super::{AccountError, Visitor, execute};
use crate::{app::App, auth::Actor, passwords::Verdict};

/// What a name and a password turned out to be.
#[derive(Debug)]
pub enum PasswordAttempt {
    /// Too many were tried; nothing was checked.
    Limited,
    /// Never told why.
    Wrong,
    /// The user may be locked or deactivated, which whoever has the password may be told.
    Right {
        user: Box<UserRow>,
        password: PasswordId,
    },
}

/// The part before the colon, if this is a Matrix id of this server; else the name as it is.
pub fn localpart<'n>(app: &App, name: &'n str) -> &'n str {
    let localpart = name
        .strip_prefix('@')
        .and_then(|rest| rest.split_once(':'))
        .filter(|(_, server)| *server == app.site.server_name)
        .map(|(localpart, _)| localpart);
    localpart.unwrap_or(name)
}

/// Whom somebody means who signs in under this name: a username, a Matrix id of this server, or an
/// email address where those are allowed and exactly one user has it.
pub async fn find_by_login(app: &App, name: &str) -> Result<Option<UserRow>, AccountError> {
    let name = localpart(app, name);
    if app.site.login_with_email_allowed && name.contains('@') {
        let found = queries::emails_with_address(&app.reads, name, 2).await?;
        if let [email] = found.as_slice() {
            return Ok(queries::user(&app.reads, email.user_id).await?);
        }
    }
    Ok(queries::user_by_username(&app.reads, name).await?)
}

/// Checks a password. Takes the same time, and the same toll on the limits, whether there is such a
/// user or not. Failures are counted; a hash made in an outdated way is replaced.
pub async fn check_password(
    app: &App,
    user: Option<UserRow>,
    password: &str,
    visitor: &Visitor,
    correlation_id: uuid::Uuid,
) -> Result<PasswordAttempt, AccountError> {
    let id = user.as_ref().map(|user| user.id);
    if let Err(limited) = app.limits.check_password(visitor.ip, id) {
        tracing::warn!(reason = %limited, "a password was not checked");
        return Ok(PasswordAttempt::Limited);
    }
    let stored = match id {
        Some(id) => current_password(&app.database, id).await?,
        None => None,
    };
    let (Some(user), Some(stored)) = (user, stored) else {
        app.passwords.verify_nobody(password).await?;
        return Ok(PasswordAttempt::Wrong);
    };
    let verdict = app.passwords.verify_and_upgrade(password, &stored).await?;
    let password = match verdict {
        Verdict::Wrong => {
            app.failed_sign_ins
                .count(user.id, app.clock.now(), visitor.ip);
            return Ok(PasswordAttempt::Wrong);
        }
        Verdict::Right => stored.id,
        Verdict::RightOutdated {
            scheme_version,
            hash,
        } => upgrade(app, &user, &stored, scheme_version, hash, correlation_id).await,
    };
    Ok(PasswordAttempt::Right {
        user: Box::new(user),
        password,
    })
}

/// Stores the new hash; answers under which id the password is known now. A password that was changed
/// meanwhile, or that cannot be stored at the moment, does not keep anybody out.
async fn upgrade(
    app: &App,
    user: &UserRow,
    stored: &StoredPassword,
    scheme_version: u16,
    hash: String,
    correlation_id: uuid::Uuid,
) -> PasswordId {
    let password_id = PasswordId::from_uuid(app.ids.ulid());
    let actor = Actor::system(correlation_id);
    let execution = Execution::new(actor.metadata()).with_vault(VaultWrite::PutPassword {
        id: password_id,
        user_id: user.id,
        scheme_version,
        hash,
    });
    let command = UserCommand::UpgradePasswordHash {
        password_id,
        upgraded_from: stored.id,
        scheme_version,
    };
    match execute(app, user.id, command, execution).await {
        Ok(_) => password_id,
        Err(error) => {
            tracing::warn!(%error, user.id = %user.id, "a password's hash could not be renewed");
            stored.id
        }
    }
}
