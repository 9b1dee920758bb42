use muniment_domain::{UserCommand, UserId};

use super::{AccountError, destroy_keys, effects, execute, get};
use crate::{app::App, auth::Actor, jobs::Effect};

/// Tables in which traces of a person may lie, once their rows are gone.
const PERSONAL_TABLES: [&str; 21] = [
    "email_authentications",
    "recovery_sessions",
    "recovery_tickets",
    "users",
    "user_emails",
    "user_passwords",
    "oauth2_access_tokens",
    "oauth2_refresh_tokens",
    "oauth2_sessions",
    "browser_sessions",
    "compat_access_tokens",
    "compat_refresh_tokens",
    "compat_sessions",
    "personal_access_tokens",
    "personal_sessions",
    "upstream_links",
    "registration_tokens",
    "outbox",
    "session_activity",
    "graphql_calls",
    "idempotent_requests",
];

/// Erases a person for good. The log is told first, so that whatever happens next, the next start or
/// the next call finds out what is left to do.
pub async fn erase(app: &App, actor: &Actor, user: UserId) -> Result<(), AccountError> {
    // Afterwards nobody knows the name, by which the homeserver has to be told.
    let effect = Effect::DeleteUserOnHomeserver {
        user_id: user,
        localpart: Some(get(app, user).await?.username),
        erase: true,
    };
    let execution = effects::telling(app, actor, &effect)?;
    execute(app, user, UserCommand::EraseUser, execution).await?;
    app.activity.forget(user).await?;
    destroy_keys(app, user).await?;
    Ok(())
}

/// Leaves nothing in the database's files of what was erased. False when somebody was reading all the
/// time, so that something may be left.
pub async fn scrub(app: &App) -> Result<bool, AccountError> {
    let keys = app.keys.scrub().await?;
    let rest = app.database.scrub(&PERSONAL_TABLES).await?;
    Ok(keys && rest)
}
