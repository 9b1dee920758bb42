//! Invitations: issued by operators and administrators, who may read them again.

use muniment_domain::{
    Invitee, RegistrationToken, RegistrationTokenCommand, RegistrationTokenError,
    RegistrationTokenId,
};
use muniment_projections::queries::{self, RegistrationTokenRow};
use muniment_store::{
    Batch, Erasure, ExecuteError, VaultWrite,
    log::{AppendError, IdempotencyKey},
    tokens::registration_token_by_hash,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{AccountError, is_email_in_use, is_username_available};
use crate::{
    app::App,
    auth::{Actor, token},
};

/// Characters of one that is drawn.
const DRAWN: usize = 12;

/// Under which a token is sealed.
fn context(id: RegistrationTokenId) -> String {
    format!("registration token {id}")
}

/// A token that is to be issued.
#[derive(Clone, Default)]
pub struct NewRegistrationToken {
    /// Drawn when absent.
    pub text: Option<String>,
    /// How many people may register with it; any number when absent, but one if it is for somebody.
    pub usage_limit: Option<u32>,
    /// Microseconds since 1970; never when absent.
    pub expires_at: Option<i64>,
    /// Whom it is for alone.
    pub invitee: Invitee,
}

impl std::fmt::Debug for NewRegistrationToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewRegistrationToken(***)")
    }
}

/// Issues a token. The log has neither the token nor its hash.
pub async fn issue_registration_token(
    app: &App,
    actor: &Actor,
    new: NewRegistrationToken,
) -> Result<(RegistrationTokenId, Zeroizing<String>), AccountError> {
    let text = new.text.map(|text| text.trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    let text = Zeroizing::new(text.unwrap_or_else(|| token::alphanumeric(&*app.entropy, DRAWN)));
    let token_hash = token::hash(&text);
    if registration_token_by_hash(&app.database, &token_hash)
        .await?
        .is_some()
    {
        return Err(taken());
    }
    check_invitee(app, &new.invitee).await?;
    let id = RegistrationTokenId::from_uuid(app.ids.ulid());
    let sealed = app.sealer.seal(&context(id), text.as_bytes())?;
    let mut execution = actor
        .execution()
        .with_vault(VaultWrite::PutRegistrationToken {
            id,
            token_hash,
            sealed,
        });
    // Of two who issue the same at once, one does. The table of tokens sees to that as well, where the
    // append has a key already.
    execution.idempotency.get_or_insert_with(|| IdempotencyKey {
        key: format!("registration_token:{}", hex::encode(token_hash)),
        digest: Sha256::digest(id.as_uuid()).into(),
    });
    let usage_limit = if new.invitee.is_somebody() {
        Some(1)
    } else {
        new.usage_limit
    };
    let command = RegistrationTokenCommand::CreateRegistrationToken {
        token_id: id,
        usage_limit,
        expires_at: new.expires_at,
        invitee: new.invitee,
    };
    let issued = app
        .journal
        .execute::<RegistrationToken>(id.as_uuid(), command, execution)
        .await;
    match issued {
        Ok(_) => Ok((id, text)),
        Err(ExecuteError::Append(AppendError::IdempotencyMismatch)) => Err(taken()),
        Err(error) => match registration_token_by_hash(&app.database, &token_hash).await? {
            Some(_) => Err(taken()),
            None => Err(error.into()),
        },
    }
}

/// Nobody can be invited as somebody whom there is.
async fn check_invitee(app: &App, invitee: &Invitee) -> Result<(), AccountError> {
    if let Some(username) = &invitee.username
        && !is_username_available(app, username.as_str()).await?
    {
        return Err(AccountError::UsernameTaken);
    }
    if let Some(email) = &invitee.email
        && is_email_in_use(app, email.as_str()).await?
    {
        return Err(AccountError::EmailInUse);
    }
    Ok(())
}

/// The token that a text is, if somebody can register with it now.
pub async fn valid_registration_token(
    app: &App,
    text: &str,
) -> Result<Option<RegistrationTokenRow>, AccountError> {
    let found = registration_token_by_hash(&app.database, &token::hash(text)).await?;
    let Some(id) = found else {
        return Ok(None);
    };
    let row = queries::registration_token(&app.database, id).await?;
    Ok(row.filter(|row| row.is_valid(app.clock.now())))
}

const fn taken() -> AccountError {
    AccountError::RegistrationTokenRefused(RegistrationTokenError::AlreadyCreated)
}

/// What of a token is to be other than it was; what is absent stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct RegistrationTokenChange {
    pub usage_limit: Option<Option<u32>>,
    pub expires_at: Option<Option<i64>>,
}

/// Changes how long and for how many a token is good, in one step.
pub async fn change_registration_token(
    app: &App,
    actor: &Actor,
    id: RegistrationTokenId,
    change: RegistrationTokenChange,
) -> Result<(), AccountError> {
    let expiry = change
        .expires_at
        .map(|expires_at| RegistrationTokenCommand::SetRegistrationTokenExpiry { expires_at });
    let limit = change.usage_limit.map(|usage_limit| {
        RegistrationTokenCommand::SetRegistrationTokenUsageLimit { usage_limit }
    });
    let commands: Vec<_> = expiry.into_iter().chain(limit).collect();
    let batch = Batch::<AccountError>::new().then_all::<RegistrationToken>(id.as_uuid(), commands);
    app.journal.execute_all(&batch, actor.execution()).await?;
    Ok(())
}

/// Refuses a token from now on, or accepts it again.
pub async fn set_registration_token_revoked(
    app: &App,
    actor: &Actor,
    id: RegistrationTokenId,
    revoked: bool,
) -> Result<(), AccountError> {
    let command = if revoked {
        RegistrationTokenCommand::RevokeRegistrationToken
    } else {
        RegistrationTokenCommand::UnrevokeRegistrationToken
    };
    let execution = actor.execution();
    app.journal
        .execute::<RegistrationToken>(id.as_uuid(), command, execution)
        .await?;
    if revoked {
        destroy_invitee_key(app, id).await?;
    }
    Ok(())
}

/// Destroys the key of whoever a token was for, if the log says so.
pub(super) async fn destroy_invitee_key(
    app: &App,
    id: RegistrationTokenId,
) -> Result<(), AccountError> {
    let row = queries::registration_token(&app.database, id).await?;
    if row.is_some_and(|row| row.invitee_forgotten_at.is_some()) {
        let erasure = Erasure {
            key_id: id.as_uuid(),
            subject: id.as_uuid(),
        };
        app.keys.destroy(&[erasure]).await?;
    }
    Ok(())
}

/// Forgets whom tokens were for that have expired, so many at most; how many those were.
pub async fn forget_expired_invitees(
    app: &App,
    actor: &Actor,
    now: i64,
    limit: u32,
) -> Result<u64, AccountError> {
    let expired = queries::expired_invitees(&app.database, now, limit).await?;
    let mut count = 0;
    for id in expired {
        let command = RegistrationTokenCommand::ForgetInvitee { now };
        let execution = actor.execution();
        app.journal
            .execute::<RegistrationToken>(id.as_uuid(), command, execution)
            .await?;
        destroy_invitee_key(app, id).await?;
        count += 1;
    }
    Ok(count)
}

/// The text of a token, for those who may read it.
pub fn open_registration_token(
    app: &App,
    id: RegistrationTokenId,
    sealed: &[u8],
) -> Result<Zeroizing<String>, AccountError> {
    let clear = app.sealer.open(&context(id), sealed)?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&clear).into_owned()))
}
