//! `DeactivateUser` and `ReactivateUser`. The name stays taken; addresses, passwords and sessions do
//! not come back.

use super::{EmailRemovalReason, Standing, User, UserError, UserEvent};
use crate::UserId;

pub(super) fn decide(user: &User, erase: bool) -> Result<Vec<UserEvent>, UserError> {
    if user.standing != Standing::Active {
        return Ok(Vec::new());
    }
    let user_id = user.registered()?;
    let deactivated = UserEvent::UserDeactivated {
        user_id,
        erase_on_homeserver: erase,
        shredded_emails: if erase {
            user.readable_emails.clone()
        } else {
            Vec::new()
        },
    };
    Ok(std::iter::once(deactivated)
        .chain(remove_emails(
            user,
            user_id,
            EmailRemovalReason::Deactivation,
        ))
        .collect())
}

/// Every address that the account has goes.
pub(super) fn remove_emails(
    user: &User,
    user_id: UserId,
    reason: EmailRemovalReason,
) -> impl Iterator<Item = UserEvent> {
    user.emails
        .iter()
        .map(move |(email_id, _)| UserEvent::UserEmailRemoved {
            user_id,
            email_id: *email_id,
            reason,
        })
}

pub(super) fn decide_reactivate(user: &User) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok((user.standing == Standing::Deactivated)
        .then_some(UserEvent::UserReactivated { user_id })
        .into_iter()
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, deactivated, email, email_id, locked, user};
    use super::*;
    use crate::UserCommand;

    fn removed(n: u128) -> UserEvent {
        UserEvent::UserEmailRemoved {
            user_id: ALICE,
            email_id: email_id(n),
            reason: EmailRemovalReason::Deactivation,
        }
    }

    fn deactivated_with(erase: bool, shredded: &[u128]) -> UserEvent {
        UserEvent::UserDeactivated {
            user_id: ALICE,
            erase_on_homeserver: erase,
            shredded_emails: shredded.iter().map(|n| email_id(*n)).collect(),
        }
    }

    #[test]
    fn deactivating_removes_the_addresses() {
        user(vec![alice(), email(7, "alice@example.com")])
            .when(UserCommand::DeactivateUser { erase: false })
            .then_expect_events(vec![deactivated_with(false, &[]), removed(7)]);
    }

    #[test]
    fn deactivating_with_erasure_shreds_former_addresses_too() {
        let history = || {
            vec![
                alice(),
                email(7, "old@example.com"),
                removed(7),
                email(8, "alice@example.com"),
            ]
        };
        let shredding = vec![deactivated_with(true, &[7, 8]), removed(8)];
        user(history())
            .when(UserCommand::DeactivateUser { erase: true })
            .then_expect_events(shredding.clone());
        let reactivated = UserEvent::UserReactivated { user_id: ALICE };
        user([history(), shredding, vec![reactivated]].concat())
            .when(UserCommand::DeactivateUser { erase: true })
            .then_expect_events(vec![deactivated_with(true, &[])]);
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
