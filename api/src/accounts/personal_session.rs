//! Personal sessions: made with a token and, where the scope names them, devices; given another token, revoked.

use muniment_domain::{
    PersonalSession, PersonalSessionCommand, PersonalSessionId, PersonalSessionOwner, Scope,
    SessionEnd, TokenId, UserId,
};
use muniment_projections::queries::{PersonalSessionRow, UserRow};
use muniment_store::{Batch, VaultWrite, time::SECOND};
use zeroize::Zeroizing;

use super::{AccountError, SessionRef, effects::telling, make_devices};
use crate::{
    app::App,
    auth::{
        Actor,
        token::{self, TokenKind},
    },
    jobs::{Effect, devices_in},
};

/// What a personal session is to be made with.
#[derive(Clone)]
pub struct NewPersonalSession<'a> {
    pub owner: PersonalSessionOwner,
    /// As whom it acts.
    pub user: &'a UserRow,
    pub name: String,
    pub scope: Scope,
    /// Of the token, in seconds; for ever when absent.
    pub lifetime: Option<u32>,
}

impl std::fmt::Debug for NewPersonalSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPersonalSession(***)")
    }
}

/// Makes a session; the token's text can be shown this once. Who may is decided before.
pub async fn create_personal_session(
    app: &App,
    actor: &Actor,
    new: NewPersonalSession<'_>,
) -> Result<(PersonalSessionId, Zeroizing<String>), AccountError> {
    let session_id = PersonalSessionId::from_uuid(app.ids.ulid());
    let token = Token::draw(app, new.lifetime);
    let execution = actor
        .execution()
        .with_vault(token.row(session_id, new.user.id));
    // Held until the session is written, so that nobody takes its device for one without a session.
    let _devices = app.user_locks.lock(new.user.id).await;
    let name = Some(new.name.as_str()).filter(|name| !name.is_empty());
    make_devices(app, new.user, &new.scope, name).await?;
    let command = PersonalSessionCommand::CreatePersonalSession {
        session_id,
        owner: new.owner,
        actor_user_id: new.user.id,
        name: new.name,
        scope: new.scope,
        token_id: token.id,
        expires_at: token.expires_at,
    };
    app.journal
        .execute::<PersonalSession>(session_id.as_uuid(), command, execution)
        .await?;
    Ok((session_id, token.text))
}

/// Revokes a personal session, and its token with it.
pub async fn end_personal_session(
    app: &App,
    actor: &Actor,
    session: &PersonalSessionRow,
    reason: SessionEnd,
) -> Result<(), AccountError> {
    let has_device = devices_in(&session.scope).next().is_some();
    let execution = if has_device {
        let user_id = session.actor_user_id;
        telling(app, actor, &Effect::SyncDevices { user_id })?
    } else {
        actor.execution()
    };
    let batch = SessionRef::Personal(session.id).end_in(Batch::new(), reason);
    app.journal.execute_all(&batch, execution).await?;
    if has_device {
        app.outbox.wake();
    }
    Ok(())
}

/// Replaces the token of a session; the one before is refused from now on.
pub async fn regenerate_personal_token(
    app: &App,
    actor: &Actor,
    session: &PersonalSessionRow,
    lifetime: Option<u32>,
) -> Result<Zeroizing<String>, AccountError> {
    let token = Token::draw(app, lifetime);
    let command = PersonalSessionCommand::RegeneratePersonalToken {
        token_id: token.id,
        expires_at: token.expires_at,
    };
    let row = token.row(session.id, session.actor_user_id);
    let execution = actor.execution().with_vault(row);
    app.journal
        .execute::<PersonalSession>(session.id.as_uuid(), command, execution)
        .await?;
    Ok(token.text)
}

/// A token that nobody has yet.
struct Token {
    id: TokenId,
    text: Zeroizing<String>,
    created_at: i64,
    expires_at: Option<i64>,
}

impl Token {
    fn draw(app: &App, lifetime: Option<u32>) -> Self {
        let now = app.clock.now();
        let text = token::generate(TokenKind::PersonalAccess, &*app.entropy);
        Self {
            id: TokenId::from_uuid(app.ids.ulid()),
            text: Zeroizing::new(text),
            created_at: now,
            expires_at: lifetime.map(|seconds| now + i64::from(seconds) * SECOND),
        }
    }

    fn row(&self, session_id: PersonalSessionId, actor_user_id: UserId) -> VaultWrite {
        VaultWrite::PutPersonalToken {
            id: self.id,
            session_id,
            actor_user_id,
            token_hash: token::hash(&self.text),
            created_at: self.created_at,
            expires_at: self.expires_at,
        }
    }
}
