//! Adding an address by the code that is mailed to it (contract graphql.md 10.1). A row until it is
//! proved, which is the event.

use muniment_domain::{BrowserSessionId, EmailAddress, EmailId, User, UserCommand, user::Origin};
use muniment_projections::queries::UserRow;
use muniment_store::{
    ExecuteError, VaultWrite,
    log::{AppendError, IdempotencyKey},
    registrations::{
        EmailAuthentication, EmailCode, NewEmailAuthentication, close_email_authentication,
        email_code, put_email_authentication, put_email_code,
    },
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    AccountError, effects,
    email_code::{DrawnCode, Recipient},
    is_email_in_use,
};
use crate::{app::App, auth::Actor};

/// Begins it; a code is mailed. That the user may have the address is decided before.
pub async fn start_email_authentication(
    app: &App,
    user: &UserRow,
    session: BrowserSessionId,
    email: &EmailAddress,
    locale: &str,
) -> Result<EmailAuthentication, AccountError> {
    let new = NewEmailAuthentication {
        id: app.ids.ulid(),
        email: email.as_str().to_owned(),
        user_id: Some(user.id),
        browser_session_id: Some(session),
        created_at: app.clock.now(),
    };
    let code = draw(app, new.id, user, &new.email, locale)?;
    put_email_authentication(&app.database, &new, &code.row()).await?;
    app.outbox.wake();
    Ok(EmailAuthentication {
        id: new.id,
        email: new.email,
        user_id: new.user_id,
        browser_session_id: new.browser_session_id,
        created_at: new.created_at,
        completed_at: None,
    })
}

/// Mails one more code; those before stay good.
pub async fn resend_email_code(
    app: &App,
    user: &UserRow,
    authentication: &EmailAuthentication,
    locale: &str,
) -> Result<(), AccountError> {
    let code = draw(app, authentication.id, user, &authentication.email, locale)?;
    put_email_code(&app.database, &code.row()).await?;
    app.outbox.wake();
    Ok(())
}

fn draw(
    app: &App,
    authentication_id: Uuid,
    user: &UserRow,
    email: &str,
    locale: &str,
) -> Result<DrawnCode, AccountError> {
    DrawnCode::draw(
        app,
        &Recipient {
            authentication_id,
            user_id: Some(user.id),
            email,
            locale,
            username: &user.username,
        },
    )
}

/// What came of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailProof {
    /// The account has the address now.
    Added,
    /// Somebody has it already. The authentication is complete.
    InUse,
    InvalidCode,
    Expired,
    /// The authentication was complete before.
    Complete,
}

/// Compares a code, and adds the address if it is the right one. The homeserver is told.
pub async fn prove_email(
    app: &App,
    actor: &Actor,
    user: &UserRow,
    authentication: &EmailAuthentication,
    code: &str,
) -> Result<EmailProof, AccountError> {
    let (id, now) = (authentication.id, app.clock.now());
    match email_code(&app.database, id, code, now).await? {
        EmailCode::Unknown => return Ok(EmailProof::InvalidCode),
        EmailCode::Expired => return Ok(EmailProof::Expired),
        EmailCode::Good => {}
    }
    if authentication.completed_at.is_some() {
        return Ok(EmailProof::Complete);
    }
    if is_email_in_use(app, &authentication.email).await? {
        return close(app, id).await;
    }
    let email_id = EmailId::from_uuid(app.ids.ulid());
    let command = UserCommand::AddEmail {
        email_id,
        email: EmailAddress::parse(&authentication.email)?,
        origin: Origin::SelfService,
    };
    let mut execution = effects::telling(app, actor, &effects::changed(user.id))?
        .with_vault(VaultWrite::CompleteEmailAuthentication { id, at: now });
    // Of two who come with the code at once one adds the address.
    execution.idempotency = Some(IdempotencyKey {
        key: format!("email_authentication:{id}"),
        digest: Sha256::digest(email_id.as_uuid()).into(),
    });
    let done = app
        .journal
        .execute::<User>(user.id.as_uuid(), command, execution);
    match done.await {
        Ok(_) => {
            app.outbox.wake();
            Ok(EmailProof::Added)
        }
        Err(ExecuteError::Append(AppendError::IdempotencyMismatch)) => Ok(EmailProof::Complete),
        Err(error) => match AccountError::from(error) {
            AccountError::EmailInUse | AccountError::EmailExists(_) => close(app, id).await,
            error => Err(error),
        },
    }
}

async fn close(app: &App, id: Uuid) -> Result<EmailProof, AccountError> {
    let closed = close_email_authentication(&app.database, id, app.clock.now()).await?;
    Ok(if closed {
        EmailProof::InUse
    } else {
        EmailProof::Complete
    })
}
