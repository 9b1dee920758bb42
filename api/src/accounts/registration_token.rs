//! Invitations: issued by operators and administrators, who may read them again.

use muniment_domain::{RegistrationToken, RegistrationTokenCommand, RegistrationTokenId};
use muniment_store::{Execution, VaultWrite, tokens::registration_token_by_hash};
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
        return Err(AccountError::RegistrationTokenRefused(
            muniment_domain::RegistrationTokenError::AlreadyCreated,
        ));
    }
    let id = RegistrationTokenId::from_uuid(app.ids.ulid());
    let sealed = app.sealer.seal(&context(id), text.as_bytes())?;
    let execution = Execution::new(actor.metadata()).with_vault(VaultWrite::PutRegistrationToken {
        id,
        token_hash,
        sealed,
    });
    let command = RegistrationTokenCommand::CreateRegistrationToken {
        token_id: id,
        usage_limit,
        expires_at,
    };
    app.journal
        .execute::<RegistrationToken>(id.as_uuid(), command, execution)
        .await?;
    Ok((id, text))
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
