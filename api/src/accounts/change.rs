//! A change that is the same for many accounts. Each is changed by what changes one alone.

use muniment_domain::SessionEnd;
use muniment_projections::queries::{self, UserRow};

use super::{AccountError, OtherSessions, deactivate, end_other_sessions, lock, unlock};
use crate::{app::App, auth::Actor};

/// What is to happen to an account.
#[derive(Debug, Clone, Copy)]
pub enum UserChange {
    Lock,
    Unlock,
    Deactivate {
        /// Whether its addresses become unreadable in the log as well.
        erase: bool,
    },
    EndSessions {
        /// Whether its personal sessions are meant too.
        personal: bool,
    },
}

impl UserChange {
    /// Whether there is anything to change about the account as it stands.
    pub async fn is_due(self, app: &App, user: &UserRow) -> Result<bool, AccountError> {
        if user.is_erased() {
            return Err(AccountError::UserNotFound);
        }
        Ok(match self {
            Self::Lock => user.locked_at.is_none(),
            Self::Unlock => user.locked_at.is_some(),
            Self::Deactivate { .. } => user.deactivated_at.is_none(),
            Self::EndSessions { personal } => {
                let open = queries::sessions_going_on(&app.reads, user.id, 1).await?;
                let is_personal = personal && !open.personal.is_empty();
                is_personal
                    || !(open.browser.is_empty()
                        && open.oauth2.is_empty()
                        && open.compat.is_empty())
            }
        })
    }

    /// Changes the account; whether there was anything to change.
    pub async fn make(
        self,
        app: &App,
        actor: &Actor,
        user: &UserRow,
    ) -> Result<bool, AccountError> {
        let is_due = self.is_due(app, user).await?;
        match self {
            Self::Lock => drop(lock(app, actor, user.id, false).await?),
            Self::Unlock => drop(unlock(app, actor, user.id, false).await?),
            Self::Deactivate { erase } => drop(deactivate(app, actor, user.id, erase).await?),
            Self::EndSessions { personal } => {
                let all = OtherSessions {
                    user: user.id,
                    kept: None,
                    personal,
                    reason: SessionEnd::Admin,
                };
                let ended = end_other_sessions(app, actor, all).await?;
                return Ok(!ended.is_empty());
            }
        }
        Ok(is_due)
    }
}
