//! Getting back into an account whose password is lost, by one of its email addresses (contract
//! oauth2.md 15.9, graphql.md 11).

use muniment_domain::{EmailId, PasswordId, User, UserCommand, UserId, user::Origin};
use muniment_projections::queries::{self, UserRow};
use muniment_store::{
    Batch, ExecuteError, Execution, VaultWrite,
    log::{AppendError, IdempotencyKey},
    outbox::OutboxItem,
    recovery::{
        RecoverySession, RecoveryTicket, put_password_link, put_recovery_session,
        put_recovery_tickets, recovery_session, recovery_ticket_by_hash,
    },
    time::{DAY, MINUTE},
};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{AccountError, Visitor, execute, get};
use crate::{
    app::App,
    auth::{Actor, token},
    jobs::Effect,
    locale::Locale,
};

/// How long a ticket is good for, in microseconds.
const TICKET_LIFETIME: i64 = 10 * MINUTE;
/// The same of one that an administrator had mailed, to somebody who does not wait for it.
const LINK_LIFETIME: i64 = 3 * DAY;
const TICKET_CHARS: usize = 32;
/// Accounts with one address that are mailed to.
const MOST_ACCOUNTS: u32 = 100;

/// Begins a recovery. Whether anybody has the address is found out later, by
/// [`mail_recovery_tickets`], so that nothing of it shows here.
pub async fn start_recovery(
    app: &App,
    email: &str,
    locale: &str,
    visitor: &Visitor,
) -> Result<Uuid, AccountError> {
    let session = RecoverySession {
        id: app.ids.ulid(),
        email: email.to_owned(),
        ip: visitor.ip.map(|ip| ip.to_string()),
        user_agent: visitor.user_agent.clone(),
        locale: locale.to_owned(),
        created_at: app.clock.now(),
        consumed_at: None,
        by_administrator: false,
    };
    let mails = mails(app, session.id)?;
    put_recovery_session(&app.database, &session, &mails).await?;
    app.outbox.wake();
    Ok(session.id)
}

/// Mails new tickets of a recovery.
pub async fn send_recovery_mails(app: &App, session: Uuid) -> Result<(), AccountError> {
    app.outbox.enqueue_now(&mails(app, session)?).await?;
    Ok(())
}

fn mails(app: &App, session_id: Uuid) -> Result<OutboxItem, AccountError> {
    let effect = Effect::MailRecoveryTickets { session_id };
    Ok(effect.item(&app.outbox, app.ids.ulid())?)
}

/// Draws a ticket for every account with the address, and enqueues its mail. `occasion` is the same
/// when this is done again, after which nothing is mailed twice.
pub async fn mail_recovery_tickets(
    app: &App,
    session_id: Uuid,
    occasion: Uuid,
) -> Result<(), AccountError> {
    let session = recovery_session(&app.database, session_id).await?;
    let Some(session) =
        session.filter(|session| session.consumed_at.is_none() && !session.by_administrator)
    else {
        return Ok(());
    };
    let emails = queries::emails_with_address(&app.reads, &session.email, MOST_ACCOUNTS).await?;
    let mut tickets = Vec::new();
    for email in emails {
        let Some(user) = queries::user(&app.reads, email.user_id).await? else {
            continue;
        };
        let text = Zeroizing::new(token::alphanumeric(&*app.entropy, TICKET_CHARS));
        let now = app.clock.now();
        let ticket = RecoveryTicket {
            id: app.ids.ulid(),
            session_id,
            user_id: user.id,
            email_id: email.id,
            ticket_hash: token::hash(&text),
            created_at: now,
            expires_at: now + TICKET_LIFETIME,
        };
        let mail = Effect::SendRecoveryMail {
            user_id: Some(user.id),
            email: email.email,
            link: link(app, &text)?.into(),
            locale: session.locale.clone(),
            name: Some(user.username),
            expires_at: ticket.expires_at,
        };
        let occasion = Uuid::from_u128(occasion.as_u128() ^ email.id.as_uuid().as_u128());
        let mail = mail.item(&app.outbox, occasion)?;
        tickets.push((ticket, mail));
    }
    put_recovery_tickets(&app.database, &tickets).await?;
    app.outbox.wake();
    Ok(())
}

