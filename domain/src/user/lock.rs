//! `LockUser` and `UnlockUser`. Each may include deactivation or reactivation, so that the two
//! happen together or not at all.

use super::{User, UserError, UserEvent, deactivate};

pub(super) fn decide_lock(user: &User, and_deactivate: bool) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    let mut events = Vec::new();
    if !user.locked {
        events.push(UserEvent::UserLocked { user_id });
    }
    if and_deactivate {
        events.extend(deactivate::decide(user, true)?);
    }
    Ok(events)
}

pub(super) fn decide_unlock(
    user: &User,
    and_reactivate: bool,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    let mut events = Vec::new();
    if and_reactivate {
        events.extend(deactivate::decide_reactivate(user)?);
    }
    if user.locked {
        events.push(UserEvent::UserUnlocked { user_id });
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, deactivated, locked, user};
    use super::*;
    use crate::UserCommand;

    const LOCK: UserCommand = UserCommand::LockUser { deactivate: false };
    const UNLOCK: UserCommand = UserCommand::UnlockUser { reactivate: false };

    #[test]
    fn locking_is_recorded() {
        user(vec![alice()])
            .when(LOCK)
            .then_expect_events(vec![locked()]);
    }

    #[test]
    fn locking_a_locked_user_changes_nothing() {
        user(vec![alice(), locked()])
            .when(LOCK)
            .then_expect_events(vec![]);
    }

    #[test]
    fn locking_with_deactivation_does_both() {
        user(vec![alice()])
            .when(UserCommand::LockUser { deactivate: true })
            .then_expect_events(vec![locked(), deactivated()]);
    }

    #[test]
    fn locking_a_locked_user_with_deactivation_only_deactivates() {
        user(vec![alice(), locked()])
            .when(UserCommand::LockUser { deactivate: true })
            .then_expect_events(vec![deactivated()]);
    }

    #[test]
    fn an_unknown_user_cannot_be_locked_or_unlocked() {
        user(vec![])
            .when(LOCK)
            .then_expect_error(UserError::NotFound);
        user(vec![])
            .when(UNLOCK)
            .then_expect_error(UserError::NotFound);
    }

    #[test]
    fn unlocking_leaves_deactivation() {
        user(vec![alice(), locked(), deactivated()])
            .when(UNLOCK)
            .then_expect_events(vec![UserEvent::UserUnlocked { user_id: ALICE }]);
    }

    #[test]
    fn unlocking_with_reactivation_undoes_both() {
        user(vec![alice(), locked(), deactivated()])
            .when(UserCommand::UnlockUser { reactivate: true })
            .then_expect_events(vec![
                UserEvent::UserReactivated { user_id: ALICE },
                UserEvent::UserUnlocked { user_id: ALICE },
            ]);
    }

    #[test]
    fn unlocking_an_unlocked_user_changes_nothing() {
        user(vec![alice()]).when(UNLOCK).then_expect_events(vec![]);
    }
}
