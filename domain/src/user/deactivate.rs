//! `DeactivateUser` and `ReactivateUser`. The name stays taken; addresses, passwords and sessions do
//! not come back.

use super::{EmailRemovalReason, User, UserError, UserEvent};

pub(super) fn decide(user: &User, erase: bool) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    if user.deactivated {
        return Ok(Vec::new());
    }
    let removed = user
        .emails
        .iter()
        .map(|(email_id, _)| UserEvent::UserEmailRemoved {
            user_id,
            email_id: *email_id,
            reason: EmailRemovalReason::Deactivation,
        });
    Ok(
        std::iter::once(UserEvent::UserDeactivated { user_id, erase })
            .chain(removed)
            .collect(),
    )
}

pub(super) fn decide_reactivate(user: &User) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok(user
        .deactivated
        .then_some(UserEvent::UserReactivated { user_id })
        .into_iter()
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, deactivated, email, email_id, locked, user};
    use super::*;
    use crate::UserCommand;

    #[test]
    fn deactivating_removes_the_addresses() {
        user(vec![alice(), email(7, "alice@example.com")])
            .when(UserCommand::DeactivateUser { erase: true })
            .then_expect_events(vec![
                deactivated(),
                UserEvent::UserEmailRemoved {
                    user_id: ALICE,
                    email_id: email_id(7),
                    reason: EmailRemovalReason::Deactivation,
                },
            ]);
    }

    #[test]
    fn deactivating_twice_changes_nothing() {
        user(vec![alice(), deactivated()])
            .when(UserCommand::DeactivateUser { erase: false })
            .then_expect_events(vec![]);
    }

    #[test]
    fn reactivating_leaves_the_lock() {
        user(vec![alice(), locked(), deactivated()])
            .when(UserCommand::ReactivateUser)
            .then_expect_events(vec![UserEvent::UserReactivated { user_id: ALICE }]);
    }

    #[test]
    fn reactivating_an_active_user_changes_nothing() {
        user(vec![alice()])
            .when(UserCommand::ReactivateUser)
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_unknown_user_cannot_be_deactivated_or_reactivated() {
        user(vec![])
            .when(UserCommand::DeactivateUser { erase: true })
            .then_expect_error(UserError::NotFound);
        user(vec![])
            .when(UserCommand::ReactivateUser)
            .then_expect_error(UserError::NotFound);
    }
}