/// Has a link mailed by which a user can set a password: to one of their addresses, which is the oldest
/// unless it is named.
pub async fn send_password_link(
    app: &App,
    actor: &Actor,
    user: UserId,
    email: Option<&str>,
    locale: Locale,
) -> Result<UserRow, AccountError> {
    if !app.passwords.enabled() {
        return Err(AccountError::PasswordsDisabled);
    }
    let row = get(app, user).await?;
    let folded = email.map(str::to_lowercase);
    let emails = queries::all_emails(&app.reads, user).await?;
    let found = emails.into_iter().find(|known| {
        let folded = folded.as_ref();
        folded.is_none_or(|wanted| known.email.to_lowercase() == *wanted)
    });
    let email_id = found.ok_or(AccountError::EmailNotFound)?.id;
    let item = password_link(app, user, email_id, locale)?;
    let execution = actor.execution().with_vault(VaultWrite::Enqueue(item));
    execute(
        app,
        user,
        UserCommand::RequestPasswordLink { email_id },
        execution,
    )
    .await?;
    Ok(row)
}

/// What has the link mailed, for the outbox.
pub(super) fn password_link(
    app: &App,
    user_id: UserId,
    email_id: EmailId,
    locale: Locale,
) -> Result<OutboxItem, AccountError> {
    let effect = Effect::MailPasswordLink {
        user_id,
        email_id,
        locale: locale.tag().to_owned(),
    };
    Ok(effect.item(&app.outbox, app.ids.ulid())?)
}

/// Draws the ticket of such a link, and enqueues its mail, if the address is the user's still.
/// `occasion` as in [`mail_recovery_tickets`].
pub async fn mail_password_link(
    app: &App,
    user: UserId,
    email: EmailId,
    locale: &str,
    occasion: Uuid,
) -> Result<(), AccountError> {
    let email = queries::email(&app.reads, email).await?;
    let user = queries::user(&app.reads, user).await?;
    let Some((user, email)) = user
        .zip(email)
        .filter(|(user, email)| email.user_id == user.id)
    else {
        return Ok(());
    };
    let text = Zeroizing::new(token::alphanumeric(&*app.entropy, TICKET_CHARS));
    let now = app.clock.now();
    let session = RecoverySession {
        id: app.ids.ulid(),
        email: email.email.clone(),
        ip: None,
        user_agent: None,
        locale: locale.to_owned(),
        created_at: now,
        consumed_at: None,
        by_administrator: true,
    };
    let ticket = RecoveryTicket {
        id: app.ids.ulid(),
        session_id: session.id,
        user_id: user.id,
        email_id: email.id,
        ticket_hash: token::hash(&text),
        created_at: now,
        expires_at: now + LINK_LIFETIME,
    };
    let mail = Effect::SendPasswordLink {
        user_id: user.id,
        email: email.email,
        link: link(app, &text)?.into(),
        locale: session.locale.clone(),
        name: user.username,
        expires_at: ticket.expires_at,
    };
    let mail = mail.item(&app.outbox, occasion)?;
    put_password_link(&app.database, &session, &ticket, &mail).await?;
    app.outbox.wake();
    Ok(())
}

fn link(app: &App, ticket: &str) -> Result<Url, AccountError> {
    let link = app.site.public_base.join("account/password/recovery");
    let mut link = link.map_err(|error| AccountError::Internal(error.to_string()))?;
    link.query_pairs_mut().append_pair("ticket", ticket);
    Ok(link)
}

