//! `AddEmail`. Whether another account may hold the same address is decided by the claim.

use super::{Origin, User, UserError, UserEvent};
use crate::{EmailAddress, EmailId};

pub(super) fn decide(
    user: &User,
    email_id: EmailId,
    email: EmailAddress,
    origin: Origin,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    let known = user
        .emails
        .iter()
        .find(|(_, known)| known.clear() == Some(&email));
    if let Some((email_id, _)) = known {
        return Err(UserError::EmailExists {
            email_id: *email_id,
        });
    }
    Ok(vec![UserEvent::UserEmailAdded {
        user_id,
        email_id,
        email: email.into(),
        origin,
    }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{address, alice, email, email_id, user};
    use super::*;
    use crate::UserCommand;

    fn add(n: u128, text: &str) -> UserCommand {
        UserCommand::AddEmail {
            email_id: email_id(n),
            email: address(text),
            origin: Origin::Admin,
        }
    }

    #[test]
    fn adding_an_address_is_recorded() {
        user(vec![alice()])
            .when(add(7, "alice@example.com"))
            .then_expect_events(vec![email(7, "alice@example.com")]);
    }

    #[test]
    fn another_spelling_of_a_known_address_is_refused() {
        user(vec![alice(), email(7, "alice@example.com")])
            .when(add(8, "Alice@Example.com"))
            .then_expect_error(UserError::EmailExists {
                email_id: email_id(7),
            });
    }

    #[test]
    fn an_unknown_user_gets_no_address() {
        user(vec![])
            .when(add(7, "alice@example.com"))
            .then_expect_error(UserError::NotFound);
    }
}
