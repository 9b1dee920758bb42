//! Invitations: issued by operators and administrators, who may read them again.

use muniment_domain::{
    RegistrationToken, RegistrationTokenCommand, RegistrationTokenError, RegistrationTokenId,
};
use muniment_store::{
    Batch, ExecuteError, VaultWrite,
    log::{AppendError, IdempotencyKey},
    tokens::registration_token_by_hash,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::AccountError;
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

/// Issues a token, which is drawn if none is given. The log has neither the token nor its hash.
pub async fn issue_registration_token(
    app: &App,
    actor: &Actor,
    text: Option<String>,
    usage_limit: Option<u32>,
    expires_at: Option<i64>,
) -> Result<(RegistrationTokenId, Zeroizing<String>), AccountError> {
    let text = text.map(|text| text.trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    let text = Zeroizing::new(text.unwrap_or_else(|| token::alphanumeric(&*app.entropy, DRAWN)));
    let token_hash = token::hash(&text);
    if registration_token_by_hash(&app.database, &token_hash)
        .await?
        .is_some()
    {
        return Err(taken());
    }
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
    let command = RegistrationTokenCommand::CreateRegistrationToken {
        token_id: id,
        usage_limit,
        expires_at,
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
    Ok(())
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