/// Why a ticket does not let its bearer set a password.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryRefusal {
    #[error("recovery, or passwords, are switched off")]
    Disabled,
    #[error("there is no such ticket")]
    NoSuchTicket,
    #[error("the recovery has served already")]
    AlreadyUsed,
    #[error("the ticket has expired")]
    Expired,
    #[error("the account is locked or deactivated")]
    AccountInactive,
    #[error("the password is too weak")]
    PasswordTooWeak,
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Sets a password by a ticket. One recovery serves once; sessions go on, and nobody is signed in.
pub async fn recover_password(
    app: &App,
    ticket: &str,
    new_password: &str,
    correlation_id: Uuid,
) -> Result<UserId, RecoveryRefusal> {
    let found = find_usable(app, ticket).await;
    if matches!(found, Err(RecoveryRefusal::Disabled)) {
        return Err(RecoveryRefusal::Disabled);
    }
    if !app.passwords.is_strong_enough(new_password).await? {
        return Err(RecoveryRefusal::PasswordTooWeak);
    }
    let GoodTicket { user, session } = check_found(app, found?).await?;
    let (scheme_version, hash) = app.passwords.hash(new_password).await?;
    let password_id = PasswordId::from_uuid(app.ids.ulid());
    let actor = Actor::of_user(user.id, Origin::Recovery, correlation_id);
    let mut execution = Execution::new(actor.metadata())
        .with_vault(VaultWrite::PutPassword {
            id: password_id,
            user_id: user.id,
            scheme_version,
            hash,
        })
        .with_vault(VaultWrite::ConsumeRecovery {
            session_id: session.id,
            at: app.clock.now(),
        });
    execution.idempotency = Some(IdempotencyKey {
        key: format!("recovery:{}", session.id),
        digest: Sha256::digest(password_id.as_uuid().as_bytes()).into(),
    });
    let command = UserCommand::SetPassword {
        password_id,
        scheme_version,
        origin: Origin::Recovery,
    };
    let batch = Batch::<AccountError>::new().then::<User>(user.id.as_uuid(), command);
    match app.journal.execute_all(&batch, execution).await {
        Ok(_) => Ok(user.id),
        Err(ExecuteError::Append(AppendError::IdempotencyMismatch)) => {
            Err(RecoveryRefusal::AlreadyUsed)
        }
        Err(error) => Err(AccountError::from(error).into()),
    }
}

/// A ticket that may be of use here: where nobody can recover an account by themselves, those alone
/// that an administrator had mailed.
async fn find_usable(
    app: &App,
    ticket: &str,
) -> Result<(RecoveryTicket, RecoverySession), RecoveryRefusal> {
    let found = find_ticket(app, ticket).await;
    let by_administrator = matches!(&found, Ok((_, session)) if session.by_administrator);
    if app.passwords.enabled() && (app.site.account_recovery_allowed || by_administrator) {
        found
    } else {
        Err(RecoveryRefusal::Disabled)
    }
}

/// A ticket with which a password can be set.
#[derive(Debug)]
pub struct GoodTicket {
    /// Whose.
    pub user: UserRow,
    session: RecoverySession,
}

/// Whether a password can be set with a ticket.
pub async fn check_ticket(app: &App, ticket: &str) -> Result<GoodTicket, RecoveryRefusal> {
    check_found(app, find_usable(app, ticket).await?).await
}

async fn check_found(
    app: &App,
    (ticket, session): (RecoveryTicket, RecoverySession),
) -> Result<GoodTicket, RecoveryRefusal> {
    if session.consumed_at.is_some() {
        return Err(RecoveryRefusal::AlreadyUsed);
    }
    if app.clock.now() >= ticket.expires_at {
        return Err(RecoveryRefusal::Expired);
    }
    let user = queries::user(&app.reads, ticket.user_id).await;
    let user = user.map_err(AccountError::from)?;
    // An address that was removed meanwhile proves nothing any more.
    let email = queries::email(&app.reads, ticket.email_id).await;
    let email = email.map_err(AccountError::from)?;
    let user = user.filter(|user| email.is_some_and(|email| email.user_id == user.id));
    let user = user.ok_or(RecoveryRefusal::NoSuchTicket)?;
    if !user.is_active() {
        return Err(RecoveryRefusal::AccountInactive);
    }
    Ok(GoodTicket { user, session })
}

/// A ticket and its session, in whatever state.
pub async fn find_ticket(
    app: &App,
    ticket: &str,
) -> Result<(RecoveryTicket, RecoverySession), RecoveryRefusal> {
    let found = recovery_ticket_by_hash(&app.database, &token::hash(ticket)).await;
    let found = found.map_err(AccountError::from)?;
    let ticket = found.ok_or(RecoveryRefusal::NoSuchTicket)?;
    let session = recovery_session(&app.database, ticket.session_id).await;
    let session = session.map_err(AccountError::from)?;
    Ok((ticket, session.ok_or(RecoveryRefusal::NoSuchTicket)?))
}
