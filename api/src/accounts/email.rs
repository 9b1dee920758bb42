use muniment_domain::{ClaimKind, EmailAddress, EmailId, UserCommand, UserId};
use muniment_projections::queries::{self, EmailRow};

use super::{AccountError, effects, execute, get};
use crate::{app::App, auth::Actor};

/// Among whom an address must be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailUniqueness {
    /// Nobody may have it.
    Everybody,
    /// Another user may have it too (contract graphql.md 10.1, `addEmail`).
    SameUser,
}

/// Adds an address, without a mail to verify it.
pub async fn add_email(
    app: &App,
    actor: &Actor,
    user: UserId,
    email: &str,
    uniqueness: EmailUniqueness,
) -> Result<EmailRow, AccountError> {
    get(app, user).await?;
    let email = EmailAddress::parse(email)?;
    let email_id = EmailId::from_uuid(app.ids.ulid());
    let mut execution = effects::telling(app, actor, &effects::changed(user))?;
    if uniqueness == EmailUniqueness::SameUser {
        execution.shared_claims.insert(ClaimKind::Email);
    }
    let command = UserCommand::AddEmail {
        email_id,
        email,
        origin: actor.origin(),
    };
    execute(app, user, command, execution).await?;
    queries::email(&app.reads, email_id)
        .await?
        .ok_or(AccountError::EmailNotFound)
}

/// Removes an address; answers with what it was.
pub async fn remove_email(
    app: &App,
    actor: &Actor,
    email: EmailId,
) -> Result<EmailRow, AccountError> {
    let row = queries::email(&app.reads, email)
        .await?
        .ok_or(AccountError::EmailNotFound)?;
    let execution = effects::telling(app, actor, &effects::changed(row.user_id))?;
    let command = UserCommand::RemoveEmail { email_id: email };
    execute(app, row.user_id, command, execution).await?;
    Ok(row)
}
