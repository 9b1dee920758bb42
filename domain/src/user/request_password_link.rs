//! `RequestPasswordLink`. Whoever reads the mail can set a password, so that who asked for it counts.

use super::{User, UserError, UserEvent};
use crate::EmailId;

/// Each time there is another link.
pub(super) fn decide(user: &User, email_id: EmailId) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    if !user.emails.iter().any(|(id, _)| *id == email_id) {
        return Err(UserError::EmailNotFound);
    }
    Ok(vec![UserEvent::UserPasswordLinkRequested {
        user_id,
        email_id,
    }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, email, email_id, user};
    use super::*;
    use crate::UserCommand;

    fn request(id: u128) -> UserCommand {
        UserCommand::RequestPasswordLink {
            email_id: email_id(id),
        }
    }

    #[test]
    fn each_link_that_is_asked_for_is_recorded() {
        let requested = UserEvent::UserPasswordLinkRequested {
            user_id: ALICE,
            email_id: email_id(7),
        };
        user(vec![
            alice(),
            email(7, "alice@example.com"),
            requested.clone(),
        ])
        .when(request(7))
        .then_expect_events(vec![requested]);
    }

    #[test]
    fn a_link_goes_to_an_address_of_the_user() {
        user(vec![alice(), email(7, "alice@example.com")])
            .when(request(8))
            .then_expect_error(UserError::EmailNotFound);
        user(Vec::new())
            .when(request(7))
            .then_expect_error(UserError::NotFound);
    }
}
