//! `RemoveEmail`. The last address may go too.

use super::{EmailRemovalReason, User, UserError, UserEvent};
use crate::EmailId;

pub(super) fn decide(user: &User, email_id: EmailId) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    if !user.emails.iter().any(|(id, _)| *id == email_id) {
        return Err(UserError::EmailNotFound);
    }
    Ok(vec![UserEvent::UserEmailRemoved {
        user_id,
        email_id,
        reason: EmailRemovalReason::Removed,
    }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, email, email_id, user};
    use super::*;
    use crate::UserCommand;

    #[test]
    fn removing_an_address_is_recorded() {
        user(vec![alice(), email(7, "alice@example.com")])
            .when(UserCommand::RemoveEmail {
                email_id: email_id(7),
            })
            .then_expect_events(vec![UserEvent::UserEmailRemoved {
                user_id: ALICE,
                email_id: email_id(7),
                reason: EmailRemovalReason::Removed,
            }]);
    }

    #[test]
    fn an_address_is_removed_once() {
        user(vec![alice()])
            .when(UserCommand::RemoveEmail {
                email_id: email_id(7),
            })
            .then_expect_error(UserError::EmailNotFound);
    }
}
