use muniment_domain::{ClaimKind, UserCommand, UserId, Username};
use muniment_projections::queries::UserRow;

use super::{AccountError, effects, execute, get};
use crate::{app::App, auth::Actor};

/// Registers an account. A name that differs from a taken one in case alone counts as taken, also
/// where it would not be valid (contract admin-api.md 5.3).
pub async fn register(app: &App, actor: &Actor, username: &str) -> Result<UserRow, AccountError> {
    let Ok(username) = Username::parse(username) else {
        let folded = username.to_lowercase();
        let owner = muniment_store::owner_of(
            &app.database,
            &app.claim_hasher,
            ClaimKind::Username,
            &folded,
        )
        .await?;
        return Err(if owner.is_some() {
            AccountError::UsernameTaken
        } else {
            AccountError::UsernameInvalid(muniment_domain::InvalidUsername)
        });
    };
    let user_id = UserId::from_uuid(app.ids.ulid());
    let command = UserCommand::RegisterUser {
        user_id,
        username,
        origin: actor.origin(),
    };
    let execution = effects::telling(app, actor, &effects::changed(user_id))?;
    execute(app, user_id, command, execution).await?;
    get(app, user_id).await
}
